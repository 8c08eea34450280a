"""Uploads on their way into an import: straight to the disk of the data folder, never into memory."""

from __future__ import annotations

import json
import re
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from sextant.core.errors import Problem, Refused, refuse
from sextant.exchange.faults import is_no_room

LONGEST_PART = 120
DEEPEST = 12
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]")


class TooLarge(Refused):
    """More was sent than is taken in a browser. Nothing of it was kept."""

    status = 413


@dataclass(frozen=True, slots=True)
class Received:
    """One uploaded file as it lies in the folder for uploads; `name` is what the sender called it."""

    path: Path
    name: str
    size: int

    def close(self) -> None:
        """It was closed as soon as its last byte was there."""


class _ToFolder(FileUploadHandler):
    """Django's part of it: every chunk goes to the file at once."""

    def __init__(self, request: HttpRequest, folder: Path) -> None:
        super().__init__(request)
        self.folder = folder
        self.count = 0
        self.open_file: Any = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.count += 1
        self.open_file = (self.folder / str(self.count)).open("wb")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.open_file.write(raw_data)

    def file_complete(self, file_size: int) -> Any:
        self.open_file.close()
        return Received(self.folder / str(self.count), self.file_name or "file", file_size)

    def upload_interrupted(self) -> None:
        if self.open_file is not None:
            self.open_file.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Upload:
    """What came with one request: files, where each lay in the sender's folder, and a pasted table."""

    folder: Path
    files: tuple[Received, ...]
    paths: tuple[str, ...]
    pasted: str

    def discard(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def move_into(self, folder: Path) -> list[str]:
        """Place the files in an import's folder under safe names; returns their relative paths."""
        placed: list[str] = []
        for file, told in zip(self.files, self.paths, strict=True):
            if not file.name and not file.size:
                continue
            name = _free(safe_path(told or file.name), placed)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(file.path, folder / name)
            placed.append(name)
        if self.pasted.strip():
            name = _free("pasted.tsv" if "\t" in self.pasted else "pasted.csv", placed)
            (folder / name).write_text(self.pasted.strip("\r\n") + "\n", encoding="utf-8", newline="")
            placed.append(name)
        self.discard()
        return placed


def receive(request: HttpRequest) -> Upload:
    """Take the body of a request in: files under `files`, their places under `paths` (JSON), text under `table`.

    Call before anything looks at `request.POST`. Raises TooLarge, or Refused when the disk is full.
    """
    limit = settings.UPLOAD_LIMIT_BYTES
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
        raise _too_large(f"More than {limit // 1024 // 1024} MB were sent at once.")
    folder = Path(settings.DATA_FOLDER) / "uploads" / uuid.uuid4().hex
    if not hasattr(request, "_files"):
        request.upload_handlers = [_ToFolder(request, folder)]
    try:
        texts, files = request.POST, request.FILES.getlist("files")
    except (TooManyFilesSent, TooManyFieldsSent):
        shutil.rmtree(folder, ignore_errors=True)
        raise _too_large(f"More than {settings.DATA_UPLOAD_MAX_NUMBER_FILES:,} files were sent at once.") from None
    except RequestDataTooBig:
        shutil.rmtree(folder, ignore_errors=True)
        raise _too_large("The pasted table is too long; save it as a file.") from None
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        if not is_no_room(error):
            raise
        raise refuse(
            "disk-full", "The server's disk takes no more. Nothing was kept; its keeper has to make room."
        ) from error
    kept = tuple(_received(file, folder, place) for place, file in enumerate(files))
    return Upload(folder, kept, _paths(str(texts.get("paths", "")), len(kept)), str(texts.get("table", "")))


def _received(file: Any, folder: Path, place: int) -> Received:
    """A file that another handler took in (a signed-in browser on the API) is copied from where it lies."""
    if isinstance(file, Received):
        return file
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"copy-{place}"
    with path.open("wb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    return Received(path, file.name or "file", path.stat().st_size)


def _too_large(what: str) -> TooLarge:
    message = f"{what} Nothing was kept. The command line reads files of any size: sextant import FILE"
    return TooLarge(Problem("upload-too-large", message, "files"))


def _paths(text: str, count: int) -> tuple[str, ...]:
    """The places the browser told, one per file; none when it told none or something else."""
    try:
        told = json.loads(text) if text else []
    except ValueError:
        told = []
    fits = isinstance(told, list) and len(told) == count and all(isinstance(one, str) for one in told)
    return tuple(told) if fits else ("",) * count


def safe_path(told: str) -> str:
    """A relative path that stays where it is put, whatever was told: "../../etc/x" is "etc/x"."""
    told = told.encode(errors="replace").decode()  # no disk takes half a character
    parts = [_UNSAFE.sub("", part).strip() for part in re.split(r"[/\\]+", told)]
    kept = [_short(part) for part in parts if part.strip(". ")]
    return "/".join(kept[-DEEPEST:]) or "file"


def _short(part: str) -> str:
    """At most so many bytes, the ending kept."""
    stem, dot, ending = part.rpartition(".")
    if not dot or len(ending) > 10:
        stem, dot, ending = part, "", ""
    while len(f"{stem}{dot}{ending}".encode()) > LONGEST_PART:
        stem = stem[:-1]
    return f"{stem}{dot}{ending}"


def _free(name: str, taken: Sequence[str]) -> str:
    """The name, or the next one like it that is free; no file may stand where a folder has to."""
    number, free = 1, name
    while True:
        blocked = next((one for one in taken if free.startswith(f"{one}/")), "")
        if not blocked and not any(free == one or one.startswith(f"{free}/") for one in taken):
            return free
        number += 1
        if blocked:  # a file has the name of one of the folders
            free = f"{blocked}-{number}{free[len(blocked) :]}"
            continue
        head, slash, last = name.rpartition("/")
        stem, dot, ending = last.rpartition(".")
        free = f"{head}{slash}{stem or last}-{number}{dot}{ending if stem else ''}"


def name_of(placed: Sequence[str]) -> str:
    """What people call what was uploaded: the folder, the file, or the first of several."""
    folders = {path.split("/", 1)[0] for path in placed if "/" in path}
    if len(folders) == 1 and all("/" in path for path in placed):
        return folders.pop()
    first = placed[0].rsplit("/", 1)[-1] if placed else ""
    return first if len(placed) < 2 else f"{first} and {len(placed) - 1} more"
