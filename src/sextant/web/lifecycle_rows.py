"""KPIs on the board of lives, as cards: how they stand, how long, who is at it, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sextant.calc import promotion as calc
from sextant.core import access
from sextant.core.actors import Actor
from sextant.kpis import sentences
from sextant.kpis.queries.standing import Standing
from sextant.lifecycle.queries.board import Entry
from sextant.metrics.queries.standpoint import Standpoint
from sextant.reports.sparklines import sparkline
from sextant.web.kpi_words import locale, said
from sextant.web.lifecycle_words import Way, day_of, long_words, way_of

SPARK_PERIODS = 26


@dataclass(frozen=True, slots=True)
class Card:
    """One KPI."""

    key: str
    name: str
    url: str
    team: str
    status: str
    value: str
    against: str
    spark: SafeString
    is_relapse: bool
    origin: str
    since: str
    since_day: str
    who: str
    way: Way | None
    next: str
    is_late: bool
    act_url: str  # empty where nothing is to be decided, or not by them
    act_words: str


def card_of(actor: Actor, entry: Entry, point: Standpoint) -> Card:
    kpi, standing, progress = entry.kpi, entry.standing, entry.progress
    day = f"?as_of={point.as_of}" if point.as_of else ""
    act_url, act_words = _act(actor, entry, point)
    after = {"reverted": _("after it was restored"), "graduated": _("after a key result")}
    return Card(
        key=kpi.key,
        name=kpi.metric.name,
        url=f"{reverse('kpi', args=[kpi.key])}{day}#life-now",
        team=kpi.metric.team.name,
        status="exceeded" if standing.is_exceeded and standing.status == "on_target" else standing.status,
        value=said(standing.value, kpi.metric, short=True),
        against=sentences.against_target(standing, locale()),
        spark=spark_of(standing),
        is_relapse=entry.is_relapse,
        origin=after.get(entry.mark.origin, "") if entry.state == calc.WATCHED else "",
        since=long_words(entry.since, point.now.date()) if entry.since is not None else "",
        since_day=day_of(entry.since) if entry.since is not None else "",
        who=entry.decides.name if entry.decides is not None else "",
        way=way_of(progress.met, progress.needed, _met_words(entry)) if progress is not None else None,
        next=_next(entry),
        is_late=entry.state == calc.OVERDUE,
        act_url=act_url,
        act_words=act_words,
    )


def _next(entry: Entry) -> str:
    """What comes next; of a suspicion its column says it for all."""
    said = [] if entry.state == calc.SUSPECTED else [entry.next_step]
    return ". ".join([*said, *([_("Its owner has left.")] if entry.owner_left else [])])


def _met_words(entry: Entry) -> str:
    progress = entry.progress
    assert progress is not None
    words = _("%(met)s of %(needed)s on target") % {
        "met": min(progress.met, progress.needed),
        "needed": progress.needed,
    }
    return words + ("; " + _("a change for the worse still counts") if progress.is_spoilt else "")


def _act(actor: Actor, entry: Entry, point: Standpoint) -> tuple[str, str]:
    """Where the next decision is taken, and what it is called."""
    kpi = entry.kpi
    if point.as_of is not None or not entry.waits_for_decision or not access.can("kpi", actor, "change", kpi):
        return "", ""
    if entry.state == calc.OVERDUE:
        return reverse("kpi_decision", args=[kpi.key]), _("Decide")
    return reverse("kpi_promote", args=[kpi.key]), _("Promote")


def spark_of(standing: Standing) -> SafeString:
    """Its newest periods with normal range and target."""
    series, chart = standing.series, standing.chart
    known = series.newest(SPARK_PERIODS)
    running = None if series.running is None else float(series.values[series.running])
    return sparkline(
        known.values[: known.complete], lower=chart.lower_now, upper=chart.upper_now,
        target=standing.target.target if standing.target else None, running=running, title=standing.metric.name,
    )  # fmt: skip
