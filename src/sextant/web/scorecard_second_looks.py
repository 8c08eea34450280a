"""The mark in the rows of a scorecard of KPIs that are worth a second look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from sextant.kpis import second_look_sentences as sentences
from sextant.kpis.queries.second_looks import SecondLook, second_looks
from sextant.kpis.queries.standing import Standing
from sextant.web.lifecycle_marks import NOTHING, kpi_url
from sextant.web.templatetags.sextant import icon


def second_looks_in_rows(standings: Sequence[Standing], as_of: date | None) -> list[SafeString]:
    """For each KPI at work a link to what is worth a second look at it, which says it on hover; empty where nothing is.

    One statement for all of them, and two more where there is something.
    """
    active = {each.kpi.pk: each for each in standings if each.kpi.state == "active" and each.kpi.archived_at is None}
    if not active:
        return [NOTHING] * len(standings)
    point = next(iter(active.values())).point
    found = second_looks([each.kpi for each in active.values()], point, known=active)
    return [_mark(each, found.get(each.kpi.pk, ()), as_of) for each in standings]


def _mark(standing: Standing, found: Sequence[SecondLook], as_of: date | None) -> SafeString:
    if not found:
        return NOTHING
    url = f"{kpi_url(standing.kpi)}{f'?as_of={as_of}' if as_of else ''}#second-looks"
    locale, calendar = get_language() or "en", standing.series.calendar
    said = " ".join(sentences.sentence(one, standing.metric, calendar, locale) for one in found)
    words = sentences.title(found[0]) if len(found) == 1 else gettext("Worth a second look")
    inside = f"{icon('info')}{escape(words)}"
    return mark_safe(f'<a class="life-mark second-look-mark" href="{escape(url)}" title="{escape(said)}">{inside}</a>')  # noqa: S308
