"""Runs the worked examples on the pages about alerts, surveys and the practice of teams."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sextant.calc import episodes, maturity, pitfalls, small_groups, surveys
from tests.docs.printed import Given, Lines, same


def run_episode(given: Given, lines: Lines) -> None:
    """Looks a day apart; close and mute are what people do."""
    usual = episodes.Policy(**{name: int(text) for name, text in given.items()}, relapse_window=timedelta(days=30))
    for looks, wanted in lines:
        snapshot, now, before, row, kinds = episodes.Snapshot(), datetime(2026, 5, 4), "", 0, []
        for word in looks.split():
            now += timedelta(days=1)
            row, before = (row + 1 if word == before else 1), word
            check = episodes.Check("holds" if word in ("close", "mute") else word, row)
            policy = replace(usual, silence="muted" if word == "mute" else "")
            outcome = episodes.step(snapshot, check, now, policy) if word != "close" else episodes.NOTHING
            snapshot = episodes.after(snapshot, check, outcome, now)
            if word == "close":
                snapshot = episodes.Snapshot(episodes.CLOSED, episodes.BY_PERSON, now)
            kinds.append("–" if outcome.kind == "nothing" else outcome.kind)
        assert kinds == wanted.split(), looks


def run_maturity(given: Given, lines: Lines) -> None:
    for checks, wanted in lines:
        tallies = {}
        for check in checks.split(", "):
            name, counts = check.split()
            tallies[name] = maturity.Tally(*(int(count) for count in counts.split("/")))
        assert maturity.maturity_level(int(given["kpis"]), tallies) == int(wanted), checks


def run_pitfall(given: Given, lines: Lines) -> None:
    for asked, wanted in lines:
        key, counts = asked.split(", ")
        count, total = (int(number) for number in counts.split(" of "))
        assert pitfalls.severity(pitfalls.PITFALLS[key], count / total, count, total) == wanted, asked


def run_groups(given: Given, lines: Lines) -> None:
    pairs = {name: [tuple(map(int, pair.split())) for pair in given[name].split(" | ")] for name in ("above", "people")}
    above: dict[int, int | None] = {1: None} | dict(pairs["above"])  # type: ignore[arg-type]
    groups = small_groups.gathered(dict(pairs["people"]), above)  # type: ignore[arg-type]
    ((_, wanted),) = lines
    assert [team for team in above if small_groups.is_told(team, groups, above)] == [int(one) for one in wanted.split()]


def run_survey(given: Given, lines: Lines) -> None:
    population = int(given["population"]) if "population" in given else None
    for asked, wanted in lines:
        found = surveys.sample(given["kind"], [int(text) for text in asked.split()], population)
        for named in wanted.split(", "):
            name, printed = named.split()
            assert same(getattr(found, name), printed), (asked, name, found)
