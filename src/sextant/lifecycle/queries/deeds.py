"""What people did and decided about KPIs: promotions, answered responses, notes on the scorecard, acceptances."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext_lazy

from sextant.alerts.models import Response
from sextant.core.words import Words
from sextant.kpis.models import ActionNote
from sextant.lifecycle.days import last_day, local_day
from sextant.lifecycle.models import Promotion, Transition
from sextant.lifecycle.queries.lives import standing_transitions
from sextant.lifecycle.queries.promotions import agreed
from sextant.metrics.queries.standpoint import Standpoint
from sextant.people.queries import organisation

LABELS: dict[str, Words] = {
    "promotion": gettext_lazy("Promoted"), "response": gettext_lazy("Answered"), "action": gettext_lazy("Noted"),
    "accepted": gettext_lazy("Accepted as it is"), "set_aside": gettext_lazy("Set aside"),
    "withdrawn": gettext_lazy("Ended"),
}  # fmt: skip
PROMOTION_OUTCOMES: dict[str, Words] = {
    "": gettext_lazy("at work"), "reverted": gettext_lazy("restored"), "accepted": gettext_lazy("accepted as it is"),
    "withdrawn": gettext_lazy("ended before it was restored"), "retired": gettext_lazy("no longer watched"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that was done about a KPI: on which day, by whom, until when, and what came of it.

    `ended_on` is the day it ended, None while it holds. `lesson` is the answer to what changed it.
    """

    kpi_id: int
    kind: str
    on: date
    who: str
    text: str
    due_on: date | None = None
    ended_on: date | None = None
    outcome: str = ""
    lesson: str = ""
    promotion: Promotion | None = None

    @property
    def label(self) -> str:
        return str(LABELS[self.kind])


def deeds_of(kpi_ids: Sequence[int], point: Standpoint, since: date) -> dict[int, list[Deed]]:
    """What was done about these KPIs and had not ended before `since`, by KPI id, oldest first; few statements."""
    from_moment = datetime.combine(since, time(), tzinfo=ZoneInfo(organisation().time_zone))
    promotions = _promotions(kpi_ids, point, from_moment)
    found = [*promotions, *_responses(kpi_ids, point, from_moment, promotions)]
    found += _notes(kpi_ids, point, from_moment, {one.text for one in found if one.kind == "response"})
    found += _decisions(kpi_ids, point, from_moment)
    by_kpi: dict[int, list[Deed]] = defaultdict(list)
    for one in sorted(found, key=lambda one: one.on):
        by_kpi[one.kpi_id].append(one)
    return by_kpi


def _known(point: Standpoint, column: str) -> Q:
    return Q() if point.known_at is None else Q(**{f"{column}__lte": point.known_at})


def _promotions(kpi_ids: Sequence[int], point: Standpoint, since: datetime) -> list[Deed]:
    rows = Promotion.objects.filter(_known(point, "started_at"), kpi_id__in=kpi_ids)
    rows = rows.filter(Q(ended_at=None) | Q(ended_at__gte=since)).select_related("owner")
    rows = rows.exclude(_known(point, "ended_at"), outcome="undone")
    known, found = agreed(rows, point), []
    for one in rows:
        is_over = one.ended_at is not None and (point.known_at is None or one.ended_at <= point.known_at)
        ended = local_day(one.ended_at) if is_over and one.ended_at is not None else None
        who = one.owner.name if one.owner is not None else one.started_by
        found.append(Deed(
            one.kpi_id, "promotion", local_day(one.started_at), who, one.why, known[one.pk].ends_on, ended,
            one.outcome if is_over else "", answer_at(one, point) if is_over else "", one,
        ))  # fmt: skip
    return found


def answer_at(one: Promotion, point: Standpoint) -> str:
    """What people said by the standpoint that changed it."""
    is_later = point.known_at is not None and (one.answered_at is None or one.answered_at > point.known_at)
    return "" if is_later else one.what_changed


def _responses(kpi_ids: Sequence[int], point: Standpoint, since: datetime, promotions: Sequence[Deed]) -> list[Deed]:
    """Those answered by people; that one was answered by promoting is told there."""
    promoted = {one.promotion.alert_id for one in promotions if one.promotion is not None}
    rows = Response.objects.filter(_known(point, "answered_at"), alert__kpi_id__in=kpi_ids, answered_at__gte=since)
    return [
        Deed(
            one.alert.kpi_id or 0, "response", local_day(one.answered_at),
            one.action_owner.name if one.action_owner is not None else one.answered_by, one.what, one.action_due_on,
        )
        for one in rows.select_related("alert", "action_owner")
        if one.answered_at is not None and one.alert_id not in promoted
    ]  # fmt: skip


def _notes(kpi_ids: Sequence[int], point: Standpoint, since: datetime, told: set[str]) -> list[Deed]:
    """Notes on the scorecard row that were not an answer told already."""
    rows = ActionNote.objects.filter(_known(point, "known_at"), kpi_id__in=kpi_ids)
    rows = rows.filter(Q(superseded_at=None) | Q(superseded_at__gte=since)).select_related("owner")
    answers = set(Response.objects.filter(alert__kpi_id__in=kpi_ids).exclude(what="").values_list("what", flat=True))
    own = Promotion.objects.filter(kpi_id__in=kpi_ids).values_list("kpi_id", "started_by", "started_at")
    by_itself = [(kpi_id, author, at, at + timedelta(minutes=1)) for kpi_id, author, at in own]
    return [
        Deed(
            one.kpi_id, "action", local_day(one.known_at), one.owner.name if one.owner is not None else one.author,
            one.text, one.due_on, local_day(one.superseded_at) if one.superseded_at is not None else None,
        )
        for one in rows
        if one.text not in told and one.text not in answers
        # What promoting noted by itself is told there, and not at all once that was taken back.
        if not any(
            (one.kpi_id, one.author) == (kpi_id, author) and begun <= one.known_at < over
            for kpi_id, author, begun, over in by_itself
        )
    ]  # fmt: skip


def _decisions(kpi_ids: Sequence[int], point: Standpoint, since: datetime) -> list[Deed]:
    rows = Transition.objects.filter(standing_transitions(point), kpi_id__in=kpi_ids, rule="decision")
    rows = rows.filter(kind__in=("accepted", "set_aside", "withdrawn"), known_at__gte=since)
    found = []
    for one in rows.select_related("kpi__metric"):
        ends = one.after.get("ends") if one.kind == "accepted" else None
        due = last_day(ends, one.kpi.metric.frequency) if ends is not None else None
        found.append(Deed(one.kpi_id, one.kind, local_day(one.known_at), one.author, one.reason, due))
    return found
