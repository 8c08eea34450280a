"""Everything one KPI chart shows, and the same as rows of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from django.utils.translation import gettext, gettext_lazy
from numpy.typing import NDArray

from sextant.calc.limits import Mark, ProcessChart
from sextant.calc.numbers import format_value, read_number

MARK_ORDER = ("outside", "three_of_four", "run_of_eight")
MARK_WORDS = {
    "outside": gettext_lazy("outside the normal range"),
    "three_of_four": gettext_lazy("three of four near a limit"),
    "run_of_eight": gettext_lazy("eight in a row on one side"),
}
STATE_WORDS = {"estimated": gettext_lazy("estimated"), "not_applicable": gettext_lazy("not applicable")}


@dataclass(frozen=True, slots=True)
class TargetStep:
    """The target and red flag that hold from `start` (inclusive) to `end` (exclusive; None: still valid), in hours.

    A band has `low` and `high` instead of a target, and may have a red flag beyond each.
    """

    start: int
    end: int | None = None
    target: float | None = None
    red_flag: float | None = None
    low: float | None = None
    high: float | None = None
    red_low: float | None = None
    red_high: float | None = None
    stretch: float | None = None

    @property
    def aims(self) -> tuple[float, ...]:
        return tuple(one for one in (self.target, self.low, self.high) if one is not None)

    @property
    def flags(self) -> tuple[float, ...]:
        return tuple(one for one in (self.red_flag, self.red_low, self.red_high) if one is not None)


@dataclass(frozen=True, slots=True)
class Marker:
    """Something that happened: an initiative, a note, or a change of the definition (kind "definition")."""

    start: int
    label: str
    kind: str = "initiative"
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class Running:
    """The period that is not over yet: drawn hollow, judged by nobody; only named without a value (None or nan)."""

    start: int
    value: float | None
    label: str
    spoken: str = ""

    @property
    def known(self) -> float | None:
        return self.value if self.value is not None and np.isfinite(self.value) else None


@dataclass(frozen=True, slots=True)
class FoundShape:
    """A finding: the periods it spans (indexes, both included), its side, tone (better, worse, odd) and words."""

    first: int
    last: int
    side: str
    tone: str
    text: str
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class FanShape:
    """What comes next as far as the past tells: one period per place, with five levels of what is likely.

    `starts` (hours) and all levels have the same length; half of all futures lie from `low_half` to `high_half`,
    four of five from `low` to `high`. `labels` are short, `spoken` as people say them.
    """

    starts: NDArray[np.int64]
    low: NDArray[np.float64]
    low_half: NDArray[np.float64]
    middle: NDArray[np.float64]
    high_half: NDArray[np.float64]
    high: NDArray[np.float64]
    labels: Sequence[str] = ()
    spoken: Sequence[str] = ()
    words: str = ""


@dataclass(frozen=True)
class KpiPicture:
    """One KPI as a picture.

    `chart` holds the complete periods (starts in hours, values with nan as gap); `labels` (short, for the axis),
    `spoken`, `states` and `qualifiers` have one text per period of it, `states` and `qualifiers` may be left empty.
    `aim_path` are (start hour, value) pairs to a long-term aim; `revised` the indexes of corrected values; `dividers`
    the start hours at which a new segment begins; `sentences` what the chart says in words. `found` are its findings,
    `expected` the values season and trend led to expect (nan: none), `fan` the forecast, and `former` the values as
    they were known then, by the index of the periods where they differ from today's (None: nothing was known).
    """

    title: str
    chart: ProcessChart
    labels: Sequence[str]
    spoken: Sequence[str] = ()
    unit: str = "number"
    precision: int | None = None
    direction: str = "up"
    states: Sequence[str] = ()
    qualifiers: Sequence[str] = ()
    running: Running | None = None
    targets: tuple[TargetStep, ...] = ()
    aim_path: tuple[tuple[int, float], ...] = ()
    markers: tuple[Marker, ...] = ()
    definition_changes: tuple[Marker, ...] = ()
    revised: frozenset[int] = frozenset()
    dividers: tuple[int, ...] = ()
    sentences: tuple[str, ...] = ()
    locale: str = "en"
    notes: Mapping[int, str] = field(default_factory=dict)
    found: tuple[FoundShape, ...] = ()
    expected: NDArray[np.float64] | None = None
    fan: FanShape | None = None
    former: Mapping[int, float | None] = field(default_factory=dict)

    @property
    def starts(self) -> NDArray[np.int64]:
        return self.chart.starts

    @property
    def values(self) -> NDArray[np.float64]:
        return self.chart.values

    @cached_property
    def marks(self) -> dict[int, Mark]:
        """The one mark drawn at each marked index: the strongest rule wins."""
        found: dict[int, Mark] = {}
        for mark in sorted(self.chart.marks, key=lambda one: MARK_ORDER.index(one.rule), reverse=True):
            found[mark.index] = mark
        return found

    def name_of(self, index: int) -> str:
        """The period as people say it."""
        names = self.spoken or self.labels
        return names[index] if index < len(names) else str(int(self.starts[index]))

    def state_of(self, index: int) -> str:
        return self.states[index] if index < len(self.states) else "observed"

    def qualifier_of(self, index: int) -> str:
        return self.qualifiers[index] if index < len(self.qualifiers) else ""

    def said(self, figure: float | None, *, short: bool = False) -> str:
        """A figure in the KPI's unit and precision; a dash where there is none."""
        if figure is None or not np.isfinite(figure):
            return "–"
        return format_value(float(figure), self.unit, self.precision, short=short, locale=self.locale)

    def tone_of(self, mark: Mark) -> str:
        """Whether a mark lies on the good side: better, worse, or odd where neither side is good."""
        if self.direction not in ("up", "down"):
            return "odd"
        return "better" if (mark.side == "above") == (self.direction == "up") else "worse"

    @property
    def newest_hour(self) -> int:
        """The start of the newest period shown, the running one included; 0 without any."""
        if self.running is not None:
            return self.running.start
        return int(self.starts[-1]) if len(self.starts) else 0

    def target_at(self, start: int) -> TargetStep | None:
        """The newest target that holds at an hour."""
        held = [one for one in self.targets if one.start <= start and (one.end is None or start < one.end)]
        return max(held, key=lambda one: one.start, default=None)


