"""XML parts of a workbook, read in small pieces and without anything an attacker could use.

Expat is used directly: it streams, fetches nothing from outside, and a document type (which is where
entities that grow without bound are declared) is refused; no workbook needs one.
"""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.parsers import expat

from sextant.readers import limits
from sextant.readers.grids import ReadError

_CHUNK = 128 * 1024
Attributes = dict[str, str]


@contextmanager
def opened(path: Path, file: str) -> Iterator[zipfile.ZipFile]:
    """The archive, checked against swelling; every way in which it can be broken becomes a ReadError."""
    try:
        with zipfile.ZipFile(path) as archive:
            limits.check_archive(archive, file)
            yield archive
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        expat.ExpatError,
        KeyError,
        NotImplementedError,
    ) as error:
        raise ReadError(
            "damaged-workbook",
            "The workbook is damaged and could not be read whole. Open it in your spreadsheet program, let "
            f"it repair the file, and save it anew. ({error})",
            file,
        ) from error
    except RuntimeError as error:  # zipfile's word for an encrypted member
        raise ReadError(
            "old-or-encrypted-workbook",
            "The workbook is protected by a password. Save it without one and try again.",
            file,
        ) from error


def chunks(archive: zipfile.ZipFile, member: str) -> Iterator[bytes]:
    """The unpacked bytes of a part, piece by piece."""
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def safe_parser(file: str) -> expat.XMLParserType:
    """An expat parser that refuses document types."""

    def refuse(*_: object) -> None:
        raise ReadError(
            "unsafe-workbook",
            "The workbook declares XML entities, which no spreadsheet program writes. Nothing was read.",
            file,
        )

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    return parser


def fed(parser: expat.XMLParserType, archive: zipfile.ZipFile, member: str, file: str) -> Iterator[None]:
    """Feed a part to the parser, pausing after every piece so that the caller can use what was found."""
    size = 0
    for chunk in chunks(archive, member):
        parser.Parse(chunk, False)
        size += len(chunk)
        if size - parser.CurrentByteIndex > limits.TOKEN_BYTES:  # one mark without end fills the memory
            message = "The workbook holds a single mark or text without end. Save it anew, or as CSV."
            raise ReadError("damaged-workbook", message, file)
        yield
    parser.Parse(b"", True)
    yield


def elements(archive: zipfile.ZipFile, member: str, file: str, started: Callable[[str, Attributes], None]) -> None:
    """Call `started(local name, attributes)` for every element of a small part; prefixes are dropped."""
    parser = safe_parser(file)
    parser.StartElementHandler = lambda name, attributes: started(
        local(name), {local(key): value for key, value in attributes.items()}
    )
    for _ in fed(parser, archive, member, file):
        pass


def local(name: str) -> str:
    """The name without its namespace prefix."""
    return name.rpartition(":")[2]
