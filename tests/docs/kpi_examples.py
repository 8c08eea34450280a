"""Runs the worked examples on the pages about KPIs: status, targets, trust, limits, roll-ups and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sextant.calc import assurance, freshness, status, trust
from sextant.calc.aggregation import Point, RatioNeedsParts, roll_up
from sextant.calc.contributions import contributions
from sextant.calc.formula import Grain, Input, evaluate, parse
from sextant.calc.limits import LimitSettings, ProcessChart, process_chart
from sextant.calc.numbers import format_value
from sextant.calc.periods import Frequency, containing, hour_of, label, moment_of, parse_period
from sextant.calc.targets import TargetRow, TargetValues, target_for
from sextant.kpis.queries.discipline import Punctuality
from sextant.kpis.queries.scorecards import weighted_score
from tests.docs.printed import CALENDAR, Given, Lines, figure, figures, same


def run_status(given: Given, lines: Lines) -> None:
    for value, wanted in lines:
        assert status.kpi_status(figure(value), figures(given), given["direction"]) == wanted, value


def run_score(given: Given, lines: Lines) -> None:
    for value, wanted in lines:
        assert same(status.score(figure(value), figures(given), given["direction"]), wanted), value


def run_with_freshness(given: Given, lines: Lines) -> None:
    for pair, wanted in lines:
        before, age = pair.split(", ")
        assert status.with_freshness(before, age) == wanted, pair


def run_target(given: Given, lines: Lines) -> None:
    rows = [target_row(text.split()) for text in given["rows"].split(" | ")]
    for asked, wanted in lines:
        *rule, written = asked.split()
        period = parse_period(written)
        found = target_for(period, rows, CALENDAR, rule[0] if rule else "last", Frequency.MONTH)
        assert (found.target if found else None) == figure(wanted), asked


def target_row(words: Sequence[str]) -> TargetRow:
    kind, *rest = words
    values = TargetValues(target=float(rest[-1]))
    if kind == "always":
        return TargetRow(values)
    period = parse_period(rest[0])
    return {
        "from": TargetRow(values, valid_from=period.start),
        "period": TargetRow(values, period=period),
        "by": TargetRow(values, aim_by=period),
    }[kind]


def run_freshness(given: Given, lines: Lines) -> None:
    end = parse_period(given["latest"]).end
    for moment, wanted in lines:
        now = hour_of(moment_of(parse_period(moment).start))
        found = freshness.freshness(end, now, Frequency(given["frequency"]), int(given["grace_days"]))
        assert found == wanted, moment


def run_scorecard(given: Given, lines: Lines) -> None:
    rows = [text.split(" weight ") for text in given["scores"].split(" | ")]
    made = [SimpleNamespace(weight=float(w), standing=SimpleNamespace(score=figure(s))) for s, w in rows]
    score, scored = weighted_score(made)  # type: ignore[arg-type]
    assert dict(lines).keys() == {"score", "scored"}
    assert same(score, dict(lines)["score"])
    assert scored == int(dict(lines)["scored"])


def run_trust(given: Given, lines: Lines) -> None:
    facts: dict[str, Any] = {
        "has_definition": True, "has_source": True, "owner_present": True, "freshness": "fresh", "completeness": 1.0,
    }  # fmt: skip
    for name, text in given.items():
        above, slash, below = text.partition("/")
        facts[name] = float(above) / float(below) if slash else {"yes": True, "no": False}.get(text, text)
    found = trust.trust(trust.TrustFacts(**facts))
    wanted = dict(lines)
    assert found.grade == wanted.pop("grade")
    assert {reason.key: str(reason.points) for reason in found.reasons} == wanted


def drawn(given: Given) -> ProcessChart:
    values = [float(text) for text in given["values"].split()]
    lower, upper = (figure(text) for text in given.get("bounds", "none none").split())
    settings: dict[str, Any] = {}
    if "divider" in given:
        settings["dividers"] = (int(given["divider"]) * 24,)
    if "locked" in given:
        settings["locked_from"], settings["locked_to"] = (int(index) * 24 for index in given["locked"].split())
    return process_chart(np.arange(len(values)) * 24, values, LimitSettings(**settings), bounds=(lower, upper))


def run_limits(given: Given, lines: Lines) -> None:
    chart = drawn(given)
    newest = chart.segments[-1]
    found = {
        "average": chart.centre_now, "upper": chart.upper_now, "lower": chart.lower_now,
        "average_moving_range": newest.range_mean, "range_limit": newest.range_upper,
    }  # fmt: skip
    for name, wanted in lines:
        assert same(found[name], wanted), (name, found[name])


def run_marks(given: Given, lines: Lines) -> None:
    found = {(str(mark.index), f"{mark.rule} {mark.side}") for mark in drawn(given).marks}
    assert set(lines) <= found


def run_assurance(given: Given, lines: Lines) -> None:
    for target, wanted in lines:
        assert assurance.assurance(drawn(given), float(target), given["direction"]) == wanted, target


def run_containing(given: Given, lines: Lines) -> None:
    for asked, wanted in lines:
        written, frequency = asked.split()
        assert label(containing(parse_period(written), Frequency(frequency))) == wanted, asked


def run_rollup(given: Given, lines: Lines) -> None:
    months = [parse_period(f"2026-{number:02d}") for number in range(1, 4)]
    values = [float(text) for text in given["months"].split()]
    points = [Point(month.start, month.end, value) for month, value in zip(months, values, strict=False)]
    ((_, wanted),) = lines
    if wanted == "refused":
        with pytest.raises(RatioNeedsParts):
            roll_up(points, Frequency.QUARTER, given["rule"], CALENDAR, Frequency.MONTH)
        return
    [rolled] = roll_up(points, Frequency.QUARTER, given["rule"], CALENDAR, Frequency.MONTH)
    assert same(rolled.value, wanted)


def run_ratio(given: Given, lines: Lines) -> None:
    columns = {}
    for part in ("numerator", "denominator"):
        groups = [[float(text) for text in period.split()] for period in given[part].split(" | ")]
        places = np.array([index for index, group in enumerate(groups) for _ in group])
        columns[part] = Input(np.array([value for group in groups for value in group]), places)
    found = evaluate(parse("100 * sum(numerator) / sum(denominator)"), columns, grain=Grain(2))
    assert all(same(value, text) for value, text in zip(found, given["result"].split(" | "), strict=True))


def run_format(given: Given, lines: Lines) -> None:
    for asked, wanted in lines:
        value, unit, precision = asked.split()
        assert format_value(float(value), unit, int(precision)).replace("\u202f", " ").replace("\xa0", " ") == wanted


def run_discipline(given: Given, lines: Lines) -> None:
    for counts, wanted in lines:
        assert same(Punctuality(*(int(text) for text in counts.split(", "))).rate, wanted)


def run_contributions(given: Given, lines: Lines) -> None:
    former = [float(text) for text in given["before"].split()]
    for asked, wanted in lines:
        now = [float(text) for text in asked.removeprefix("now: ").split()]
        columns = {key: Input(np.array(pair)) for key, pair in zip("ab", zip(former, now, strict=True), strict=True)}
        found = contributions(parse(given["formula"]), columns, 2, first=1, last=1, back=1)
        assert found is not None
        for (key, amount), text in zip(found.shares, wanted.split(), strict=True):
            assert same(amount, text), (key, amount)
