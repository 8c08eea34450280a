"""The inbox: one line per episode, with what it says, since when, how sure, who owns it and what is done."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, Count, F, JSONField, OuterRef, Q, QuerySet, Subquery, When

from sextant.alerts.access import can, visible_to
from sextant.alerts.models import LIVE_STATES, Alert, AlertStep, Response
from sextant.alerts.rules import RULES, title
from sextant.alerts.sentences import Teller, teller_at
from sextant.core.actors import Actor
from sextant.core.errors import Hidden
from sextant.kpis.models import Kpi
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.okrs.models import KeyResult
from sextant.people.models import Person, Team
from sextant.people.queries import team_tree

PER_PAGE = 50
LONGEST_NUMBER = 18
STATE_FILTERS = ("live", "open", "acknowledged", "snoozed", "closed", "all")


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """What to list. `state` is one of STATE_FILTERS; `team` counts with the teams below it; `mine`: what the person
    owns, answers for, or owns the KPI or key result of; `my_teams`: of the teams in which they hold a role;
    `unanswered`: whose response waits; `kpi` and `key_result`: about this thing.
    """

    state: str = "live"
    rule: str = ""
    team: Team | None = None
    mine: bool = False
    my_teams: bool = False
    unanswered: bool = False
    kpi: Kpi | None = None
    key_result: KeyResult | None = None


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One episode as it stood at the standpoint. `since` and `how_sure` are words, empty where there is nothing to say.

    `kind` and `key` name the KPI or key result; `response` is None where none was asked for.
    """

    alert: Alert
    title: str
    sentence: str
    since: str
    how_sure: str
    state: str
    kind: str
    key: str
    name: str
    team: Team
    owner: Person | None
    response: Response | None
    evidence: Mapping[str, Any]
    is_relapse: bool
    may_handle: bool

    @property
    def id(self) -> int:
        return self.alert.pk

    @property
    def rule(self) -> str:
        return self.alert.rule

    @property
    def is_live(self) -> bool:
        return self.state in LIVE_STATES

    @property
    def opened_at(self) -> datetime:
        return self.alert.opened_at

    @property
    def snoozed_until(self) -> datetime | None:
        return self.alert.snooze_until if self.state == "snoozed" else None


@dataclass(frozen=True, slots=True)
class Inbox:
    """A page of the inbox. `states` and `rules` count what the other filters leave, for the tabs beside them."""

    lines: list[AlertLine]
    total: int
    page: int
    pages: int
    states: Mapping[str, int]
    rules: Mapping[str, int]


