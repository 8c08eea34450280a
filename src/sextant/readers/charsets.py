"""Which character encoding a text file has, and what one fast look over all its bytes tells.

UTF-8 proves itself: text in another encoding is hardly ever valid UTF-8. One-byte encodings prove
nothing, so the likely ones are compared by how word-like the text comes out. Bytes that cannot be
read become U+FFFD, which is reported, and are never dropped.
"""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from sextant.readers import limits
from sextant.readers.grids import ReadError

DAMAGED = "\ufffd"
_CHUNK = 1024 * 1024
_SAMPLE = 256 * 1024
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NAMES = {
    "cp1252": "Windows-1252 (Western European)",
    "cp1250": "Windows-1250 (Central European)",
    "mac_roman": "Mac Roman (older Apple computers)",
    "cp850": "code page 850 (DOS)",
    "utf-16-le": "UTF-16 without its mark",
    "utf-16-be": "UTF-16 without its mark",
}
_WESTERN = "àâäáãåæçèéêëìíîïñòóôöõøœùúûüýÿßšž"
_CENTRAL = "ąćęłńśźżčďěňřťůőűăşţđĺľŕ"
_SIGNS = "’‘“”„–—…•€£¥°²³½¼¾·«»©®™µ§±×¿¡ªº\xa0"
# The quote stands first, before the look behind it, so that the search can jump from quote to quote.
_QUOTED_FIELD = re.compile(rb'"(?<![^,;\t|:\r\n]")(?:[^"\r\n]|"")*"(?![^,;\t|:\r\n])')


@dataclass(frozen=True, slots=True)
class Survey:
    """What the bytes of a text file say.

    `has_loose_quotes`: some quotes do not obviously open and close a cell within one line.
    """

    encoding: str
    size: int
    lines: int
    has_loose_quotes: bool
    has_nul: bool
    is_damaged: bool
    guessed: bool

    @property
    def encoding_name(self) -> str:
        return _NAMES.get(self.encoding, self.encoding)


def survey(path: Path, file: str, encoding: str | None = None) -> Survey:
    """Read all bytes once, in small pieces; `encoding` overrides the guess.

    Raises ReadError for binary files, unknown encodings and lines of more than `limits.LINE_BYTES`.
    """
    if encoding is not None:
        try:
            codecs.lookup(encoding)
        except LookupError as error:
            raise ReadError("unknown-encoding", f"There is no encoding named {encoding!r}.", file) from error
    look = _Look(file)
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            look.at(chunk)
    return look.verdict(encoding)


