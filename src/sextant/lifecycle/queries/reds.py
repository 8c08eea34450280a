"""What was done about the red ones: each KPI off target now or lately, with days, people and what came of it."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sextant.alerts.kpi_looks import KpiFacts
from sextant.calc import promotion as calc
from sextant.calc.periods import moment_of
from sextant.calc.status import OFF_TARGET, WATCH
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.core.words import Words
from sextant.kpis.models import Kpi
from sextant.kpis.queries import facts as reading
from sextant.lifecycle.days import hour_after
from sextant.lifecycle.queries.deeds import Deed, deeds_of
from sextant.lifecycle.queries.lives import lives_at
from sextant.lifecycle.sentences import day_words
from sextant.metrics.queries.series import series_many
from sextant.metrics.queries.standpoint import Standpoint
from sextant.people.models import Person, Team
from sextant.people.queries import organisation, team_tree

PERIOD_HOURS = {"hour": 1, "day": 24, "week": 168, "month": 672, "quarter": 2160, "tertial": 2880, "half": 4344}
BEFORE = 12  # periods before the time looked at, to see since when
MOST_PERIODS = 2_500
# In the order they are counted in the answer.
OUTCOMES: Mapping[str, Words] = {
    "restored": gettext_lazy("Restored"), "back": gettext_lazy("Back on target"),
    "eased": gettext_lazy("Better, not on target yet"),
    "at_work": gettext_lazy("Being worked on"), "overdue": gettext_lazy("Waits for a decision"),
    "acted": gettext_lazy("Something is being done"), "late": gettext_lazy("What was to be done is past its day"),
    "accepted": gettext_lazy("Accepted as it is"),
    "set_aside": gettext_lazy("Set aside"), "nothing": gettext_lazy("Nothing"),
}  # fmt: skip
# The same behind a number: "4 being worked on".
COUNTED: Mapping[str, Words] = {
    "restored": gettext_lazy("restored"), "back": gettext_lazy("back on target"),
    "eased": gettext_lazy("better but not on target yet"),
    "at_work": gettext_lazy("being worked on"), "overdue": gettext_lazy("waiting for a decision"),
    "acted": gettext_lazy("with something being done"), "late": gettext_lazy("with something past its day"),
    "accepted": gettext_lazy("accepted as is"),
    "set_aside": gettext_lazy("set aside"),
}  # fmt: skip
DONE_ABOUT = ("response", "action")


@dataclass(frozen=True, slots=True)
class Red:
    """A KPI that was off target: from the first day of the newest row of such periods to its last (None: still).

    `value` is that of the newest complete period. `deeds` are what was done since, oldest first.
    """

    kpi: Kpi
    owner: Person | None
    since: date
    until: date | None
    value: float | None
    life: calc.Life
    outcome: str
    deeds: tuple[Deed, ...]

    @property
    def is_red_now(self) -> bool:
        return self.until is None

    @property
    def label(self) -> str:
        return str(OUTCOMES[self.outcome])


@dataclass(frozen=True, slots=True)
class Reds:
    """`answer` says it all in a sentence; `counts` by outcome, in the order of `OUTCOMES`."""

    rows: tuple[Red, ...]
    counts: Mapping[str, int]
    since: date
    until: date
    answer: str

    @property
    def unanswered(self) -> int:
        """Off target now, and nobody has done or decided anything."""
        return sum(one.outcome == "nothing" and one.is_red_now for one in self.rows)


def reds(actor: Actor, point: Standpoint, *, since: date, team: Team | None = None, include_below: bool = True) -> Reds:
    """Every KPI the actor may see that was off target in a period that ended after `since`.

    A fixed number of statements for each frequency; of finer periods at most the newest 2,500 are looked at. What
    nobody has done anything about comes first.
    """
    found = visible("kpi", actor).filter(archived_at=None, state="active", metric__archived_at=None)
    if team is not None:
        ids = team_tree().with_descendants(team.pk) if include_below else [team.pk]
        found = found.filter(metric__team_id__in=ids)
    spans = _red_ones(list(found.select_related("metric__owner", "metric__team")), point, since)
    ids = [facts.kpi.pk for facts, *_rest in spans]
    lives = lives_at(ids, point)
    done = deeds_of(ids, point, since)
    rows = [_red(facts, first, last, lives[facts.kpi.pk], done.get(facts.kpi.pk, [])) for facts, first, last in spans]
    order = ["nothing", "overdue", "late", "acted", "at_work", "set_aside", "accepted", "eased", "back", "restored"]
    rows.sort(key=lambda one: (not one.is_red_now, order.index(one.outcome), one.since, one.kpi.metric.name))
    tally = Counter(one.outcome for one in rows)
    counts = {name: tally[name] for name in OUTCOMES}
    return Reds(tuple(rows), counts, since, point.now.date(), _answer(rows, counts, since))


def _red_ones(kpis: Sequence[Kpi], point: Standpoint, since: date) -> list[tuple[KpiFacts, int, int]]:
    """Of those that were off target: the facts, and the first and the last index of the newest row of such periods."""
    groups: dict[str, list[Kpi]] = defaultdict(list)
    for kpi in kpis:
        groups[kpi.metric.frequency].append(kpi)
    zone = ZoneInfo(organisation().time_zone)
    found = []
    for frequency, own in groups.items():
        from_hour = hour_after(since, frequency) - 24
        needed = (point.hour(frequency) - from_hour) // PERIOD_HOURS.get(frequency, 8760) + BEFORE
        series = series_many([kpi.metric for kpi in own], point, newest=max(2, min(MOST_PERIODS, needed)))
        targets = reading.target_rows({kpi.pk: kpi.metric for kpi in own}, point)
        for kpi in own:
            facts = KpiFacts(kpi, series[kpi.metric_id], targets.get(kpi.pk, ()), point, zone)
            if (row := _newest_row(facts, from_hour)) is not None:
                found.append((facts, *row))
    return found


def _newest_row(facts: KpiFacts, from_hour: int) -> tuple[int, int] | None:
    series, last = facts.series, None
    for index in range(series.complete - 1, -1, -1):
        if facts.end(index) <= from_hour:
            return None
        if not math.isnan(series.values[index]) and facts.status(index) == OFF_TARGET:
            last = index
            break
    if last is None:
        return None
    first = last
    for index in range(last - 1, -1, -1):
        if math.isnan(series.values[index]):
            continue
        if facts.status(index) != OFF_TARGET:
            break
        first = index
    return first, last


def _red(facts: KpiFacts, first: int, last: int, life: calc.Life, deeds: Sequence[Deed]) -> Red:
    series = facts.series
    begun = moment_of(int(series.starts[first])).date()
    is_now = facts.latest is None or last >= facts.latest
    until = None if is_now else moment_of(facts.end(last) - 1).date()
    own = [one for one in deeds if (last_day := _last_of(one)) is None or last_day >= begun]
    value = None if facts.latest is None else float(series.values[facts.latest])
    newest = "" if facts.latest is None else facts.status(facts.latest)
    outcome = _outcome(life, own, newest, facts.point.now.date(), is_now=is_now)
    return Red(facts.kpi, facts.kpi.metric.owner, begun, until, value, life, outcome, tuple(own))


def _last_of(deed: Deed) -> date | None:
    """The day until which a deed counts: it ended, was to be done, or was simply done; None for a promotion at work.

    What was over before the KPI went off target was about something else.
    """
    if deed.kind == "promotion":
        return deed.ended_on
    return deed.ended_on or deed.due_on or deed.on


def _outcome(life: calc.Life, deeds: Sequence[Deed], newest: str, today: date, *, is_now: bool) -> str:
    """What it came to, by its life first; `newest` is the status of its newest value."""
    if life.state == calc.OVERDUE:
        return "overdue"
    if life.state in calc.AT_WORK:
        return "at_work"
    kinds = [one.kind for one in deeds]
    if not is_now and newest == WATCH:
        return "eased"
    if not is_now:
        return "restored" if any(one.kind == "promotion" and one.outcome == "reverted" for one in deeds) else "back"
    if life.state == calc.ACCEPTED:
        return "accepted"
    doing = [one for one in deeds if one.kind in DONE_ABOUT]
    if doing:
        is_late = all(one.due_on is not None and one.due_on < today for one in doing)
        return "late" if is_late else "acted"
    return "set_aside" if "set_aside" in kinds or "withdrawn" in kinds else "nothing"


def _answer(rows: Sequence[Red], counts: Mapping[str, int], since: date) -> str:
    """ "12 KPIs were off target since 1 Aug 2026: 5 restored, 4 being worked on; nothing was done about 2 of them." """
    if not rows:
        return _("No KPI was off target since %(day)s.") % {"day": day_words(since)}
    count = len(rows)
    said = ngettext(
        "%(count)s KPI was off target since %(day)s", "%(count)s KPIs were off target since %(day)s", count
    ) % {"count": count, "day": day_words(since)}
    parts = [f"{counts[name]} {words}" for name, words in COUNTED.items() if counts[name]]
    nothing = counts["nothing"]
    left = ngettext("nothing was done about %(count)s", "nothing was done about %(count)s of them", nothing)
    if nothing:
        parts.append(left % {"count": nothing})
    return f"{said}: {', '.join(parts)}."
