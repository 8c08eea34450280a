"""`sextant check` names what is wrong and how to mend it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def problems(sextant: Run, **settings: str) -> list[str]:
    answer = sextant("check", "--json", **settings)
    found = json.loads(answer.stdout)
    assert answer.returncode == (0 if found["ok"] else 1)
    assert all(one["mend"] for one in found["findings"] if one["level"] == "problem")
    return [one["what"] for one in found["findings"] if one["level"] == "problem"]


def test_a_fresh_installation_is_in_order(sextant: Run) -> None:
    assert problems(sextant) == []


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"SEXTANT_URL": "kpi.example.org"}, "SEXTANT_URL"),
        ({"SEXTANT_URL": "https://kpi.example.org", "SEXTANT_DEMO": "1"}, "SEXTANT_DEMO"),
        ({"SEXTANT_SECRET_KEY": "short"}, "SEXTANT_SECRET_KEY"),
        ({"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}, "database cannot be reached"),
        ({"EMAIL_URL": "smtp://127.0.0.1:1"}, "mail server does not answer"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, str], named: str, sextant: Run) -> None:
    found = problems(sextant, **settings)
    assert named in found[0]


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"SEXTANT_UPLOAD_LIMIT_MB": "much"}, "SEXTANT_UPLOAD_LIMIT_MB"),
        ({"SEXTANT_TIMEZONE": "Europe/Berln"}, "Europe/Berln"),
    ],
)
def test_an_unreadable_setting_is_one_clear_line(settings: dict[str, str], named: str, sextant: Run) -> None:
    answer = sextant("check", **settings)
    assert answer.returncode == 1
    assert named in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def test_a_misspelt_setting_is_noticed(sextant: Run) -> None:
    assert "Did you mean SEXTANT_TIMEZONE?" in sextant("check", SEXTANT_TIMEZON="UTC").stdout


def test_a_key_that_others_can_read_is_a_problem(folder: Path, sextant: Run) -> None:
    (folder / "secret-key").chmod(0o644)
    assert len(problems(sextant)) == 1
