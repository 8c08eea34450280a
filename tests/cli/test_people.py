"""People and tokens from the command line."""

from __future__ import annotations

from tests.cli.conftest import Run


def test_the_first_person_becomes_the_administrator(sextant: Run) -> None:
    answer = sextant("person", "add", "ada.lovelace@example.org", SEXTANT_URL="https://kpi.example.org")
    assert answer.returncode == 0
    assert "Ada Lovelace is the first person here and the administrator" in answer.stderr
    assert answer.stdout.startswith("https://kpi.example.org/")
    assert len(answer.stdout.splitlines()) == 1


def test_the_first_person_cannot_be_less(sextant: Run) -> None:
    assert sextant("person", "add", "ada@example.org", "--role", "viewer").returncode == 1


def test_others_are_invited_with_a_role(sextant: Run) -> None:
    sextant("person", "add", "ada@example.org")
    answer = sextant("person", "add", "bob@example.org", "--role", "lead")
    assert answer.returncode == 0
    assert "Bob is lead everywhere" in answer.stderr
    assert len(answer.stdout.splitlines()) == 1


def test_a_token_is_printed_alone_so_that_scripts_can_keep_it(sextant: Run) -> None:
    sextant("person", "add", "ada@example.org")
    answer = sextant("token", "create", "--person", "ADA@example.org", "--scope", "write", "--name", "loader")
    assert answer.returncode == 0
    assert answer.stdout.startswith("sxt_")
    assert len(answer.stdout.split()) == 1


def test_a_push_token_belongs_to_a_team(sextant: Run) -> None:
    sextant("person", "add", "ada@example.org")
    unknown = sextant("token", "create", "--team", "nowhere", "--scope", "push", "--name", "feed")
    assert unknown.returncode == 1
    assert "Teams: our-organisation" in unknown.stderr
    made = sextant("token", "create", "--team", "our-organisation", "--scope", "push", "--name", "feed")
    assert made.stdout.startswith("sxp_")


def test_a_token_for_a_stranger_says_how_to_add_them(sextant: Run) -> None:
    answer = sextant("token", "create", "--person", "eve@example.org", "--scope", "read", "--name", "x")
    assert answer.returncode == 1
    assert "sextant person add eve@example.org" in answer.stderr
