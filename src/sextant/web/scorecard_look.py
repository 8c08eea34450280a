"""How a scorecard is looked at: all of it stands in the address, so a link shows a colleague the same thing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.core.words import Words
from sextant.kpis.queries.scorecards import Row
from sextant.kpis.queries.standing import PERIODS
from sextant.kpis.sentences import STATUS
from sextant.metrics.models import FREQUENCY_CHOICES, LEADS_CHOICES, PERSPECTIVE_CHOICES
from sextant.web.scorecard_columns import Columns, columns_for
from sextant.web.scorecard_lines import OLD, Setting, frequency_word, lines

SHOWN: Mapping[str, Words] = {
    "overview": gettext_lazy("Overview"), "periods": gettext_lazy("Periods"), "all": gettext_lazy("Everything"),
}  # fmt: skip
GROUPED: Mapping[str, Words] = {
    "": gettext_lazy("Not grouped"), "theme": gettext_lazy("Theme"), "perspective": gettext_lazy("Perspective"),
    "frequency": gettext_lazy("Frequency"), "owner": gettext_lazy("Owner"), "team": gettext_lazy("Team"),
}  # fmt: skip
STATUSES: Mapping[str, Words] = {
    key: STATUS[key] for key in ("off_target", "watch", "on_target", "stale", "no_target", "no_data")
}
PERSPECTIVES: Mapping[str, Words] = {value: gettext_lazy(str(word)) for value, word in PERSPECTIVE_CHOICES}
LEADS: Mapping[str, Words] = {value: gettext_lazy(str(word)) for value, word in LEADS_CHOICES}
FREQUENCIES = [value for value, _word in FREQUENCY_CHOICES]
NOBODY = "nobody"
NONE = "none"
WORST_FIRST = ("off_target", "watch", "stale", "no_data", "no_target", "on_target")
FILTERS = ("status", "owner", "theme", "perspective", "leads", "frequency", "action", "q")


@dataclass(frozen=True, slots=True)
class Look:
    """What the address asks for; what it does not name has its usual value."""

    show: str = "overview"
    group: str = ""
    sort: str = ""
    descending: bool = False
    is_dense: bool = False
    status: str = ""
    owner: str = ""
    theme: str = ""
    perspective: str = ""
    leads: str = ""
    frequency: str = ""
    action: str = ""
    q: str = ""

    @classmethod
    def of(cls, asked: QueryDict) -> Look:
        """Anything unknown counts as not asked for."""
        sort = asked.get("sort", "")
        show, group = asked.get("show", ""), asked.get("group", "")
        return cls(
            show=show if show in SHOWN else "overview",
            group=group if group in GROUPED else "",
            sort=sort.removeprefix("-") if sort.removeprefix("-") in SORTS else "",
            descending=sort.startswith("-"),
            is_dense=asked.get("density") == "dense",
            **{name: asked.get(name, "").strip()[:200] for name in FILTERS},
        )

    @property
    def is_filtered(self) -> bool:
        return any(getattr(self, name) for name in FILTERS)

    def keeps(self, row: Row) -> bool:
        """Whether the row passes every filter."""
        standing = row.standing
        metric = standing.kpi.metric
        if self.status and standing.status not in self.status.split(","):
            return False
        if self.owner and (metric.owner.key if metric.owner else NOBODY) != self.owner:
            return False
        if self.theme and (metric.theme.key if metric.theme else NONE) != self.theme:
            return False
        if self.perspective and (metric.perspective or NONE) != self.perspective:
            return False
        if self.leads and (metric.leads or NONE) != self.leads:
            return False
        if self.frequency and metric.frequency != self.frequency:
            return False
        if self.action == NONE and not (standing.computed == "off_target" and standing.action is None):
            return False
        return not self.q or self.q.casefold() in metric.name.casefold()

    def arranged(self, rows: Iterable[Row]) -> list[Row]:
        """The rows that pass, in the order asked for; rows that cannot be compared come last either way."""
        kept = [row for row in rows if self.keeps(row)]
        if not self.sort:
            return kept
        value = SORTS[self.sort]
        known = [(found, row) for row in kept if (found := value(row)) is not None]
        known.sort(key=lambda pair: pair[0], reverse=self.descending)
        return [row for _found, row in known] + [row for row in kept if value(row) is None]


def _change(row: Row) -> float | None:
    """The change in the direction that is better, relative, so that units can stand side by side."""
    standing = row.standing
    if standing.value is None or standing.previous is None:
        return None
    sign = -1.0 if standing.kpi.metric.direction == "down" else 1.0
    return sign * (standing.value - standing.previous) / (abs(standing.previous) or 1.0)


SORTS: Mapping[str, Callable[[Row], Any]] = {
    "name": lambda row: row.standing.kpi.metric.name.casefold(),
    "status": lambda row: WORST_FIRST.index(row.standing.status),
    "score": lambda row: row.standing.score,
    "change": _change,
    "owner": lambda row: row.standing.kpi.metric.owner.name.casefold() if row.standing.kpi.metric.owner else None,
    "fresh": lambda row: None if row.standing.period is None else row.standing.period.end,
    "assurance": lambda row: {"consistently_misses": 0, "hit_or_miss": 1, "consistently_meets": 2}.get(
        row.standing.assurance
    ),
}


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above a column of cells; `age` is the class by which an overview short of room leaves it out."""

    short: str
    words: str
    age: str


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading that share their periods. `title` is empty where there is nothing to tell apart."""

    title: str
    columns: Columns
    heads: list[Head]
    html: SafeString
    count: int


def heads_of(columns: Columns | None, with_running: bool) -> list[Head]:
    """The heads of the columns; without columns as many empty ones."""
    count = PERIODS + with_running
    if columns is None:
        return [Head("", "", age) for age in OLD[:count]]
    return [Head(column.short, column.words, age) for column, age in zip(columns.each[:count], OLD, strict=False)]


def groups(rows: Sequence[Row], look: Look, setting: Setting) -> list[Group]:
    """The arranged rows in groups; rows of different frequencies never share a heading, for their periods differ."""
    every = columns_for([row.standing for row in rows])
    drawn = lines(rows, setting, every)
    found: dict[tuple[str, int], tuple[str, Columns, list[str]]] = {}
    for row, columns, html in zip(rows, every, drawn, strict=True):
        title = title_of(row, look.group)
        place = (title, id(columns))
        if place not in found:
            found[place] = (title, columns, [])
        found[place][2].append(html)
    ordered = list(found.values())
    if look.group:
        ordered.sort(key=lambda one: (not one[0], one[0].casefold(), one[1].frequency.rank))
    several = len({id(columns) for _title, columns, _html in ordered}) > 1
    return [
        Group(
            _heading(title, columns, look, several), columns,
            heads_of(columns if several else None, setting.running), mark_safe("".join(html)), len(html),  # noqa: S308
        )
        for title, columns, html in ordered
    ]  # fmt: skip


def _heading(title: str, columns: Columns, look: Look, several: bool) -> str:
    """What stands above a group: what it is grouped by, and the rhythm where there is more than one."""
    if look.group and not title:
        title = {"owner": _("Nobody owns it"), "theme": _("No theme")}.get(look.group, _("Not said"))
    if not several or look.group == "frequency":
        return title
    rhythm = frequency_word(columns.frequency)
    return f"{title} · {rhythm}" if title else rhythm


def title_of(row: Row, group: str) -> str:
    metric = row.standing.kpi.metric
    if group == "theme":
        return metric.theme.name if metric.theme else ""
    if group == "perspective":
        return str(PERSPECTIVES.get(metric.perspective, "")) if metric.perspective else ""
    if group == "frequency":
        return frequency_word(row.standing.series.frequency)
    if group == "owner":
        return metric.owner.name if metric.owner else ""
    if group == "team":
        return metric.team.name
    return ""


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """One list of a filter bar."""

    name: str
    label: str
    choices: list[Choice]

    @property
    def is_used(self) -> bool:
        return any(choice.chosen and choice.value for choice in self.choices)


def filters(rows: Sequence[Row], look: Look) -> list[Filter]:
    """The filters of a scorecard, offering only what occurs on it."""
    metrics = [row.standing.kpi.metric for row in rows]
    statuses = {row.standing.status for row in rows}
    owners = sorted({(m.owner.name, m.owner.key) for m in metrics if m.owner})
    themes = sorted({(m.theme.position, m.theme.name, m.theme.key) for m in metrics if m.theme})
    nobody = [(NOBODY, _("Nobody"))] if any(m.owner_id is None for m in metrics) else []
    no_theme = [(NONE, _("None"))] if any(m.theme_id is None for m in metrics) else []
    perspectives = {m.perspective for m in metrics}
    found = [
        _filter("status", _("Status"), [(k, str(w)) for k, w in STATUSES.items() if k in statuses], look.status),
        _filter("owner", _("Owner"), [*((key, name) for name, key in owners), *nobody], look.owner),
        _filter("theme", _("Theme"), [*((key, name) for _at, name, key in themes), *no_theme], look.theme),
        _filter(
            "perspective", _("Perspective"),
            [(k or NONE, str(w)) for k, w in PERSPECTIVES.items() if k in perspectives], look.perspective,
        ),
        _filter(
            "frequency", _("Frequency"),
            [(f, frequency_word(f)) for f in FREQUENCIES if any(m.frequency == f for m in metrics)], look.frequency,
        ),
    ]  # fmt: skip
    return [one for one in found if len(one.choices) > 2 or one.is_used]


def _filter(name: str, label: str, offered: Sequence[tuple[str, str]], chosen: str) -> Filter:
    choices = [Choice("", _("All"), not chosen), *(Choice(v, w, v == chosen) for v, w in offered)]
    if chosen and not any(choice.chosen for choice in choices):
        choices.append(Choice(chosen, str(STATUSES.get(chosen, chosen)), True))
    return Filter(name, label, choices)


def of_all(offered: Mapping[str, Words], chosen: str) -> list[Choice]:
    """The entries of a switch."""
    return [Choice(value, str(word), value == chosen) for value, word in offered.items()]
