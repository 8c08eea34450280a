"""What nobody answers for: late responses, alerts without an owner, targets without action, rules that fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from sextant.alerts.models import RuleFailure
from sextant.alerts.queries.rules import failures
from sextant.alerts.queries.waiting import WithoutAction, targets_without_action, unanswered
from sextant.alerts.rules import title
from sextant.core.access import can
from sextant.core.actors import Actor
from sextant.core.words import Words
from sextant.kpis import sentences
from sextant.metrics.queries.standpoint import standpoint
from sextant.people.models import Team
from sextant.web.alert_rows import Row, local, locale, row_of, rows_of
from sextant.web.alerts import team_of
from sextant.web.context import day_asked_for
from sextant.web.kpi_words import hour_words, said
from sextant.web.requests import PageRequest

SHOWN = 100
REMEDIES: Mapping[str, Words] = {
    "red_flag": gettext_lazy("Look at its targets and its newest values."),
    "target_crossed": gettext_lazy("Look at its targets and its newest values."),
    "deviation": gettext_lazy("Look at its values; a formula or a unit may have changed."),
    "unusual": gettext_lazy("Look at its values; a formula or a unit may have changed."),
    "late": gettext_lazy("Look at its frequency and its values."),
    "restated": gettext_lazy("Look at the corrections in its history."),
    "unlikely": gettext_lazy("Look at its baseline, its target and its due date."),
    "check_in_late": gettext_lazy("Look at its owner and its cycle."),
}


@dataclass(frozen=True, slots=True)
class Late:
    """A response past its day."""

    row: Row
    words: str


@dataclass(frozen=True, slots=True)
class Bare:
    """A KPI off target, or with an aim ahead, while nothing is under way."""

    name: str
    url: str
    status: str
    team: str
    owner: str
    words: str
    action_url: str
    okr_url: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A rule that cannot be evaluated."""

    title: str
    thing: str
    url: str
    since: datetime
    times: int
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Page:
    late: list[Late]
    unowned: list[Row]
    bare: list[Bare]
    failures: list[Failure]
    late_count: int
    bare_count: int

    @property
    def count(self) -> int:
        return self.late_count + len(self.unowned) + self.bare_count + len(self.failures)


@require_safe
def page(request: PageRequest) -> HttpResponse:
    """Of everything one may see, or of `?team=` and those below it, the most pressing first."""
    actor, team = request.actor, team_of(request)
    point = standpoint(day_asked_for(request))
    bare = targets_without_action(actor, point, team=team)
    shown = [_bare(actor, one) for one in bare[:SHOWN]]
    if point.as_of is not None:
        found = Page([], [], shown, [], 0, len(bare))
    else:
        waiting = unanswered(actor, team=team, locale=locale())
        late = [Late(row_of(actor, one.line, point), _late_words(one.days_late)) for one in waiting.responses[:SHOWN]]
        unowned = rows_of(actor, waiting.without_owner[:SHOWN], point)
        found = Page(late, unowned, shown, _failures(actor, team), len(waiting.responses), len(bare))
    context = {"page": found, "me": actor.key, "is_past": point.as_of is not None}
    return render(request, "alerts/unanswered.html", context)


def _late_words(days: int) -> str:
    return ngettext("%(n)s day late", "%(n)s days late", days) % {"n": days}


def _bare(actor: Actor, one: WithoutAction) -> Bare:
    each, metric = one.standing, one.standing.metric
    if one.kind == "aim" and one.aim_by is not None:
        words = _("Aims ahead until %(day)s; nothing is under way.") % {"day": hour_words(one.aim_by)}
    else:
        words = " · ".join(part for part in (said(each.value, metric), sentences.against_target(each)) if part)
    may_change = can("kpi", actor, "change", one.kpi)
    return Bare(
        name=metric.name,
        url=reverse("kpi", args=[one.kpi.key]),
        status=each.status,
        team=metric.team.name,
        owner=metric.owner.name if metric.owner else "",
        words=words,
        action_url=reverse("kpi_action", args=[one.kpi.key]) if may_change else "",
        okr_url=_okr_url(actor, one.kpi.key),
    )


def _okr_url(actor: Actor, key: str) -> str:
    if not (actor.may_write and actor.has_role(None, "contributor")):
        return ""
    return reverse("objective_new") + "?" + urlencode({"kpi": key})


def _failures(actor: Actor, team: Team | None) -> list[Failure]:
    return [_failure(one) for one in failures(actor)[:SHOWN] if team is None or _team_id(one) == team.pk]


def _team_id(one: RuleFailure) -> int | None:
    if one.kpi is not None:
        return one.kpi.metric.team_id
    return one.key_result.objective.team_id if one.key_result is not None else None


def _failure(one: RuleFailure) -> Failure:
    if one.kpi is not None:
        thing, url = str(one.kpi), reverse("kpi", args=[one.kpi.key])
    elif one.key_result is not None:
        thing, url = str(one.key_result), reverse("key_result", args=[one.key_result.key])
    else:
        thing, url = _("everything"), reverse("alert_rule", args=[one.rule])
    remedy = (
        str(REMEDIES.get(one.rule, "")) if one.kpi_id or one.key_result_id else _("Tell who runs this installation.")
    )
    return Failure(title(one.rule), thing, url, local(one.first_at), one.times, one.message, remedy)


urlpatterns = [path("alerts/unanswered", page, name="alerts_unanswered")]
