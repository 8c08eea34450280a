"""The texts of a workbook, which cells refer to by number; kept on disk when there are very many."""

import os
import re
import tempfile
import weakref
import zipfile
from array import array
from typing import IO

from sextant.readers import limits
from sextant.readers.grids import ReadError
from sextant.readers.packed_xml import Attributes, fed, local, safe_parser

_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


def unescape(text: str) -> str:
    """Undo _x000D_ and its like, written for characters XML cannot hold; NUL becomes damaged text."""
    if "_x" not in text:
        return text
    plain = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    plain = plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return plain.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


class SharedStrings:
    """Texts by number. Beyond `limits.SHARED_TEXT_IN_MEMORY` characters they move to a temporary file."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._held = 0
        self._ends = array("Q", [0])
        self._spill: IO[bytes] | None = None

    def __len__(self) -> int:
        return len(self._ends) - 1 if self._spill else len(self._texts)

    def add(self, text: str) -> None:
        if self._spill is not None:
            self._write(text)
            return
        self._texts.append(text)
        self._held += len(text) + 50  # an empty str takes about 50 bytes
        if self._held > limits.SHARED_TEXT_IN_MEMORY:
            self._spill = tempfile.TemporaryFile()  # noqa: SIM115  closed with this object
            weakref.finalize(self, self._spill.close)
            for held in self._texts:
                self._write(held)
            self._texts.clear()

    def _write(self, text: str) -> None:
        assert self._spill is not None
        data = text.encode("utf-8", "surrogatepass")
        self._spill.write(data)
        self._ends.append(self._ends[-1] + len(data))

    def finish(self) -> None:
        """All texts were added; they may be read now."""
        if self._spill is not None:
            self._spill.flush()

    def __getitem__(self, number: int) -> str:
        if self._spill is None:
            return self._texts[number]
        start = self._ends[number]
        data = os.pread(self._spill.fileno(), self._ends[number + 1] - start, start)
        return data.decode("utf-8", "surrogatepass")


def read_shared_strings(archive: zipfile.ZipFile, member: str, file: str) -> SharedStrings:
    """The texts of a workbook's string table; formatting inside a text and phonetic guides are dropped."""
    strings = SharedStrings()
    pieces: list[str] = []
    state = {"text": False, "guide": False}
    length = 0

    def started(name: str, _: Attributes) -> None:
        tag = local(name)
        if tag == "t":
            state["text"] = not state["guide"]
        elif tag == "rPh":
            state["guide"] = True

    def said(text: str) -> None:
        nonlocal length
        if state["text"]:
            length += len(text)
            if length > limits.FIELD_CHARACTERS:
                message = f"A cell has more than {limits.FIELD_CHARACTERS:,} characters. Shorten the text."
                raise ReadError("field-too-long", message, file)
            pieces.append(text)

    def ended(name: str) -> None:
        nonlocal length
        tag = local(name)
        if tag == "t":
            state["text"] = False
        elif tag == "rPh":
            state["guide"] = False
        elif tag == "si":
            strings.add(unescape("".join(pieces)))
            pieces.clear()
            length = 0

    parser = safe_parser(file)
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = started, ended, said
    for _ in fed(parser, archive, member, file):
        pass
    strings.finish()
    return strings
