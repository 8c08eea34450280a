"""How much each input of a calculated metric explains of its change between two stretches of periods."""

from __future__ import annotations

from dataclasses import dataclass

from sextant.calc.contributions import Contributions, contributions
from sextant.calc.effects import SEASONS
from sextant.calc.formula import Formula, FormulaError
from sextant.calc.periods import Period, shift
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.metrics.models import Metric
from sextant.metrics.queries.calculated import Calculation
from sextant.metrics.queries.series import Series, load_recorded
from sextant.metrics.queries.standpoint import Standpoint

MOST_PERIODS = 60


@dataclass(frozen=True, slots=True)
class Share:
    """What one input explains, in the unit of the outcome."""

    metric: Metric
    amount: float


@dataclass(frozen=True, slots=True)
class Shares:
    """The stretch from `first` to `last` against the one from `former_first` to `former_last`.

    The shares are the largest first and add up to the change. Without `found`, `problem` says why: `hidden-input`,
    `definition-changed`, `counts-from-the-year` or `no-values`.
    """

    first: Period
    last: Period
    former_first: Period
    former_last: Period
    series: Series
    found: Contributions | None = None
    shares: tuple[Share, ...] = ()
    problem: str = ""


def shares(
    actor: Actor, metric: Metric, point: Standpoint, *, over: int = 1, against: str = "before", until: int | None = None
) -> Shares | None:
    """The `over` periods up to the one that begins with hour `until` (None: the newest), against those before them or
    the same a year before. None for a metric that is not calculated or has no value.
    """
    calculation = Calculation.of([metric], point)
    formula = calculation.formula(metric)
    if formula is None:
        return None
    since = calculation.since([metric], None)
    recorded = load_recorded({i: calculation.by_id[i] for i in since}, since, point, newest=None)
    series = calculation.series(metric, recorded, None)
    last = series.latest if until is None else _place(series, until)
    if last is None:
        return None
    over = min(max(1, over), MOST_PERIODS, last + 1)
    back = max(over, (SEASONS[series.frequency] or 1) if against == "year" else 1)
    first = last - over + 1
    ends = series.period(first), series.period(last)
    former = [shift(each, -back, series.calendar) for each in ends]
    made = Shares(*ends, former[0], former[1], series)
    problem = _problem(actor, metric, calculation, formula, former[0])
    if problem:
        return _lacking(made, problem)
    try:
        columns = calculation.columns(metric, formula, recorded, series.starts)
        found = contributions(formula, columns, len(series.starts), first=first, last=last, back=back)
    except FormulaError as error:
        return _lacking(made, error.key)
    if found is None:
        return _lacking(made, "no-values")
    ranked = sorted(found.shares, key=lambda pair: -abs(pair[1]))
    rows = tuple(Share(calculation.by_key[key], amount) for key, amount in ranked)
    return Shares(made.first, made.last, made.former_first, made.former_last, series, found, rows)


def _problem(actor: Actor, metric: Metric, calculation: Calculation, formula: Formula, first: Period) -> str:
    """Why the change cannot be shared out. Shares would tell the values of inputs out of sight."""
    needed = {one.pk for one in calculation.inputs(metric)}
    if visible("metric", actor).filter(pk__in=needed).count() < len(needed):
        return "hidden-input"
    if formula.needs_year:
        return "counts-from-the-year"
    is_changed = any((one.valid_from or first.start) > first.start for one in calculation.versions[metric.pk])
    return "definition-changed" if is_changed else ""


def _lacking(made: Shares, problem: str) -> Shares:
    return Shares(made.first, made.last, made.former_first, made.former_last, made.series, problem=problem)


def _place(series: Series, hour: int) -> int | None:
    """The index of the complete period that begins with the hour."""
    for index in range(series.complete - 1, -1, -1):
        if int(series.starts[index]) <= hour:
            return index if int(series.starts[index]) == hour else None
    return None
