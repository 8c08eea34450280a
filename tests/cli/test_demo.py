"""`sextant demo`: builds once, serves on loopback, and leaves everybody's own organisation alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from sextant.cli.demo import demo_password, prepare
from sextant.demo.crowd import gather
from sextant.people import queries as people
from tests.cli.conftest import Run
from tests.demo.emptying import empty_every_table

OURS = [model for model in apps.get_models(include_auto_created=True) if model.__module__.startswith("sextant.")]


@pytest.mark.slow
def test_the_demo_is_built_once(sextant: Run) -> None:
    first = sextant("demo", "--build-only")
    assert first.returncode == 0, first.stderr
    assert "Built the demo organisation" in first.stderr
    assert "priya@larkfield.example" in first.stdout
    second = sextant("demo", "--build-only")
    assert "Built" not in second.stderr
    assert second.stdout == first.stdout


@pytest.mark.django_db
def test_the_demo_is_built_again_on_nothing_and_only_when_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    empty_every_table()
    people.forget()
    left: list[list[str]] = []

    def build(password: str, _tell: object) -> None:
        left.append([model.__name__ for model in OURS if model.objects.exists()])
        gather(password, "UTC")

    monkeypatch.setattr("sextant.demo.build.build_demo", build)
    for reset in (False, False, True):
        connection.check_constraints()  # PostgreSQL empties no table of which it has something left to check
        prepare(reset)
    assert left == [[], []]
    assert "Threw the old demo away" in capsys.readouterr().err
    people.forget()


def test_the_demo_never_touches_an_organisation_of_ones_own(sextant: Run, folder: Path) -> None:
    sextant("person", "add", "ada@example.org")
    before = sextant("library", "install", "time-to-hire").stdout
    assert "a draft of Our organisation" in before
    for arguments in (("demo", "--build-only"), ("demo", "--build-only", "--reset")):
        answer = sextant(*arguments)
        assert answer.returncode == 1
        assert "which is no demo; nothing was touched" in answer.stderr
    assert "has “Time to hire” from the library already" in sextant("library", "install", "time-to-hire").stdout


def test_the_demo_password_differs_from_one_data_folder_to_the_next(settings: Any) -> None:
    first = demo_password()
    settings.SECRET_KEY = "another folder's key"
    assert re.fullmatch(r"larkfield-[0-9a-f]{8}", demo_password())
    assert demo_password() != first


def test_the_library_is_listed_and_installed_from_the_command_line(sextant: Run) -> None:
    sextant("person", "add", "ada@example.org")
    listed = sextant("library", "list", "time", "hire")
    assert listed.returncode == 0
    assert "time-to-hire" in listed.stdout
    assert "burn-rate" not in listed.stdout
    assert sextant("library", "list", "zzzz").returncode == 1
    assert '"machine_formula"' in sextant("library", "list", "--json").stdout
    answer = sextant("library", "install", "turnover-rate", "no-such-kpi")
    assert answer.returncode == 1
    assert "turnover-rate: Turnover rate, a draft of Our organisation" in answer.stdout
    assert "no-such-kpi: The library has no KPI" in answer.stdout
