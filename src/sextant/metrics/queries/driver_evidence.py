"""Does the driver drive: what the outcome did after each real move of its driver (METHOD.md section 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from sextant.calc.aggregation import AggregationError
from sextant.calc.driver_tree import HOURS, is_faint, verdict
from sextant.calc.effects import SEASONS
from sextant.calc.effects_drivers import Drive, Following, Move, drive
from sextant.calc.findings import Detection, Finding
from sextant.calc.periods import Frequency, Period, period_at
from sextant.metrics.models import DriverLink, Metric
from sextant.metrics.queries.findings import findings
from sextant.metrics.queries.marker_effects import Judgement, judgements
from sextant.metrics.queries.reading import Floats, Hours
from sextant.metrics.queries.series import Series, coarser, grid, series_many, series_of
from sextant.metrics.queries.standpoint import Standpoint

NOTHING = Drive(0, 0, 0, 0, 0.0, 0.0, 0.0, ())


@dataclass(frozen=True, slots=True)
class Known:
    """Series and judgements of some metrics, by metric id, read once for all links between them."""

    point: Standpoint
    series: Mapping[int, Series]
    detections: Mapping[int, Detection]
    judgements: Mapping[int, Judgement]
    coarse: dict[tuple[int, Frequency], Series] = field(default_factory=dict)  # made once for all links and lags

    def at(self, metric_id: int, frequency: Frequency) -> Series:
        """The series of a metric by these periods. Raises `AggregationError` as `at_frequency`."""
        place = metric_id, frequency
        if place not in self.coarse:
            self.coarse[place] = at_frequency(self.series[metric_id], frequency, self.point)
        return self.coarse[place]

    def moves(self, metric_id: int) -> list[Finding]:
        """The real moves of a metric: what the detector found, but for single unusual values and for what began as it
        was measured in another way. Findings of one side that overlap are one move.
        """
        starts = self.series[metric_id].starts
        breaks = [int(np.searchsorted(starts, hour)) for hour in self.judgements[metric_id].breaks]
        moves: list[Finding] = []
        reach = -1
        for one in self.detections[metric_id].findings:
            if one.kind != "deviation" or any(one.first - 1 <= at <= one.found for at in breaks):
                continue
            if moves and one.side == moves[-1].side and one.first <= reach:
                moves[-1] = replace(moves[-1], last=max(moves[-1].last, one.last), is_open=one.is_open)
            else:
                moves.append(one)
            reach = one.found
        return moves

    def hour(self, metric_id: int, index: int) -> int:
        """The first hour of a period of the metric's own series."""
        return int(self.series[metric_id].starts[index])


@dataclass(frozen=True, slots=True)
class Case:
    """A real move of the driver: the periods with which it began and in which the outcome was to answer, and whether
    it did ("followed", "not", "open").
    """

    moved: Period
    due: Period
    finding: Finding
    following: Following

    @property
    def answer(self) -> str:
        return self.following.answer


@dataclass(frozen=True, slots=True)
class Evidence:
    """What became of a hypothesis. `frequency` are the periods it was judged by and `lag` the lag in them: those of the
    outcome, or of the driver where that is measured less often. `problem` says why nothing can be judged.

    `verdict` is one of `calc.driver_tree.VERDICTS`; `is_faint`: the link has lost its line.
    """

    drive: Drive
    frequency: Frequency
    lag: int
    verdict: str
    is_faint: bool
    cases: tuple[Case, ...]
    problem: str = ""


def read(metrics: Iterable[Metric], point: Standpoint) -> Known:
    """Whole series of the metrics and what was found in them, with a fixed number of statements."""
    wanted = list({one.pk: one for one in metrics}.values())
    series = series_many(wanted, point)
    return Known(point, series, findings(wanted, point, series=series), judgements(wanted, point))


def evidence(links: Sequence[DriverLink], known: Known) -> dict[int, Evidence]:
    """By the id of the link. `known` holds both ends of each."""
    return {link.pk: judged(link.driver_id, link.outcome_id, link.lag, link.way, known) for link in links}


