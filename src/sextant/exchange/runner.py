"""Who reads and who publishes: small imports at once, large ones in a process of their own.

That process belongs to nobody's request, so a closed browser does not stop it and its memory goes with it. It says
how far it is in the row of the import, and holds the import's lock while it lives (`locks`).
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from django.conf import settings

from sextant.core.actors import SYSTEM, Actor
from sextant.core.errors import Refused, refuse
from sextant.exchange.commands import begin_work, confirm_import, files_folder, give_up_work, read_import
from sextant.exchange.locks import BUSY
from sextant.exchange.models import Import
from sextant.people.models import Person
from sextant.people.queries import actor_of_person

SMALL_BYTES = 2 * 1024 * 1024
PACKED_WEIGHT = 8  # a workbook's XML is as many times longer than the same table as text
SMALL_VALUES = 100_000
SMALL_OKRS = 2_000
LOG = "reader.log"
_started: list[subprocess.Popen[bytes]] = []


def read_soon(actor: Actor, imp: Import) -> Import:
    """Read a small upload now, a large one in a process of its own; then the state is "reading".

    What can't be read is told by the state "failed" and `imp.problem`; raises only what is no fault of the file.
    """
    if is_small(imp):
        try:
            return read_import(actor, imp)
        except Refused as refusal:
            if imp.state != "failed":
                raise
            imp.problem = imp.problem or str(refusal)
            return imp
    begin_work(actor, imp, "reading")
    _start(actor, imp)
    return imp


def confirm_soon(actor: Actor, imp: Import) -> Import:
    """Publish a small import now, a large one in a process of its own; then the state is "publishing"."""
    counts = imp.summary.get("counts", {})
    if counts.get("measurements", 0) <= SMALL_VALUES and counts.get("key_results", 0) <= SMALL_OKRS:
        confirm_import(actor, imp)
        return imp
    begin_work(actor, imp, "publishing")
    _start(actor, imp)
    return imp


def is_small(imp: Import) -> bool:
    """Whether reading takes no longer than a person waits for a page."""
    weight = 0
    for path in files_folder(imp).rglob("*"):
        if path.is_file():
            weight += _weight(path)
    return weight <= SMALL_BYTES


def _weight(path: Path) -> int:
    """The bytes of text in a file; those of a packed workbook unpacked."""
    size = path.stat().st_size
    if path.suffix.lower().startswith(".xl") and zipfile.is_zipfile(path):
        try:
            with zipfile.ZipFile(path) as archive:
                return max(size, sum(member.file_size for member in archive.infolist()) // PACKED_WEIGHT)
        except (zipfile.BadZipFile, OSError):
            return size
    return size


def _start(actor: Actor, imp: Import) -> None:
    _started[:] = [process for process in _started if process.poll() is None]  # nobody else waits for them
    database = settings.DATABASES["default"]
    if ":memory:" in str(database["NAME"]):
        raise refuse("no-second-process", "Large files need a database that a second process can open.")
    environment = {**os.environ, "SEXTANT_DATA": str(settings.DATA_FOLDER)}
    command = [sys.executable, "-m", "sextant.cli", "read-import", imp.key]
    command += ["--person", str(actor.person_id)] if actor.person_id is not None else []
    with (Path(imp.folder) / LOG).open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program with a number and a key
            command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    _started.append(process)


def work_on(key: str, person_id: int | None) -> Import:
    """What the process does: read the import, or publish it when that is what its state asks for."""
    imp = Import.objects.filter(key=key).first()
    if imp is None:
        raise refuse("unknown-import", f"There is no import '{key}'.")
    actor = _actor(person_id)
    if imp.state != "publishing":
        return read_import(actor, imp)
    try:
        confirm_import(actor, imp)
    except Refused as refusal:
        if refusal.problems[0].key != BUSY:  # then another process is publishing it, and its state is that one's
            give_up_work(imp, str(refusal))
        raise
    except Exception:
        give_up_work(imp, "This is a fault in Sextant, not in your file; it was written to the log.")
        raise
    return imp


def _actor(person_id: int | None) -> Actor:
    if person_id is None:
        return SYSTEM
    person = Person.objects.filter(pk=person_id).first()
    if person is None:
        raise refuse("unknown-person", "The person who started this import is gone.")
    return actor_of_person(person)
