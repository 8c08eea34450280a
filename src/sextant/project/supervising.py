"""The worker beside the server: a process of its own, started again when it dies, gone when the server is gone.

Statistics take seconds to import and hundreds of megabytes, which must not be the web process's (ADR 0017).
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time

COMMAND = (sys.executable, "-m", "sextant.cli", "worker", "--until-input-ends")
SECONDS_BEFORE_START = 1.5  # the first pages come first
SECONDS_TO_STOP = 8.0  # more than the worker gives a running job
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
logger = logging.getLogger(__name__)


class Attendant:
    """Keeps one worker process running between `start` and `stop`."""

    def __init__(
        self,
        command: tuple[str, ...] = COMMAND,
        *,
        first_start: float = SECONDS_BEFORE_START,
        pause: float = FIRST_PAUSE,
    ) -> None:
        self._command, self._first_start, self._pause = command, first_start, pause
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._attend, name="attendant", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Have the worker finish what is short and give the rest back; does not wait for it."""
        self._stopping.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()

    def stop(self) -> None:
        """End the worker."""
        self.ask_to_stop()
        if not self._thread.ident:
            return
        self._thread.join(SECONDS_TO_STOP)
        process = self._process
        if process is not None and process.poll() is None:
            process.kill()  # its lease ends, and the next worker takes over
            self._thread.join()

    def _attend(self) -> None:
        pause = self._pause
        if self._stopping.wait(self._first_start):
            return
        while True:
            began = time.monotonic()
            # Its input is a pipe that only this process holds open: the worker stops when it closes, however we end.
            # It has a process group of its own, so that Ctrl+C reaches this process alone, which then asks it to stop.
            with subprocess.Popen(self._command, stdin=subprocess.PIPE, process_group=0) as process:  # noqa: S603
                self._process = process
                if self._stopping.is_set():
                    process.terminate()
                code = process.wait()
            if self._stopping.is_set():
                return
            lived = time.monotonic() - began
            pause = self._pause if lived > LONGEST_PAUSE else pause
            logger.error("The worker ended (%s); it starts again in %.0f seconds", code, pause)
            if self._stopping.wait(pause):
                return
            pause = min(pause * 2, LONGEST_PAUSE)