def judged(driver_id: int, outcome_id: int, lag: int, way: str, known: Known) -> Evidence:
    """What the outcome did after the moves of the driver; `lag` in periods of the outcome's frequency."""
    driver, outcome = known.series[driver_id], known.series[outcome_id]
    frequency = max(driver.frequency, outcome.frequency, key=lambda one: one.rank)
    lag = round(lag * HOURS[outcome.frequency] / HOURS[frequency])
    try:
        both = [known.at(metric_id, frequency) for metric_id in (driver_id, outcome_id)]
    except AggregationError as error:
        return Evidence(NOTHING, frequency, lag, "too_few", False, (), error.key)
    if not all(len(one.starts) for one in both):
        return Evidence(NOTHING, frequency, lag, "too_few", False, (), "no-values")
    pair = Pair.of(both[0], both[1])
    found = known.moves(driver_id)
    places = pair.places(middles(driver)[[one.first for one in found]])
    moves = [Move(place, 1 if one.side == "above" else -1) for one, place in zip(found, places, strict=True)]
    own = known.judgements[outcome_id]
    drove = drive(
        pair.driver, pair.outcome, moves, lag=lag, same_way={"same": True, "other": False}.get(way),
        season_length=own.season_length if frequency == outcome.frequency else SEASONS[frequency],
        dividers=[int(np.searchsorted(pair.starts, hour)) for hour in (*own.dividers, *own.breaks)],
    )  # fmt: skip
    by_place = dict(zip(places, found, strict=True))
    cases = tuple(
        Case(pair.period(one.move.index), pair.period(one.move.index + lag), by_place[one.move.index], one)
        for one in drove.cases
    )
    said = drove.followed, drove.not_followed, drove.strength
    return Evidence(drove, frequency, lag, verdict(*said), is_faint(*said), cases)


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Driver and outcome on the same periods, nan where there is no value; only complete periods count."""

    starts: Hours
    driver: Floats
    outcome: Floats
    series: Series

    @classmethod
    def of(cls, driver: Series, outcome: Series) -> Pair:
        """Both have the same frequency; the periods are those of the outcome's calendar."""
        at_both = [middles(one) for one in (driver, outcome)]
        edges = [int(each[at]) for each in at_both for at in (0, -1)]
        starts = grid(min(edges), max(edges), outcome.frequency, outcome.calendar)
        laid = []
        for one, at in zip((driver, outcome), at_both, strict=True):
            values = np.full(len(starts), np.nan)
            places = np.searchsorted(starts, at, side="right") - 1
            inside = (places >= 0) & (np.arange(len(places)) < one.complete)
            values[places[inside]] = one.values[inside]
            laid.append(values)
        return cls(starts, laid[0], laid[1], outcome)

    def places(self, hours: Hours) -> list[int]:
        """The indexes of the periods these hours lie in."""
        return [max(0, int(at) - 1) for at in np.searchsorted(self.starts, hours, side="right")]

    def period(self, index: int) -> Period:
        """The period at an index, which may lie after the last value."""
        beyond = max(0, index - len(self.starts) + 1)
        last = period_at(int(self.starts[index - beyond]), self.series.frequency, self.series.calendar)
        for _turn in range(beyond):
            last = period_at(last.end, self.series.frequency, self.series.calendar)
        return last


def at_frequency(series: Series, frequency: Frequency, point: Standpoint) -> Series:
    """The series by these periods. Raises `AggregationError` where its rule does not allow coarser ones."""
    if series.frequency == frequency:
        return series
    if series.span > 1:
        raise AggregationError("A rolling value has no coarser periods.", "rolling-value")
    if series.is_calculated:
        return series_of(series.metric, point, grain=frequency)
    made = coarser(series, frequency, point)
    partial = [index for index, flag in made.flags.items() if flag.coverage is not None]
    values = made.values.copy()
    values[partial] = np.nan
    return replace(made, values=values)


def middles(series: Series) -> Hours:
    """The middle hour of each period, of a rolling value of its newest one: it lies in the same period of every
    calendar that counts by this frequency.
    """
    count = len(series.starts)
    newest = [series.period(index).end for index in range(max(0, count - series.span), count)]
    ends = np.concatenate([series.starts[series.span :], np.array(newest, np.int64)])
    return np.asarray(ends - int(HOURS[series.frequency] / 2), np.int64)
