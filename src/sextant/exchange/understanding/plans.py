"""Where each value of a table goes: to which metric, into which sum, or why nowhere."""

from dataclasses import dataclass, field

from sextant.calc.periods import Period
from sextant.exchange.understanding.scan import Key, Scan
from sextant.exchange.understanding.tables import TableReading

BREAKDOWN = -1
LEFT_OUT = -2
JUDGES = -3
UNANSWERED = -4
"""Instead of a metric: a breakdown that is only offered; a forecast or the like; a target; an open question."""


@dataclass(frozen=True, slots=True)
class Sum:
    """A metric made by adding rows: one column, or (`below` given) one column divided by another, in percent."""

    metric: int
    above: int
    below: int | None = None
    factor: float = 1.0


@dataclass(slots=True)
class Plan:
    """How one table is streamed. `route`: key -> metric (or a code above) per slot; `sums`: key -> Sums."""

    table: TableReading
    scan: Scan
    route: dict[Key, list[int]] = field(default_factory=dict)
    sums: dict[Key, list[Sum]] = field(default_factory=dict)
    judges: list[int] = field(default_factory=list)
    """Slots that hold targets or red flags."""
    last: Period | None = None
    """The last period that has a column of values."""
    scales: dict[int, float] = field(default_factory=dict)
    """Metric -> factor for its values, where it is not 1."""

    def send(self, key: Key, place: int, metric: int) -> None:
        """Route one slot of the rows with this key."""
        if key not in self.route:
            self.route[key] = [LEFT_OUT] * len(self.table.slots)
        self.route[key][place] = metric

    def metrics(self) -> set[int]:
        """All metrics this table has values for."""
        found = {metric for targets in self.route.values() for metric in targets if metric >= 0}
        return found | {total.metric for totals in self.sums.values() for total in totals}
