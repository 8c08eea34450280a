"""The process that works in the background: a thread for each lane, and one that looks after them all.

The main thread extends the leases of what runs, adds periodic jobs, and takes back what died elsewhere, so nothing a
job does can keep it from doing so.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable

from django.db import DatabaseError, connection
from django.utils import timezone

from sextant.core.jobs import Run, lanes
from sextant.core.jobs_keeping import sweep
from sextant.core.jobs_ticker import tick
from sextant.core.jobs_worker import beat, give_back, is_due, perform, reap, step
from sextant.core.models import Worker
from sextant.core.writing import writing

POLL_SECONDS = 0.5
LOOK_SECONDS = 1.0  # between two looks at leases and periodic jobs
BEATS = 4  # in the time of a lease
SEEN_SECONDS = 15.0
SWEEP_SECONDS = 3600.0
SECONDS_TO_FINISH = 5.0
LONGEST_SECONDS = 3600.0  # who works longer hangs
GAVE_UP = 70  # exit code: somebody has to start the process again
logger = logging.getLogger(__name__)


class JobProcess:
    """Works until `stop` is called, by a signal or another thread.

    `lease_seconds`: for all jobs instead of what each asks for. `works`, `ticks`: what this process is for.
    """

    def __init__(
        self,
        *,
        works: bool = True,
        ticks: bool = True,
        poll_seconds: float = POLL_SECONDS,
        lease_seconds: float | None = None,
    ) -> None:
        self.name = f"{socket.gethostname()[:80]}:{os.getpid()}:{secrets.token_hex(2)}"
        self._works, self._ticks, self._poll, self._lease = works, ticks, poll_seconds, lease_seconds
        self._stopping = threading.Event()
        self._held: dict[str, _Held] = {}
        self._look = min(LOOK_SECONDS, lease_seconds / BEATS / 2) if lease_seconds else LOOK_SECONDS
        self._chores: list[_Chore] = []
        if works:
            self._chores += [_Chore(0, self._beat), _Chore(0, reap)]
            self._chores += [_Chore(SEEN_SECONDS, self._say_seen), _Chore(SWEEP_SECONDS, sweep)]
        if ticks:
            self._chores.append(_Chore(0, tick))

    def stop(self) -> None:
        """Claim nothing more, finish what runs if it is short, and return from `run`. Safe in a signal handler."""
        self._stopping.set()

    def run(self) -> bool:
        """Work until stopped. False: something still runs, its jobs were given back, and the process has to end."""
        threads = [threading.Thread(target=self._work, args=[lane], daemon=True) for lane in lanes() if self._works]
        for thread in threads:
            thread.start()
        while not self._stopping.is_set():
            self._do_chores()
            self._stopping.wait(self._look)
        deadline = time.monotonic() + SECONDS_TO_FINISH
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._leave()
        return not any(thread.is_alive() for thread in threads)

    def _work(self, lane: str) -> None:
        """Run the jobs of one lane, one after the other."""
        finished: Run | None = None
        while finished is not None or not self._stopping.is_set():
            try:
                if finished is None and not is_due(lane):
                    self._stopping.wait(self._poll)
                    continue
                claimed = step(
                    finished, worker=self.name, lane=lane, lease_seconds=self._lease, claims=not self._stopping.is_set()
                )
            except DatabaseError as error:  # such as a server that starts again; what has been done is said later
                logger.error("The database does not answer: %s", error)
                connection.close()
                if self._stopping.wait(self._poll):
                    return
                continue
            finished = None
            self._held.pop(lane, None)
            if claimed is not None:
                self._held[lane] = _Held(claimed, self._lease or claimed.kind.lease_seconds)
                perform(claimed)
                finished = claimed
        connection.close()

    def _do_chores(self) -> None:
        for chore in self._chores:
            try:
                chore.do_when_due()
            except DatabaseError as error:
                logger.error("The database does not answer: %s", error)
                connection.close()

    def _say_seen(self) -> None:
        now = timezone.now()
        with writing():
            if not Worker.objects.filter(name=self.name).update(seen_at=now):
                Worker.objects.create(name=self.name, started_at=now, seen_at=now)

    def _beat(self) -> None:
        now = time.monotonic()
        for held in list(self._held.values()):
            if now - held.began > LONGEST_SECONDS:
                logger.critical("%s has not ended within an hour; the worker ends instead", held.run.kind.name)
                os._exit(GAVE_UP)  # a thread cannot be ended, and its lane would never work again
            if now - held.beaten >= held.seconds / BEATS:
                held.beaten = now
                beat(held.run, held.seconds)

    def _leave(self) -> None:
        """Give back what still runs, and be gone for those who ask who works."""
        try:
            for held in list(self._held.values()):
                give_back(held.run)
            with writing():
                Worker.objects.filter(name=self.name).delete()
        except DatabaseError as error:
            logger.error("The database does not answer: %s", error)
        connection.close()


class _Held:
    """A run of this process, when it began and when its lease was extended last, in seconds of the machine."""

    def __init__(self, run: Run, seconds: float) -> None:
        self.run, self.seconds = run, seconds
        self.began = self.beaten = time.monotonic()


class _Chore:
    """Something to be done at once and then every so many seconds (0: at every look)."""

    def __init__(self, seconds: float, do: Callable[[], object]) -> None:
        self._seconds, self._do = seconds, do
        self._next = 0.0

    def do_when_due(self) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + self._seconds
            self._do()
