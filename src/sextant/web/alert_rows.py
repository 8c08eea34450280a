"""Alerts as lines of a page: what is said of each, and what can be done with it from there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from sextant.alerts.models import Alert, Response
from sextant.alerts.queries.inbox import AlertLine
from sextant.alerts.sentences import ENDINGS, STATES, metric_of
from sextant.calc.periods import Calendar, Frequency, moment_of, period_of
from sextant.core.actors import Actor
from sextant.metrics.queries.standpoint import Standpoint
from sextant.people import queries as people

LONGEST_SNOOZE = timedelta(days=366)
MARKS: Mapping[str, str] = {
    "red_flag": "off_target", "target_crossed": "off_target", "deviation": "watch", "unusual": "watch",
    "late": "stale", "restated": "no_target", "unlikely": "off_target", "check_in_late": "stale",
    "source_failing": "stale",
}  # fmt: skip
PROBLEMS_OF_A_KPI = ("red_flag", "target_crossed", "deviation", "unusual")


@dataclass(frozen=True, slots=True)
class Snooze:
    """A day until which an alert can rest."""

    words: str
    until: date


@dataclass(frozen=True, slots=True)
class ResponseWords:
    """What is to be done, or what somebody answered is being done; `due` says until when."""

    text: str
    due: str
    who: str
    is_answered: bool
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One episode as a line."""

    line: AlertLine
    mark: str
    url: str
    thing_url: str
    state: str
    opened: datetime  # on the wall clock of the organisation
    since: str
    response: ResponseWords | None
    snoozes: list[Snooze]
    okr_url: str  # empty where no objective can be begun from it
    can_rest: bool

    @property
    def owner(self) -> str:
        return self.line.owner.name if self.line.owner else ""

    @property
    def can_be_noted(self) -> bool:
        return self.line.may_handle and self.line.state in ("open", "snoozed")


@dataclass(frozen=True, slots=True)
class Group:
    """Lines under one title; the title is empty where they are not grouped."""

    title: str
    url: str
    rows: list[Row]


def rows_of(actor: Actor, lines: Iterable[AlertLine], point: Standpoint) -> list[Row]:
    return [row_of(actor, line, point) for line in lines]


def row_of(actor: Actor, line: AlertLine, point: Standpoint) -> Row:
    day = f"?as_of={point.as_of.isoformat()}" if point.as_of else ""
    is_past = point.as_of is not None
    return Row(
        line=line,
        mark=mark_of(line),
        url=reverse("alert", args=[line.id]) + day,
        thing_url=reverse(line.kind, args=[line.key]) + day,
        state=state_words(line),
        opened=local(line.opened_at),
        since=since_words(line),
        response=response_words(line.response, point.now.date()),
        snoozes=snoozes(line.alert, point),
        okr_url="" if is_past else okr_url(actor, line),
        can_rest=line.may_handle and line.is_live and not is_past,
    )


def mark_of(line: AlertLine) -> str:
    """The shape of a status that fits what the rule found."""
    if not line.is_live:
        return "no_data"
    if line.rule == "target_crossed" and line.evidence.get("status") == "watch":
        return "watch"
    if line.rule in ("deviation", "unusual") and is_for_the_better(line):
        return "exceeded"
    return MARKS[line.rule]


def is_for_the_better(line: AlertLine) -> bool:
    metric = metric_of(line.alert)
    good = {"up": "above", "down": "below"}.get(metric.direction if metric is not None else "")
    return good is not None and line.evidence.get("side") == good


def state_words(line: AlertLine) -> str:
    """ "Snoozed until 4 Dec", or how it was closed."""
    if line.snoozed_until is not None:
        day = date_format(local(line.snoozed_until), "j M")
        return _("Snoozed until %(day)s") % {"day": day}
    if line.state == "closed" and line.alert.closed_how:
        return str(ENDINGS.get(line.alert.closed_how, STATES["closed"])).rstrip(".")
    return str(STATES[line.state])


def since_words(line: AlertLine) -> str:
    """The first period it held for; the day it was raised where it is about no period."""
    if line.since:
        return _("since %(period)s") % {"period": line.since}
    return _("since %(day)s") % {"day": date_format(local(line.opened_at), "j M Y")}


def response_words(response: Response | None, today: date) -> ResponseWords | None:
    if response is None:
        return None
    if response.answered_at is not None:
        owner, until = response.action_owner, response.action_due_on
        due = _("until %(day)s") % {"day": date_format(until, "j M")} if until else ""
        return ResponseWords(_first_line(response.what), due, owner.name if owner else "", True, False)
    late = (today - response.due_on).days
    if late > 0:
        due = ngettext("answer is %(n)s day late", "answer is %(n)s days late", late) % {"n": late}
    elif late == 0:
        due = _("to be answered today")
    else:
        due = _("to be answered by %(day)s") % {"day": date_format(response.due_on, "j M")}
    who = response.owner.name if response.owner else ""
    return ResponseWords(_first_line(response.plan), due, who, False, late > 0)


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]


def snoozes(alert: Alert, point: Standpoint) -> list[Snooze]:
    """A day, a week, and until the next value is due."""
    today = point.now.date()
    found = [Snooze(_("For a day"), today + timedelta(days=1)), Snooze(_("For a week"), today + timedelta(days=7))]
    metric = metric_of(alert)
    if metric is None:
        return found
    own = metric.year_start_month
    calendar = point.calendar if own is None else Calendar(own, point.calendar.fiscal_year_named_by)
    ends = period_of(point.now, Frequency(metric.frequency), calendar, metric.span).end
    day = min(max(moment_of(ends).date(), today + timedelta(days=1)), today + LONGEST_SNOOZE)
    words = _("Until the next value (%(day)s)") % {"day": date_format(day, "j M")}
    return [*found, Snooze(words, day)]


def okr_url(actor: Actor, line: AlertLine) -> str:
    """Where an objective on the KPI is drafted from this alert."""
    if line.kind != "kpi" or line.rule not in PROBLEMS_OF_A_KPI:
        return ""
    if not (actor.may_write and actor.has_role(None, "contributor")):
        return ""
    return reverse("objective_new") + "?" + urlencode({"kpi": line.key, "alert": line.id})


def groups(rows: Sequence[Row], by: str, day: str = "") -> list[Group]:
    """Lines under their team, or under their KPI or key result, in the order in which these come up."""
    found: dict[str, Group] = {}
    for row in rows:
        line = row.line
        if by == "team":
            place, title, url = line.team.key, line.team.name, reverse("team", args=[line.team.key])
        elif by == "thing":
            place, title, url = f"{line.kind}:{line.key}", line.name, row.thing_url
        else:
            place, title, url = "", "", ""
        found.setdefault(place, Group(title, url, [])).rows.append(row)
    return list(found.values())


def locale() -> str:
    return get_language() or "en"


def local(moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(people.organisation().time_zone)).replace(tzinfo=None)
