"""Tokens, cycles and other things of the organisation that have to be there for the table of addresses."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from sextant.core.models import Job
from sextant.people.commands import create_token
from sextant.people.queries import today
from sextant.strategy.commands import create_cycle
from tests.world import World


class OrganisationWords:
    world: World

    def make_token(self) -> str:
        """The key of a push token of the Emergency team."""
        return create_token(self.world.lea, name="desk", scope="push", team=self.world.emergency).token.key

    def make_failed_job(self) -> str:
        """The number of a background job that was given up."""
        now = timezone.now()
        return str(Job.objects.create(name="x", lane="main", arguments={}, state="failed", added_at=now, due_at=now).pk)

    def make_cycle(self) -> str:
        return create_cycle(self.world.ada, "Q1", starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 31)).key

    def make_next_week(self) -> str:
        return (today() + timedelta(days=7)).isoformat()

    def make_team_version(self) -> str:
        return str(self.world.emergency.version)
