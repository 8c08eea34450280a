"""The two answers for whoever watches the server."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from sextant.project import health


def test_a_living_server_says_ok_without_a_database() -> None:
    assert health.healthz(RequestFactory().get("/healthz")).content == b"ok\n"


@pytest.mark.django_db
def test_a_migrated_database_is_ready() -> None:
    answer = health.readyz(RequestFactory().get("/readyz"))
    assert answer.status_code == 200
