"""What happened in two years, in the order in which it happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sextant.core import clock

Step = Callable[[], object]


@dataclass(slots=True)
class Timeline:
    """Steps with the moment each is dated with; `run` takes them in order of time."""

    now: datetime
    steps: list[tuple[datetime, int, Step]] = field(default_factory=list)

    def add(self, moment: datetime, step: Step) -> None:
        """Steps of the same moment run in the order they were added; what lies ahead does not happen."""
        if moment <= self.now:
            self.steps.append((moment, len(self.steps), step))

    def run(self, tell: Callable[[int, int], None]) -> None:
        ordered = sorted(self.steps, key=lambda step: step[:2])
        for place, (moment, _, step) in enumerate(ordered, 1):
            with clock.writing_at(moment):
                step()
            tell(place, len(ordered))
