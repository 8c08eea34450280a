"""The mark a KPI carries in lists and headings while something is done about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.urls import reverse
from django.utils.safestring import SafeString

from sextant.calc import promotion
from sextant.kpis.models import Kpi
from sextant.lifecycle.queries.marks import Mark, marks
from sextant.metrics.queries.standpoint import standpoint
from sextant.web.lifecycle_words import mark_html

NOTHING = SafeString("")


def marks_in_rows(kpis: Sequence[Kpi], as_of: date | None) -> list[SafeString]:
    """For each KPI its mark as a link to what is being done; empty for those that need nothing. At most three
    statements for all of them."""
    found = marks([kpi.pk for kpi in kpis], standpoint(as_of))
    day = f"?as_of={as_of}" if as_of else ""
    return [drawn(found[kpi.pk], f"{kpi_url(kpi)}{day}#life-now") if kpi.pk in found else NOTHING for kpi in kpis]


def kpi_url(kpi: Kpi) -> str:
    return reverse("kpi", args=[kpi.key])


def drawn(mark: Mark | None, url: str = "") -> SafeString:
    """The mark as shape and word, with what it means on hover; empty without one."""
    if mark is None:
        return NOTHING
    return mark_html(promotion.RELAPSE if mark.is_relapse else mark.state, url, mark.sentence)