def value_words(picture: KpiPicture, index: int) -> str:
    """A value as it was reported: its qualifier, then the figure."""
    value, qualifier = float(picture.values[index]), picture.qualifier_of(index)
    if picture.state_of(index) == "not_applicable":
        return reason_for_none(qualifier) or str(STATE_WORDS["not_applicable"])
    if not np.isfinite(value):
        return qualifier or gettext("no value")
    return (
        f"{qualifier} {picture.said(value)}"
        if qualifier in ("<", ">", "≤", "≥", "~")
        else (f"{picture.said(value)}{qualifier}")
    )


def reason_for_none(qualifier: str) -> str:
    """Why no value applies, where the mark beside it says more than that, such as "fewer than 5 answers"."""
    return "" if read_number(qualifier).kind == "not_applicable" else qualifier


def remarks(picture: KpiPicture, index: int) -> list[str]:
    """What is to be said about one point besides its value."""
    said = []
    if (mark := picture.marks.get(index)) is not None:
        side = gettext("above") if mark.side == "above" else gettext("below")
        said.append(f"{MARK_WORDS[mark.rule]} ({side})")
    if picture.state_of(index) == "estimated":
        said.append(str(STATE_WORDS["estimated"]))
    if index in picture.former:
        said.append(gettext("then known as %(value)s") % {"value": picture.said(picture.former[index])})
    elif index in picture.revised:
        said.append(gettext("corrected since"))
    if index in picture.notes:
        said.append(picture.notes[index])
    return said


def point_words(picture: KpiPicture, index: int) -> str:
    """One point in one line: "Mar 2026: 61 %, outside the normal range (below)"."""
    return ", ".join([f"{picture.name_of(index)}: {value_words(picture, index)}", *remarks(picture, index)])


@dataclass(frozen=True, slots=True)
class TableRow:
    """One period of the chart as text: the table twin, and the CSV download."""

    period: str
    value: str
    figure: float | None
    target: str
    red_flag: str
    lower: str
    centre: str
    upper: str
    moving_range: str
    remarks: tuple[str, ...]
    is_running: bool = False
    former: str = ""
    expected: str = ""


def table_rows(picture: KpiPicture, *, newest_first: bool = False) -> list[TableRow]:
    """The chart as rows, one per period, then the running one, then what is forecast."""
    rows = []
    for segment in picture.chart.segments:
        for index in range(segment.first, segment.last + 1):
            at = index - segment.first
            rows.append(_row(picture, index, (segment.lower[at], segment.centre[at], segment.upper[at])))
    if picture.running is not None:
        rows.append(_running_row(picture, picture.running))
    if picture.fan is not None:
        rows += [_forecast_row(picture, picture.fan, at) for at in range(len(picture.fan.starts))]
    return rows[::-1] if newest_first else rows


