"""Saying how far long work is: one moving line on a terminal, otherwise a line per tenth."""

from __future__ import annotations

import sys
import time
from typing import TextIO

REDRAW_SECONDS = 0.1
WIDTH = 24


class Progress:
    """`progress = Progress("Copying"); progress.at(3, 10); progress.done("Copied")`. Writes to stderr."""

    def __init__(self, what: str, stream: TextIO | None = None) -> None:
        self.what = what
        self.stream = stream if stream is not None else sys.stderr
        self.is_terminal = self.stream.isatty()
        self._drawn_at = 0.0
        self._tenth = -1

    def at(self, part: int, whole: int | None = None) -> None:
        """`part` of `whole` is done; without `whole` only the count is known."""
        if self.is_terminal:
            self._draw(part, whole)
        elif whole and (tenth := 10 * part // whole) > self._tenth:
            self._tenth = tenth
            print(f"{self.what}: {10 * tenth} %", file=self.stream, flush=True)

    def done(self, result: str) -> None:
        """Replace the moving line by what came out."""
        print(f"\r\033[K{result}" if self.is_terminal else result, file=self.stream, flush=True)

    def _draw(self, part: int, whole: int | None) -> None:
        now = time.monotonic()
        if now - self._drawn_at < REDRAW_SECONDS and part != whole:
            return
        self._drawn_at = now
        if whole:
            filled = WIDTH * part // whole
            shown = f"[{'#' * filled}{'.' * (WIDTH - filled)}] {100 * part // whole:3d} %"
        else:
            shown = f"{part:,}"
        print(f"\r\033[K{self.what} {shown}", end="", file=self.stream, flush=True)
