"""What every test relies on: a data folder of its own, Django set up on it, and which tests run when."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

import hypothesis
import pytest

# What begins first: the demo's tests as one part (scripts/test.sh spreads parts of 32), because a second worker among
# them would build the demo again; then those that start programs and wait for them, so that nobody waits at the end.
FIRST = (("/tests/demo/",), ("/tests/cli/", "test_live_stream.py", "test_killed_import.py"))
# Marker -> the name in the environment that asks for it.
ON_REQUEST = {"samples": "SAMPLES", "e2e": "SEXTANT_E2E", "cluster": "SEXTANT_CLUSTER"}


def _settings_of_tests() -> None:
    """Point Django at an empty data folder before it reads its settings; workers share their leader's."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        folder = tempfile.mkdtemp(prefix="sextant-tests-")
        for place in (folder, f"{folder}-made"):
            atexit.register(shutil.rmtree, place, ignore_errors=True)
        os.environ["SEXTANT_DATA"] = folder
    for name in ("SEXTANT_URL", "SEXTANT_DEMO", "SEXTANT_TIMEZONE", "EMAIL_URL", "SEXTANT_MAIL_FROM"):
        os.environ.pop(name, None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "sextant.project.settings"


_settings_of_tests()

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402

# Every test client would read the whole folder of static files anew, and every signing in would cost what it should
# cost somebody who guesses passwords.
settings.WHITENOISE_AUTOREFRESH = True
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as in real use: threads that share a database in memory lock each other's tables without waiting.
    settings.DATABASES["default"]["TEST"]["NAME"] = f"{os.environ['SEXTANT_DATA']}/tests.sqlite3"

# A busy machine is no reason to fail, so neither deadlines nor slow generation count.
USUAL = hypothesis.settings(deadline=None, max_examples=60, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.register_profile("usual", USUAL)
hypothesis.settings.register_profile("ci", USUAL, derandomize=True, print_blob=True)
hypothesis.settings.register_profile("thorough", USUAL, max_examples=2_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))

if find_spec("tests.world"):
    pytest_plugins = ["tests.world"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--samples", action="store_true", help="run the tests that need the real data sets")
    parser.addoption("--e2e", action="store_true", help="run the journeys in a real browser")
    parser.addoption("--cluster", action="store_true", help="run the tests that need the extra `cluster`")
    parser.addoption("--database", action="store_true", help="run only the tests that use the database and no page")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs data sets or a browser unless somebody asked for it, and what nobody asked for."""
    unwanted = [
        marker
        for marker, name in ON_REQUEST.items()
        if not config.getoption(f"--{marker}") and not os.environ.get(name)
    ]
    kept, left_out = [], []
    for item in items:
        is_unwanted = any(item.get_closest_marker(marker) for marker in unwanted)
        is_beside = config.getoption("--database") and (_is_about_pages(item) or not _uses_database(item))
        (left_out if is_unwanted or is_beside else kept).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
    items[:] = sorted(kept, key=_turn)


def pytest_collection_finish() -> None:
    """What was imported and collected stays until the end: looking through it for garbage took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def _turn(item: pytest.Item) -> int:
    """Its place among those that begin first, or behind them."""
    path = str(item.path)
    return next((turn for turn, parts in enumerate(FIRST) if any(part in path for part in parts)), len(FIRST))


def _uses_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(fixtures & {"db", "transactional_db"})


def _is_about_pages(item: pytest.Item) -> bool:
    """Whether it asks what a page says: CONTRIBUTING.md says why that is asked of one database only."""
    return item.path.stem.endswith(("_page", "_pages"))


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of the real data sets. Named but absent is a failure, never a silent pass."""
    folder = Path(os.environ.get("SAMPLES", ""))
    assert os.environ.get("SAMPLES"), "Set SAMPLES to the folder of the data sets."
    assert folder.is_dir(), f"SAMPLES names {folder}, which is not a folder."
    return folder.resolve()