def _row(picture: KpiPicture, index: int, limits: tuple[float, float, float]) -> TableRow:
    value = float(picture.values[index])
    held = picture.target_at(int(picture.starts[index]))
    return TableRow(
        period=picture.name_of(index),
        value=value_words(picture, index),
        figure=value if np.isfinite(value) else None,
        target=" – ".join(picture.said(one) for one in held.aims) if held else "",
        red_flag=" – ".join(picture.said(one) for one in held.flags) if held else "",
        lower=_or_nothing(picture, limits[0]),
        centre=_or_nothing(picture, limits[1]),
        upper=_or_nothing(picture, limits[2]),
        moving_range=_or_nothing(picture, picture.chart.moving_ranges[index]),
        remarks=(*remarks(picture, index), *_found_at(picture, index)),
        former=picture.said(picture.former[index]) if index in picture.former else "",
        expected=_or_nothing(picture, float(picture.expected[index])) if picture.expected is not None else "",
    )


def _found_at(picture: KpiPicture, index: int) -> list[str]:
    """The findings that begin with a period."""
    return [one.text for one in picture.found if one.first == index]


def _forecast_row(picture: KpiPicture, fan: FanShape, at: int) -> TableRow:
    names = fan.spoken or fan.labels
    words = gettext("forecast, 80 %% between %(low)s and %(high)s") % {
        "low": picture.said(float(fan.low[at])), "high": picture.said(float(fan.high[at])),
    }  # fmt: skip
    held = picture.target_at(int(fan.starts[at]))
    return TableRow(
        period=names[at] if at < len(names) else str(int(fan.starts[at])),
        value=gettext("about %(value)s") % {"value": picture.said(float(fan.middle[at]))},
        figure=None,
        target=" – ".join(picture.said(one) for one in held.aims) if held else "",
        red_flag="",
        lower="",
        centre="",
        upper="",
        moving_range="",
        remarks=(words,),
    )


def _running_row(picture: KpiPicture, running: Running) -> TableRow:
    held = picture.target_at(running.start)
    return TableRow(
        period=running.spoken or running.label,
        value=picture.said(running.value),
        figure=running.known,
        target=" – ".join(picture.said(one) for one in held.aims) if held else "",
        red_flag="",
        lower="",
        centre="",
        upper="",
        moving_range="",
        remarks=(gettext("so far"),),
        is_running=True,
    )


def _or_nothing(picture: KpiPicture, figure: float) -> str:
    return picture.said(figure) if np.isfinite(figure) else ""


def description(picture: KpiPicture) -> str:
    """The chart in words, for who does not see it."""
    known = np.flatnonzero(np.isfinite(picture.values))
    if len(known) == 0:
        return gettext("No values yet.")
    newest = int(known[-1])
    said = [
        gettext("%(count)s values from %(first)s to %(last)s; the newest is %(value)s.")
        % {
            "count": len(known),
            "first": picture.name_of(int(known[0])),
            "last": picture.name_of(newest),
            "value": value_words(picture, newest),
        }
    ]
    if picture.chart.has_limits:
        said.append(
            gettext("Usual are %(lower)s to %(upper)s.")
            % {"lower": picture.said(picture.chart.lower_now), "upper": picture.said(picture.chart.upper_now)}
        )
    ahead = [picture.fan.words] if picture.fan is not None and picture.fan.words else []
    return " ".join([*said, *picture.sentences, *ahead])


def key_items(picture: KpiPicture) -> list[tuple[str, str]]:
    """The legend: (look, words) for the shapes and lines that appear in this picture."""
    rules = {mark.rule for mark in picture.marks.values()}
    items = [("found", gettext("Finding: a real change"))] if picture.found else []
    items += [(rule, str(MARK_WORDS[rule]).capitalize()) for rule in MARK_ORDER if rule in rules]
    if any(picture.state_of(index) == "estimated" for index in range(len(picture.values))):
        items.append(("estimated", gettext("Estimated")))
    if picture.running is not None and picture.running.known is not None:
        items.append(("running", gettext("So far, not judged")))
    if picture.former:
        items.append(("former", gettext("As it was known then")))
    elif picture.revised:
        items.append(("revised", gettext("Corrected since")))
    if picture.chart.has_limits:
        items.append(("normal", gettext("Normal range")))
    if picture.expected is not None:
        items.append(("expected", gettext("Expected by season and trend")))
    if picture.fan is not None:
        items += [("fan-core", gettext("Half of what is likely")), ("fan", gettext("Four fifths of what is likely"))]
    if any(held.aims for held in picture.targets):
        items.append(("aim", gettext("Target")))
    if any(held.flags for held in picture.targets):
        items.append(("flag", gettext("Red flag")))
    return items
