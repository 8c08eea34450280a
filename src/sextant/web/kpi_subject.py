"""What the pages of a KPI and of a metric nobody watches have in common: the thing, its rights, its tabs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from sextant.core import access
from sextant.core.actors import Actor
from sextant.kpis.models import Kpi
from sextant.kpis.queries.kpi_page import as_watched
from sextant.kpis.queries.standing import Standing, standing
from sextant.metrics.models import Metric
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.web.context import day_asked_for, require_present
from sextant.web.kpi_words import address
from sextant.web.requests import PageRequest

PAGES = (
    "card", "values", "limits", "markers", "definition", "history", "chart_svg", "chart_png", "data_csv",
    "driver_moves",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    current: bool
    count: int | None = None


@dataclass(frozen=True)
class Subject:
    """A KPI, or a metric without one, as seen by somebody from today or from a past day."""

    actor: Actor
    kpi: Kpi  # for a metric without a KPI one that nobody saved
    is_watched: bool
    as_of: date | None

    @property
    def metric(self) -> Metric:
        return self.kpi.metric

    @property
    def kind(self) -> str:
        return "kpi" if self.is_watched else "metric"

    @property
    def key(self) -> str:
        return self.kpi.key if self.is_watched else self.metric.key

    @property
    def name(self) -> str:
        return self.metric.name

    @cached_property
    def point(self) -> Standpoint:
        return standpoint(self.as_of)

    @cached_property
    def standing(self) -> Standing:
        return standing(self.kpi, self.point)

    @property
    def approvable(self) -> str:
        """The newest value with all its digits, for the form that vouches for it."""
        return "" if self.standing.value is None else repr(self.standing.value)

    @property
    def is_archived(self) -> bool:
        return self.metric.archived_at is not None or self.kpi.archived_at is not None

    @cached_property
    def may(self) -> dict[str, bool]:
        """What the actor may do here today; nothing in the past."""
        if self.as_of is not None:
            return dict.fromkeys(("record", "change", "activate", "approve", "watch"), False)
        metric = self.metric
        return {
            "record": access.can("metric", self.actor, "record", metric) and not self.is_archived,
            "change": self._may_change,
            "activate": self.is_watched and access.can("kpi", self.actor, "activate", self.kpi),
            "approve": self.is_watched and access.can("kpi", self.actor, "approve", self.kpi),
            "watch": not self.is_watched and access.can("metric", self.actor, "record", metric),
        }

    @property
    def _may_change(self) -> bool:
        if self.is_watched:
            return access.can("kpi", self.actor, "change", self.kpi)
        return access.can("metric", self.actor, "change", self.metric)

    def url(self, page: str = "") -> str:
        """The address of one of its pages ("" is the page itself), the past day kept."""
        name = f"{self.kind}_{page}" if page else self.kind
        asked = f"?as_of={self.as_of.isoformat()}" if self.as_of else ""
        return reverse(name, args=[self.key]) + asked

    def tabs(self, current: str) -> list[Tab]:
        pages = [
            ("", _("Overview")), ("values", _("Values")), ("targets", _("Targets")), ("limits", _("Normal range")),
            ("markers", _("Notes")), ("drivers", _("Drivers")), ("definition", _("Definition")),
            ("history", _("History")),
        ]  # fmt: skip
        known = [(page, label) for page, label in pages if self.is_watched or page != "targets"]
        return [Tab(label, self.url(page), page == current) for page, label in known]

    def require(self, action: str) -> None:
        """Raise unless the actor may do this now: NotAllowed for a missing right, Refused in the past."""
        require_present(self.as_of)
        if action == "record":
            access.require("metric", self.actor, "record", self.metric)
        else:
            access.require(self.kind, self.actor, action, self.kpi if self.is_watched else self.metric)

    def frame(self, current: str) -> dict[str, Any]:
        """What every page about it hands to its template."""
        return {
            "subject": self, "kpi": self.kpi, "metric": self.metric, "may": self.may,
            "tabs": self.tabs(current), "page_url": self.url(), "list_url": address("kpis"),
            "urls": {page: self.url(page) for page in PAGES},
        }  # fmt: skip


def kpi_asked_for(request: PageRequest, key: str) -> Subject:
    """The KPI with this key; 404 where there is none or it may not be seen."""
    kpi: Kpi = access.find("kpi", request.actor, key)
    return Subject(request.actor, kpi, True, day_asked_for(request))


def metric_asked_for(request: PageRequest, key: str) -> Subject:
    """The metric with this key, as its KPI where it has one."""
    metric: Metric = access.find("metric", request.actor, key)
    kpi: Kpi | None = getattr(metric, "kpi", None)
    if kpi is not None:
        kpi.metric = metric
        return Subject(request.actor, kpi, True, day_asked_for(request))
    return Subject(request.actor, as_watched(metric), False, day_asked_for(request))


def found(request: PageRequest, kind: str, key: str) -> Subject:
    return kpi_asked_for(request, key) if kind == "kpi" else metric_asked_for(request, key)
