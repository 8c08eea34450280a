"""How much of a file is read before it is refused, and the refusals themselves.

Delimited files and sheets stream, so their size is not limited; what must be held whole (JSON, YAML,
Markdown) is. Every refusal says which limit was met and what to do.
"""

import zipfile
from pathlib import Path

from sextant.readers.grids import ReadError

MIB = 1024 * 1024

COLUMNS = 16_384
"""As many as a worksheet can have."""
FIELD_CHARACTERS = 1_000_000
LINE_BYTES = 32 * MIB
WHOLE_CHECK_BYTES = 4 * MIB
"""Up to here every row of a delimited file is looked at on opening."""
JSON_BYTES = 200 * MIB
JSON_WHOLE_BYTES = 16 * MIB
"""Above this a JSON file must be one list, which is then read record by record."""
LINES_BYTES = 2048 * MIB
YAML_BYTES = 8 * MIB
MARKDOWN_BYTES = 20 * MIB
NESTING = 64
YAML_NODES = 1_000_000
UNPACKED_BYTES = 4096 * MIB
UNPACKED_RATIO = 200
RATIO_FROM_BYTES = 8 * MIB
PACKED_MEMBERS = 20_000
SHARED_TEXT_IN_MEMORY = 32 * MIB
MERGED_RANGES = 50_000
TOKEN_BYTES = 16 * MIB
"""The longest single mark or text inside a workbook's XML."""
ROW_NOTES = 1_000
"""Notes about single rows per file; the rest is counted in one last note."""
FOLDER_FILES = 20_000


def size_label(size: int) -> str:
    """A size for people: "200 MB"."""
    if size < MIB:
        return f"{max(1, round(size / 1024))} KB"
    if size < 1024 * MIB:
        return f"{size / MIB:.0f} MB"
    return f"{size / (1024 * MIB):.1f} GB"


def check_size(path: Path, file: str, limit: int, kind: str, advice: str) -> int:
    """The file's size in bytes, or a refusal when it is above `limit`."""
    size = path.stat().st_size
    if size > limit:
        raise ReadError(
            "file-too-large",
            f"This {kind} file has {size_label(size)}; at most {size_label(limit)} can be read. {advice}",
            file,
        )
    return size


def check_columns(count: int, file: str, row: int | None = None) -> None:
    """Refuse rows wider than any worksheet."""
    if count > COLUMNS:
        raise ReadError(
            "too-many-columns",
            f"This row has {count:,} columns; at most {COLUMNS:,} can be read. Put the values below each "
            "other, one per row, or split the file.",
            file,
            row,
        )


def check_archive(archive: zipfile.ZipFile, file: str) -> None:
    """Refuse an archive that unpacks to far more than it is (a "zip bomb").

    Python's zipfile never unpacks more of a member than the size the archive states, so the stated
    sizes are enough to judge by.
    """
    members = archive.infolist()
    if len(members) > PACKED_MEMBERS:
        raise ReadError("archive-too-large", f"The workbook holds {len(members):,} parts; that is no "
                        "ordinary workbook. Save it anew in your spreadsheet program.", file)  # fmt: skip
    total = sum(member.file_size for member in members)
    if total > UNPACKED_BYTES:
        raise ReadError(
            "archive-too-large",
            f"The workbook would unpack to {size_label(total)}; at most {size_label(UNPACKED_BYTES)} are "
            "read. Save the sheets you need as CSV.",
            file,
        )
    for member in members:
        swollen = member.file_size > RATIO_FROM_BYTES
        if swollen and member.file_size > UNPACKED_RATIO * max(1, member.compress_size):
            raise ReadError(
                "archive-swells",
                f"The part {member.filename!r} would unpack to more than {UNPACKED_RATIO} times its size "
                f"({size_label(member.file_size)}), as files made to do harm do. Nothing was read. If the "
                "file is yours, save the sheet as CSV.",
                file,
            )
