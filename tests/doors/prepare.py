"""Fills the data folder of a server under test; run as a program, it prints what the test needs as JSON."""

from __future__ import annotations

import json
import sys
from typing import Any


def prepare(more_people: int = 0, metrics: int = 0) -> dict[str, Any]:
    """The test world with two KPIs (one for its team alone), tokens, and a signed-in browser of each person.

    `more_people` adds viewers with a token each, `metrics` adds daily metrics named metric-0000 and so on.
    """
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from sextant.people.commands import create_person, create_token
    from sextant.people.models import Team, User
    from tests.make import admin, make_kpi, make_metric
    from tests.world import PEOPLE, World, build_world

    build_world()
    world = World()
    make_kpi("waiting-time")
    make_kpi("secret", visibility="team")
    tokens, sessions = {}, {}
    for name in PEOPLE:
        tokens[name] = create_token(world.actor(name), name="t", scope="write", person=world.person(name)).secret
        user = User.objects.get(email=f"{name}@hospital.example")
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        sessions[name] = session.session_key
    push = create_token(admin(), name="door", scope="push", team=Team.objects.get(key="emergency"))
    others = []
    for number in range(more_people):
        person = create_person(admin(), f"Viewer {number}")
        from sextant.people.queries import actor_of_person

        others.append(create_token(actor_of_person(person), name="t", scope="read", person=person).secret)
    for number in range(metrics):
        make_metric(f"metric-{number:04d}", frequency="day")
    return {"tokens": tokens, "sessions": sessions, "push": push.secret, "others": others}


if __name__ == "__main__":
    from sextant.cli import start_django

    start_django()
    print(json.dumps(prepare(*map(int, sys.argv[1:]))))