def inbox(
    actor: Actor, filters: InboxFilter = InboxFilter(), point: Standpoint | None = None, *, page: int = 1,
    per_page: int = PER_PAGE, locale: str = "en",
) -> Inbox:  # fmt: skip
    """The newest episodes first; those nobody took note of before the others. A fixed number of statements."""
    point = point or standpoint()
    found = _narrowed(actor, _standing(visible_to(actor), point), filters)
    every_state, every_rule = _of_rule(found, filters.rule), _of_state(found, filters.state)
    states = _counted(every_state, "then")
    rules = _counted(every_rule, "rule")
    chosen = _of_rule(every_rule, filters.rule)
    total = sum(count for rule, count in rules.items() if not filters.rule or rule == filters.rule)
    pages = max(1, -(-total // per_page))
    page = min(max(1, page), pages)
    open_first = Case(When(Q(then="open"), then=0), When(Q(then="closed"), then=2), default=1)
    ordered = chosen.order_by(open_first, "-opened_at", "-id")
    rows = list(ordered[(page - 1) * per_page : page * per_page])
    return Inbox(lines_of(actor, rows, point, locale=locale), total, page, pages, states, rules)


def alert(actor: Actor, alert_id: int | str, point: Standpoint | None = None, *, locale: str = "en") -> AlertLine:
    """One episode. Raises Hidden when there is none, or it is out of sight, or it was opened later."""
    text = str(alert_id)
    if not (text.isascii() and text.isdecimal() and len(text) < LONGEST_NUMBER):
        raise Hidden("alert", text)
    point = point or standpoint()
    found = list(_standing(visible_to(actor), point).filter(pk=int(text)))
    if not found:
        raise Hidden("alert", text)
    return lines_of(actor, found, point, locale=locale)[0]


def alerts_of(
    actor: Actor, thing: Kpi | KeyResult, point: Standpoint | None = None, *, live: bool = False, most: int = 20,
    locale: str = "en",
) -> list[AlertLine]:  # fmt: skip
    """The episodes of a KPI or key result, the newest first; `live`: those not closed."""
    point = point or standpoint()
    about = Q(kpi=thing) if isinstance(thing, Kpi) else Q(key_result=thing)
    found = _of_state(_standing(visible_to(actor).filter(about), point), "live" if live else "all")
    return lines_of(actor, list(found.order_by("-opened_at", "-id")[:most]), point, locale=locale)


def live_alerts(
    actor: Actor, kpi_ids: Collection[int], point: Standpoint | None = None, *, locale: str = "en"
) -> dict[int, list[AlertLine]]:
    """The live episodes of many KPIs, by KPI id. One short statement where there is none, else two more."""
    point = point or standpoint()
    about = Alert.objects.filter(kpi_id__in=kpi_ids)
    if point.known_at is None:
        about = about.filter(closed_at=None)
    known = list(about.order_by().values_list("pk", flat=True))
    if not known:
        return {}
    found = _standing(visible_to(actor).filter(pk__in=known), point)
    by_kpi: dict[int, list[AlertLine]] = {}
    for line in lines_of(actor, list(_of_state(found, "live").order_by("-opened_at", "-id")), point, locale=locale):
        by_kpi.setdefault(line.alert.kpi_id or 0, []).append(line)
    return by_kpi


def listed(
    actor: Actor, filters: InboxFilter, point: Standpoint, *, before: int | None = None, most: int = 100,
    locale: str = "en",
) -> list[AlertLine]:  # fmt: skip
    """Episodes by their number, the newest first, from below `before` on: a list to be walked through by a program."""
    found = _of_rule(
        _of_state(_narrowed(actor, _standing(visible_to(actor), point), filters), filters.state), filters.rule
    )
    if before is not None:
        found = found.filter(pk__lt=before)
    return lines_of(actor, list(found.order_by("-pk")[:most]), point, locale=locale)


def count_live(actor: Actor, filters: InboxFilter, point: Standpoint) -> int:
    """How many are not closed of what the filters leave, whatever state they ask for; one statement."""
    return _of_state(_narrowed(actor, _standing(visible_to(actor), point), filters), "live").count()


def count_open(actor: Actor) -> int:
    """How many alerts of mine nobody has taken note of, for the rail; one statement."""
    if actor.person_id is None or not actor.may_read:
        return 0
    return _mine(visible_to(actor), actor).filter(state="open").count()


def history(actor: Actor, alert_id: int, point: Standpoint | None = None) -> list[AlertStep]:
    """What happened to it up to the standpoint, the oldest first. Raises Hidden."""
    line = alert(actor, alert_id, point)
    steps = AlertStep.objects.filter(alert_id=line.id)
    if point is not None and point.known_at is not None:
        steps = steps.filter(known_at__lte=point.known_at)
    return list(steps.order_by("id"))


def lines_of(actor: Actor, alerts: list[Alert], point: Standpoint, *, locale: str = "en") -> list[AlertLine]:
    """Lines in the order given; alerts come from `visible_to`, and one more statement reads the responses."""
    teller = teller_at(point, locale)
    responses = Response.objects.filter(alert__in=alerts).select_related("owner", "action_owner")
    if point.known_at is not None:
        responses = responses.filter(opened_at__lte=point.known_at)
    by_alert = {one.alert_id: _as_of(one, point) for one in responses}
    return [_line(actor, one, teller, by_alert.get(one.pk)) for one in alerts]


def _as_of(response: Response, point: Standpoint) -> Response:
    """The response as it stood: an answer given later is not there yet. Never to be saved."""
    if point.known_at is not None and response.answered_at is not None and response.answered_at > point.known_at:
        response.what = response.answered_by = ""
        response.answered_at = response.action_owner = response.action_due_on = None
    return response


def _line(actor: Actor, one: Alert, teller: Teller, response: Response | None) -> AlertLine:
    state: str = getattr(one, "then", one.state)
    evidence: Mapping[str, Any] = getattr(one, "evidence_then", None) or one.evidence
    one._state.fields_cache["response"] = response  # so that who may handle it is known without another statement
    thing = one.thing
    team = thing.metric.team if isinstance(thing, Kpi) else thing.objective.team
    return AlertLine(
        alert=one, title=title(one.rule), sentence=teller.sentence(one, evidence), since=teller.since(one, evidence),
        how_sure=teller.how_sure(one, evidence), state=state, kind=one.kind, key=thing.key, name=str(thing), team=team,
        owner=one.owner, response=response, evidence=evidence, is_relapse=one.relapse_of_id is not None,
        may_handle=can(actor, "handle", one),
    )  # fmt: skip


def _standing(found: QuerySet[Alert], point: Standpoint) -> QuerySet[Alert]:
    """The alerts there were at the standpoint, each with its state then (`then`) and its evidence then."""
    if point.known_at is None:
        return found.annotate(then=F("state"))
    steps = AlertStep.objects.filter(alert=OuterRef("pk"), known_at__lte=point.known_at).order_by("-id")
    return found.filter(opened_at__lte=point.known_at).annotate(
        then=Subquery(steps.values("after")[:1], output_field=CharField()),
        evidence_then=Subquery(steps.values("evidence")[:1], output_field=JSONField()),
    )


def _narrowed(actor: Actor, found: QuerySet[Alert], filters: InboxFilter) -> QuerySet[Alert]:
    if filters.team is not None:
        found = of_teams(found, team_tree().with_descendants(filters.team.pk))
    if filters.my_teams:
        found = of_teams(found, actor.team_ids)
    if filters.unanswered:
        found = found.filter(response__isnull=False, response__answered_at=None)
    if filters.kpi is not None:
        found = found.filter(kpi=filters.kpi)
    if filters.key_result is not None:
        found = found.filter(key_result=filters.key_result)
    return _mine(found, actor) if filters.mine else found


def of_teams(found: QuerySet[Alert], teams: Iterable[int]) -> QuerySet[Alert]:
    """Alerts about KPIs and key results of these teams, by their ids."""
    return found.filter(Q(kpi__metric__team_id__in=teams) | Q(key_result__objective__team_id__in=teams))


def _mine(found: QuerySet[Alert], actor: Actor) -> QuerySet[Alert]:
    me = actor.person_id or 0
    things = Q(kpi__metric__owner_id=me) | Q(key_result__owner_id=me)
    return found.filter(things | Q(owner_id=me) | Q(response__owner_id=me))


def _of_state(found: QuerySet[Any], state: str) -> QuerySet[Any]:
    """Those in this state at the standpoint, as `_standing` found it."""
    if state == "live":
        return found.filter(then__in=LIVE_STATES)
    return found.filter(then=state) if state in ("open", "acknowledged", "snoozed", "closed") else found


def _of_rule(found: QuerySet[Alert], rule: str) -> QuerySet[Alert]:
    return found.filter(rule=rule) if rule in RULES else found


def _counted(found: QuerySet[Alert], column: str) -> dict[str, int]:
    rows = found.order_by().values_list(column).annotate(number=Count("pk"))
    return {str(value): number for value, number in rows}