class _Look:
    """Counts over the chunks of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.size = self.feeds = self.returns = self.nuls = self.marks = self.line_run = 0
        self.start = b""
        self.foreign = bytearray()
        self.decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self.is_utf8 = True
        self.has_loose_quotes = False
        self.cut_line = b""
        self.last = b""

    def at(self, chunk: bytes) -> None:
        if not self.size:
            self.start = chunk[:_SAMPLE]
            _refuse_binary(self.start, self.file)
        self.size += len(chunk)
        self.feeds += chunk.count(b"\n")
        self.returns += chunk.count(b"\r")
        if not self.has_loose_quotes:
            self._match_quotes(chunk)
        self.nuls += chunk.count(b"\0")
        self._measure_line(chunk)
        self.last = chunk[-1:]
        is_plain = chunk.isascii()
        if not is_plain:
            self.marks += chunk.count(b"\xef\xbf\xbd")
            self._collect(chunk)
        if self.is_utf8 and not (is_plain and not self.decoder.getstate()[0]):
            try:
                self.decoder.decode(chunk)
            except UnicodeDecodeError:
                self.is_utf8 = False

    def _measure_line(self, chunk: bytes) -> None:
        end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        self.line_run = self.line_run + len(chunk) if end < 0 else len(chunk) - end - 1
        if self.line_run > limits.LINE_BYTES:
            raise ReadError(
                "line-too-long",
                f"A line has more than {limits.size_label(limits.LINE_BYTES)}, so this is probably no table. "
                "Save it with one record per line.",
                self.file,
                self.feeds + 1,
            )

    def _match_quotes(self, chunk: bytes) -> None:
        text = self.cut_line + chunk
        end = text.rfind(b"\n") + 1
        text, self.cut_line = text[:end], text[end:]
        quotes = text.count(b'"')
        # With many quotes the csv reader itself finds out faster than this.
        if quotes > len(text) // 100 or len(self.cut_line) > 2 * _CHUNK:
            self.has_loose_quotes = True
        elif quotes:
            paired = sum(field.count(b'"') for field in _QUOTED_FIELD.findall(text))
            self.has_loose_quotes = paired != quotes

    def _collect(self, chunk: bytes) -> None:
        if len(self.foreign) < _SAMPLE:
            lines = [line[:2000] for line in chunk.splitlines() if not line.isascii()]
            self.foreign += b"\n".join(lines)[:_SAMPLE] + b"\n"

    def verdict(self, encoding: str | None) -> Survey:
        guessed = False
        if self.is_utf8 and self.decoder.getstate()[0]:
            self.is_utf8 = False
        if encoding is None:
            encoding, guessed = self._encoding()
        is_wide = encoding.startswith(("utf-16", "utf-32"))
        ends = self.feeds or self.returns
        lines = ends + (1 if self.size and self.last not in b"\r\n\0" else 0)
        spotless = self.is_utf8 and encoding.startswith("utf-8") and not self.marks
        damaged = not spotless and (is_wide or DAMAGED in self.foreign.decode(encoding, "replace"))
        has_nul = bool(self.nuls) and not is_wide
        loose = self.has_loose_quotes or b'"' in self.cut_line
        return Survey(encoding, self.size, lines, loose, has_nul, damaged or has_nul, guessed)

    def _encoding(self) -> tuple[str, bool]:
        for mark, name in _BOMS:
            if self.start.startswith(mark):
                return name, False
        if wide := _wide_without_mark(self.start):
            return wide, True
        if self.is_utf8:
            return "utf-8", False
        return _guess(bytes(self.foreign)), True


def _refuse_binary(start: bytes, file: str) -> None:
    if any(start.startswith(mark) for mark, _ in _BOMS) or _wide_without_mark(start):
        return
    odd = sum(start.count(bytes([code])) for code in (*range(1, 9), *range(14, 27), *range(28, 32)))
    if odd + start.count(b"\0") > max(16, len(start) // 10):
        raise ReadError(
            "not-text",
            "This is not a text file, whatever its name says. Save the table as CSV or XLSX and try again.",
            file,
        )


def _wide_without_mark(start: bytes) -> str | None:
    """UTF-16 by its pattern: in Western text every second byte is zero."""
    half = max(1, len(start) // 2)
    if start[1::2].count(0) > 0.6 * half and start[::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if start[::2].count(0) > 0.6 * half and start[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return None


def _guess(foreign: bytes) -> str:
    """The encoding of lines that are not valid UTF-8 as a whole."""
    as_utf8 = foreign.decode("utf-8", "replace")
    bad = as_utf8.count(DAMAGED)
    good = sum(1 for character in as_utf8 if character > "\x7f") - bad
    if good > 4 * bad:
        return "utf-8"  # some damaged characters in a UTF-8 file, not another encoding
    likely = ("cp1252", "mac_roman", "cp1250", "cp850")
    scores = {name: _word_likeness(foreign.decode(name, "replace")) for name in likely}
    best = max(scores, key=lambda name: scores[name])  # the first wins a tie
    if scores[best] > 0:
        return best
    match = from_bytes(foreign[:20_000]).best()
    return match.encoding if match is not None else "cp1252"


def _word_likeness(text: str) -> float:
    """Mean points per non-ASCII character: about 2 for text as people write it, below 0 for the rest."""
    points = 0.0
    count = 0
    for place, character in enumerate(text):
        if character <= "\x7f":
            continue
        count += 1
        before = text[place - 1] if place else "\n"
        after = text[place + 1] if place + 1 < len(text) else "\n"
        points += _points(character, before, after)
    return points / count if count else 0.0


def _points(character: str, before: str, after: str) -> float:
    between_letters = before.isalpha() and after.isalpha()
    if character in _SIGNS:
        if between_letters and character not in "’·–\xa0":
            return -2.0
        return 1.5 if character in "’“”–€£°\xa0" else 1.0
    lower = character.lower()
    if lower not in _WESTERN and lower not in _CENTRAL:
        return -3.0
    points = 2.0 if lower in _WESTERN else 1.5
    if before > "\x7f" and before.isalpha():
        points -= 2.5
    if character.isupper():
        points -= 3.0 if before.islower() or (before.isupper() and after.islower()) else 0.5
    elif after.isupper() or (not before.isalpha() and not after.isalpha() and lower not in "àåæøéèó"):
        points -= 2.5
    if before.isdigit() or after.isdigit():
        points -= 1.5
    return points
