"""Promotions and steps of lives that have to be there for the table of addresses."""

from __future__ import annotations

from datetime import timedelta

from sextant.kpis.models import Kpi
from sextant.lifecycle.commands.promoting import promote
from sextant.lifecycle.models import Promotion
from sextant.people.queries import today
from tests.alerts.episodes import values, watched
from tests.make import admin


class LifecycleWords:
    def make_lagging_kpi(self) -> str:
        """The key of an active KPI of the Emergency team that is past its red flag."""
        kpi = watched("lagging")
        values(kpi, 95, 60, 61, 60)
        return kpi.key

    def make_promoted_kpi(self) -> str:
        return self._promoted("lagging").kpi.key

    def make_promotion(self) -> str:
        """The number of a promotion, whose key result is open."""
        return str(self._promoted("lagging").pk)

    def make_hidden_promotion(self) -> str:
        return str(self._promoted("secret", visibility="people").pk)

    def make_promoting_step(self) -> str:
        return str(self._promoted("lagging").transitions.get().pk)

    def make_hidden_step(self) -> str:
        return str(self._promoted("secret", visibility="people").transitions.get().pk)

    def make_promoted_key_result(self) -> str:
        return self._promoted("lagging").key_result.key

    def _promoted(self, key: str, **changes: str) -> Promotion:
        kpi = Kpi.objects.get(key=self.make_lagging_kpi()) if not changes else watched(key, **changes)
        ends_on = today() + timedelta(days=90)
        return promote(admin(), kpi, why="Patients wait.", ends_on=ends_on, accept_doubts=True)
