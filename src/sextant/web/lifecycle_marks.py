"""The mark a KPI carries in lists and headings while something is done about it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from django.urls import reverse
from django.utils.safestring import SafeString

from sextant.calc import promotion
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.kpis.models import Kpi
from sextant.lifecycle.queries.marks import Mark, marks
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.web.lifecycle_words import mark_html

NOTHING = SafeString("")


def marks_in_rows(kpis: Sequence[Kpi], as_of: date | None) -> list[SafeString]:
    """For each KPI its mark as a link to what is being done; empty for those that need nothing. At most three
    statements for all of them."""
    found = marks([kpi.pk for kpi in kpis], standpoint(as_of))
    day = f"?as_of={as_of}" if as_of else ""
    return [drawn(found[kpi.pk], f"{kpi_url(kpi)}{day}#life-now") if kpi.pk in found else NOTHING for kpi in kpis]


def marks_of_key_results(actor: Actor, key_result_ids: Collection[int], point: Standpoint) -> dict[int, SafeString]:
    """Marks of the key results that KPIs were promoted to, by id: how the KPI is, or how the promotion ended. At most
    four statements for all of them; promotions of KPIs the actor may not see are named nowhere."""
    promoted = visible("promotion", actor).filter(key_result_id__in=key_result_ids).exclude(outcome="undone")
    if point.known_at is not None:
        promoted = promoted.filter(started_at__lte=point.known_at)
    found = {one.key_result_id: one for one in promoted}
    states = marks([one.kpi_id for one in found.values()], point) if found else {}
    drawn_ones = {}
    for pk, one in found.items():
        mark, url = states.get(one.kpi_id), f"{kpi_url(one.kpi)}#life-now"
        if mark is not None and mark.is_at_work and mark.key_result == one.key_result.key:
            drawn_ones[pk] = drawn(mark, url)
        elif one.outcome:
            drawn_ones[pk] = mark_html(one.outcome, url)
    return drawn_ones


def kpi_url(kpi: Kpi) -> str:
    return reverse("kpi", args=[kpi.key])


def drawn(mark: Mark | None, url: str = "") -> SafeString:
    """The mark as shape and word, with what it means on hover; empty without one."""
    if mark is None:
        return NOTHING
    return mark_html(promotion.RELAPSE if mark.is_relapse else mark.state, url, mark.sentence)
