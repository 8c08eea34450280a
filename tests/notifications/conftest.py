"""What a message needs to leave the house."""

from __future__ import annotations

from typing import Any

import pytest

from sextant.notifications import notices
from tests.notifications.posts import asked_everybody
from tests.world import World


@pytest.fixture
def mail_server(world: World, settings: Any) -> None:
    """Mail can be sent, and everybody was asked whether it may come to their address."""
    settings.HAS_MAIL_SERVER = True
    asked_everybody()


@pytest.fixture
def alert_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two notices as a package above registers them."""
    monkeypatch.setattr(notices, "_kinds", dict(notices._kinds))
    notices.register("test.alert", "%(subject)s left its normal range", group="alerts")
    notices.register("test.flag", "%(subject)s crossed its red flag", group="red_flags")
