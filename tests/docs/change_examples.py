"""Runs the worked examples on the pages about what has changed, what worked and where it is heading."""

from __future__ import annotations

import numpy as np

from sextant.calc import (
    effects,
    effects_drivers,
    findings,
    findings_budget,
    findings_hindsight,
    findings_models,
    findings_tracks,
    findings_watch,
    heading,
)
from tests.docs.printed import Given, Lines, same


def run_effect(given: Given, lines: Lines) -> None:
    before = [float(text) for text in given["before"].split()]
    for asked, wanted in lines:
        found = effects.effect([*before, *(float(text) for text in asked.split())], len(before))
        verdict, *figures_printed = wanted.split()
        assert found.verdict == verdict, asked
        for value, printed in zip((found.size, found.low, found.high), figures_printed, strict=True):
            assert same(value, printed), (asked, value)


def run_deviation(given: Given, lines: Lines) -> None:
    values = [float(text) for text in given["values"].split()]
    chosen = findings.DetectionSettings(season_length=int(given["season"]))
    judged = findings.detect(values, given["frequency"], chosen)
    told = [f"{one.first}-{one.found} {one.side} {one.gap:.1f} {one.score:.1f}" for one in judged.findings]
    nothing = "none" if judged.enough_history else "not_enough_history"
    assert [" | ".join(told) or nothing] == [wanted for _, wanted in lines]


def run_trace(given: Given, lines: Lines) -> None:
    family = findings_models.families(findings_models.Kind(0, ((1.0, 0.012, ()),)))[0]
    memories = [f"memory {memory:.1f}" for memory in family.memory]
    for name, wanted in lines:
        shown = family.trace[int(given["values_before"]), :, memories.index(name)]
        assert all(same(float(one), text) for one, text in zip(shown, wanted.split(), strict=False)), name


def run_trail(given: Given, lines: Lines) -> None:
    kind = findings_models.Kind(0, ((1.0, 0.012, ()),))
    memories = [f"memory {memory:.1f}" for memory in findings_models.families(kind)[0].memory]
    for name, wanted in lines:
        shown = findings_hindsight.trails(kind)[0].trace[int(given["values_before"]), :, memories.index(name)]
        assert all(same(float(one), text) for one, text in zip(shown, wanted.split(), strict=False)), name


def run_evidence(given: Given, lines: Lines) -> None:
    for asked, wanted in lines:
        assert same(float(findings_tracks.evidence(*(np.float64(text) for text in asked.split()))), wanted), asked


def run_calmed(given: Given, lines: Lines) -> None:
    for asked, wanted in lines:
        assert same(float(findings_watch.calmed(np.float64(asked))), wanted), asked


def run_threshold(given: Given, lines: Lines) -> None:
    for asked, wanted in lines:
        frequency, budget = asked.split()
        assert same(findings_budget.threshold(frequency, float(budget)), wanted), asked


def run_surprise(given: Given, lines: Lines) -> None:
    for asked, wanted in lines:
        frequency, score = asked.split()
        assert same(findings_budget.surprise(frequency, float(score)), wanted), asked


def run_heading(given: Given, lines: Lines) -> None:
    for asked, wanted in lines:
        values = [float(text) for text in asked.split()]
        found = heading.heading(values, float(given["target"]), given["direction"])
        way, slope, periods = wanted.split()
        assert found.way == way, asked
        assert same(found.slope, slope), asked
        assert same(found.periods, periods), asked


def run_odds(given: Given, lines: Lines) -> None:
    for asked, wanted in lines:
        assert effects.odds(float(asked)) == int(wanted), asked


def run_driver(given: Given, lines: Lines) -> None:
    once = [float(text) for text in given["before"].split()]
    moves = [effects_drivers.Move(24, 1), effects_drivers.Move(40, -1), effects_drivers.Move(56, 1)]
    for size, wanted in lines:
        driver, outcome = np.array(once[::-1] * 3), np.array(once * 3)
        for move in moves:
            driver[move.index :] += 4 * move.way
            outcome[move.index + 2 :] += float(size) * move.way
        found = effects_drivers.drive(driver, outcome, moves, lag=2)
        followed, not_followed, strength = wanted.split()
        assert (found.followed, found.not_followed) == (int(followed), int(not_followed)), size
        assert same(found.strength, strength), found.strength
