"""Years, quarters and months of one series in one column: kept apart, one of them taken, the others named."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from sextant.calc.periods import Calendar, Frequency
from sextant.exchange.understanding.tables import TableReading
from sextant.exchange.understanding.when import PeriodReader

Grain = tuple[str, int]
"""A frequency and its span: ("month", 1), ("year", 3)."""
MOST_SHAPES = 500
LEAST_VALUES = 2
"""A grain with fewer values than this is a stray and does not decide."""
SHAPES = str.maketrans("0123456789", "0" * 10)
_UNNAMED = (Frequency.HOUR, Frequency.DAY)
"""Dates and times name no frequency; they are judged by their distances."""


@dataclass(slots=True)
class Seen:
    """How one series is written per grain: how often, and the first samples."""

    counts: Counter[Grain] = field(default_factory=Counter)
    samples: dict[Grain, list[tuple[str, list[str]]]] = field(default_factory=dict)


def grain_of(text: str, periods: PeriodReader) -> Grain | None:
    """The frequency a text itself names; None for dates and for what is no period."""
    period = periods.read(text)
    if period is None or period.frequency in _UNNAMED:
        return None
    return period.frequency.value, period.span


def grains_by_shape(shapes: Iterable[str], periods: PeriodReader) -> dict[str, Grain]:
    """Shape ("0000 Q0") -> the grain of texts written so; `shapes` are examples."""
    found = {}
    for example in shapes:
        grain = grain_of(example, periods)
        if grain is not None:
            found[example.translate(SHAPES)] = grain
    return found


def separate(
    table: TableReading, shapes: Iterable[str], rows: Callable[[], Iterator[tuple[tuple[str, ...], str, list[str]]]],
    most_samples: int,
) -> dict[tuple[str, ...], tuple[Grain, list[tuple[str, list[str]]]]]:  # fmt: skip
    """Key -> the grain to take and its samples, for series written in several grains.

    `shapes` are examples of all ways in which periods are written; `rows` gives key, period text and values.
    """
    known = grains_by_shape(shapes, table.reader(Calendar()))
    if len(set(known.values())) < 2:
        return {}
    seen: dict[tuple[str, ...], Seen] = {}
    for key, text, values in rows():
        grain = known.get(text.translate(SHAPES))
        if grain is None or not any(values):
            continue
        entry = seen.setdefault(key, Seen())
        entry.counts[grain] += 1
        samples = entry.samples.setdefault(grain, [])
        if len(samples) < most_samples:
            samples.append((text, values))
    mixed = {key: entry for key, entry in seen.items() if len(entry.counts) > 1}
    chosen = {key: choose(entry.counts, table.settings.frequency) for key, entry in mixed.items()}
    if mixed:
        offer_grains(table, sum((entry.counts for entry in mixed.values()), Counter()), next(iter(chosen.values())))
    return {key: (grain, mixed[key].samples[grain]) for key, grain in chosen.items()}


def choose(counts: Counter[Grain], wanted: str) -> Grain:
    """The grain a person chose, else the finest that is more than a stray."""
    asked = [grain for grain in counts if grain[0] == wanted]
    usual = [grain for grain in counts if counts[grain] >= LEAST_VALUES] or list(counts)
    return min(asked or usual, key=lambda grain: (grain[1] > 1, Frequency(grain[0]).rank, grain[1]))


def offer_grains(table: TableReading, counts: Counter[Grain], taken: Grain) -> None:
    """Say which grain is taken and how to take another."""
    others = ", ".join(f"{count} by {_spoken(grain)}" for grain, count in counts.most_common() if grain != taken)
    table.offer(
        "grain", f"The same series stand here by {_spoken(taken)} and in other lengths. Those by {_spoken(taken)} are "
        f"taken; the others ({others}) are left out, so that nothing counts twice.", "frequency",
        choices=tuple(dict.fromkeys(grain[0] for grain in counts)), chosen=taken[0],
    )  # fmt: skip


def _spoken(grain: Grain) -> str:
    return grain[0] if grain[1] == 1 else f"{grain[1]} {grain[0]}s"
