"""An installation before its first run."""

from __future__ import annotations

import pytest

from sextant.core.models import Event
from sextant.people import queries
from sextant.people.models import Membership, Organisation, Person, Team, User
from tests.world import World


@pytest.fixture
def nothing_set_up(world: World) -> None:
    """Take the world away again, for this test alone."""
    Membership.objects.all().delete()
    Person.objects.all().delete()
    User.objects.all().delete()
    Team.objects.filter(parent__isnull=False).delete()
    Team.objects.all().delete()
    Organisation.objects.all().delete()
    Event.objects.all().delete()
    queries.forget()
