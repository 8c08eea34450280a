"""The pages on the method are right: every worked example gives the result it prints, every anchor is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sextant.calc import (
    assurance,
    effects,
    effects_drivers,
    episodes,
    findings,
    findings_budget,
    findings_models,
    findings_watch,
    forecast,
    forecast_light,
    forecast_stack,
    forecast_sums,
    freshness,
    heading,
    maturity,
    pace,
    pitfalls,
    planning,
    progress,
    rollup,
    small_groups,
    status,
    surveys,
    trust,
    truths,
)
from sextant.calc.aggregation import Point, RatioNeedsParts, roll_up
from sextant.calc.contributions import contributions
from sextant.calc.formula import Grain, Input, evaluate, parse
from sextant.calc.limits import LimitSettings, ProcessChart, process_chart
from sextant.calc.numbers import format_value
from sextant.calc.periods import Calendar, Frequency, containing, hour_of, label, moment_of, parse_period
from sextant.calc.targets import TargetRow, TargetValues, target_for
from sextant.kpis.queries.discipline import Punctuality
from sextant.kpis.queries.scorecards import weighted_score
from sextant.web import help as help_pages
from tests.docs import life_examples, suspicion_examples

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "method"
EXAMPLES = [
    (page.stem, block)
    for page in sorted(FOLDER.glob("*.md"))
    if page.stem not in ("formula", "wording")  # these have a test of their own
    for block in re.findall(r"```example\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)
]
Given = Mapping[str, str]
Lines = Sequence[tuple[str, str]]
CALENDAR = Calendar()


def figure(text: str) -> float | None:
    return None if text == "none" else float(text)


def figures(given: Given) -> TargetValues:
    names = ("target", "red_flag", "low", "high", "red_low", "red_high")
    return TargetValues(**{name: float(given[name]) for name in names if name in given})


def same(found: float | None, printed: str) -> bool:
    """Equal to as many digits as the page prints."""
    wanted = figure(printed)
    if found is None or wanted is None:
        return found is None and wanted is None
    digits = len(printed.partition(".")[2])
    return abs(found - wanted) <= 0.51 * 10**-digits


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


def run_discipline(given: Given, lines: Lines) -> None:
    for counts, wanted in lines:
        assert same(Punctuality(*(int(text) for text in counts.split(", "))).rate, wanted)


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


def run_progress(given: Given, lines: Lines) -> None:
    for value, wanted in lines:
        assert same(progress.progress(figure(value), float(given["baseline"]), float(given["target"])), wanted), value


def run_relative_target(given: Given, lines: Lines) -> None:
    for asked, wanted in lines:
        baseline, direction, amount, mode = asked.split()
        assert same(progress.relative_target(float(baseline), float(amount), mode, direction), wanted), asked


def run_checkpoints(given: Given, lines: Lines) -> None:
    pairs = pairs_of(given["pairs"])
    for value, wanted in lines:
        assert same(progress.checkpoint_progress(figure(value), pairs), wanted), value


def pairs_of(text: str) -> list[tuple[float, float]]:
    return [(float(at), float(value)) for at, value in (pair.split() for pair in text.split(" | "))]


def run_guardrail(given: Given, lines: Lines) -> None:
    values = [None if text == "-" else float(text) for text in given["values"].split()]
    low, high = (figure(given.get(name, "none")) for name in ("low", "high"))
    planned = int(given["planned"])
    tally = progress.guardrail_tally(values, low=low, high=high, is_strict="strict" in given, planned=planned)
    for name, wanted in lines:
        assert same(tally.share if name == "progress" else getattr(tally, name), wanted), name


def run_milestones(given: Given, lines: Lines) -> None:
    steps = [(float(weight), word == "done") for weight, word in map(str.split, given["steps"].split(" | "))]
    assert all(same(progress.milestones_progress(steps), wanted) for _, wanted in lines)


def run_pace(given: Given, lines: Lines) -> None:
    baseline, target, end = (float(given[name]) for name in ("baseline", "target", "end"))
    plan = pairs_of(given["plan"]) if "plan" in given else []
    path = pace.plan_path(plan, 0, end, lambda value: progress.progress(value, baseline, target))
    for asked, wanted in lines:
        hour, value = (float(part.split()[1]) for part in asked.split(", "))
        expected = pace.expected_share(pace.elapsed_share(hour, 0, end), plan=path)
        texts = [part.split()[1] for part in wanted.split(", ")]
        assert same(expected, texts[0]), asked
        assert same(pace.pace(progress.progress(value, baseline, target), expected), texts[1]), asked


def run_key_result_status(given: Given, lines: Lines) -> None:
    for asked, wanted in lines:
        assert pace.key_result_status(*(figure(text) for text in asked.split(", "))) == wanted, asked


def run_key_result_freshness(given: Given, lines: Lines) -> None:
    for asked, wanted in lines:
        assert pace.with_freshness(*asked.split(", ")) == wanted, asked


def run_three_truths(given: Given, lines: Lines) -> None:
    for asked, wanted in lines:
        assert truths.truths(*asked.split(", ")).reasons == (() if wanted == "none" else (wanted,)), asked


def run_objective(given: Given, lines: Lines) -> None:
    parts = []
    for share, _, weight, word, *kind in (text.split() for text in given["parts"].split(" | ")):
        parts.append(rollup.Part(figure(share), float(weight), word, is_guardrail=bool(kind)))
    rolled = rollup.roll_up(parts)
    wanted = dict(lines)
    assert same(rolled.progress, wanted["progress"])
    assert f"{rolled.counted} of {rolled.total}" == wanted["counted"]
    assert rolled.worst == wanted["worst"]


def run_candidate_score(given: Given, lines: Lines) -> None:
    weights = [float(weight) for weight in given["weights"].split(" | ")]
    for asked, wanted in lines:
        assert same(planning.candidate_score([figure(text) for text in asked.split(", ")], weights), wanted), asked


def run_coverage(given: Given, lines: Lines) -> None:
    for asked, wanted in lines:
        with_path, _, items = asked.split()
        assert same(planning.coverage(int(with_path), int(items)), wanted), asked


def run_score_at_close(given: Given, lines: Lines) -> None:
    words = {True: "achieved", False: "missed", None: "open"}
    for asked, wanted in lines:
        share, ambition = asked.split()
        score = planning.score_at_close(figure(share))
        printed, verdict = wanted.split()
        assert same(score, printed), asked
        assert words[planning.is_achieved(score, ambition)] == verdict, asked


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


def run_survey(given: Given, lines: Lines) -> None:
    population = int(given["population"]) if "population" in given else None
    for asked, wanted in lines:
        found = surveys.sample(given["kind"], [int(text) for text in asked.split()], population)
        for named in wanted.split(", "):
            name, printed = named.split()
            assert same(getattr(found, name), printed), (asked, name, found)


def run_evidence(given: Given, lines: Lines) -> None:
    for asked, wanted in lines:
        assert same(float(findings_watch.evidence(*(np.float64(text) for text in asked.split()))), wanted), asked


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


def run_contributions(given: Given, lines: Lines) -> None:
    former = [float(text) for text in given["before"].split()]
    for asked, wanted in lines:
        now = [float(text) for text in asked.removeprefix("now: ").split()]
        columns = {key: Input(np.array(pair)) for key, pair in zip("ab", zip(former, now, strict=True), strict=True)}
        found = contributions(parse(given["formula"]), columns, 2, first=1, last=1, back=1)
        assert found is not None
        for (key, amount), text in zip(found.shares, wanted.split(), strict=True):
            assert same(amount, text), (key, amount)


def curve(middle: str, width: str) -> Any:
    """A fan whose quantiles lie as far apart as their log odds."""
    return float(middle) + float(width) * forecast.LOG_ODDS


def run_chance(given: Given, lines: Lines) -> None:
    fan = curve(given["middle"], given["width"])[None]
    for asked, wanted in lines:
        *bounds, way = asked.split()
        low, high = (float(bounds[0]), float(bounds[-1])) if way == "within" else (float(bounds[0]), np.inf)
        low, high = (-np.inf, low) if way == "down" else (low, high)
        assert same(float(forecast.chance_within(fan, np.array([low]), np.array([high]))[0]), wanted), asked


def run_season(given: Given, lines: Lines) -> None:
    for asked, wanted in lines:
        profile = forecast_light.season_profile(np.array([float(text) for text in asked.split()]), int(given["length"]))
        assert all(same(float(value), text) for value, text in zip(profile, wanted.split(), strict=True)), asked


def outer(fan: Any) -> list[float]:
    """The 10 %, 50 % and 90 % quantiles."""
    return [float(fan[forecast.LEVELS.index(level)]) for level in (0.1, 0.5, 0.9)]


def run_quantiles(given: Given, lines: Lines) -> None:
    errors = np.array([float(text) for text in given["errors"].split()])
    for asked, wanted in lines:
        found = forecast_light.weighted_quantiles(errors, np.array([float(text) for text in asked.split()]))
        assert all(same(value, text) for value, text in zip(outer(found), wanted.split(), strict=True)), asked


def run_light(given: Given, lines: Lines) -> None:
    values = np.array([float(text) for text in given["values"].split()])
    fans = forecast_light.light_fan(values, "year", [int(step) for step, _ in lines])
    for fan, (step, wanted) in zip(fans, lines, strict=True):
        assert all(same(value, text) for value, text in zip(outer(fan), wanted.split(), strict=True)), step


def run_family(given: Given, lines: Lines) -> None:
    for asked, wanted in lines:
        frequency, points = asked.split()
        assert forecast_stack.family_of(frequency, int(points)) == wanted, asked


def run_stacked(given: Given, lines: Lines) -> None:
    fans = {name: curve(*told.split())[None] for name, told in given.items()}
    combined = forecast_stack.combined(np.full(60, 50.0), "month", (3,), fans, with_signs=False)
    for asked, wanted in lines:
        assert same(float(forecast.chance_within(combined, np.array([float(asked)]), np.array([np.inf]))[0]), wanted)


def run_kept(given: Given, lines: Lines) -> None:
    for asked, wanted in lines:
        assert same(forecast_sums.kept_share(np.array([float(text) for text in asked.split()])), wanted), asked


def run_total(given: Given, lines: Lines) -> None:
    for asked, wanted in lines:
        path = np.array([curve("10", width) for width in asked.split()])
        ends = [outer(fan) for fan in forecast_sums.total_of(path, (1, 2, 3))]
        assert all(same((end[2] - end[0]) / 2, text) for end, text in zip(ends, wanted.split(), strict=True)), asked


RUN: Mapping[str, Callable[[Given, Lines], None]] = {
    name.removeprefix("run_"): function
    for name, function in {**globals(), **vars(life_examples), **vars(suspicion_examples)}.items()
    if name.startswith("run_")
}


@pytest.mark.parametrize(
    "example", [text for _, text in EXAMPLES], ids=[f"{page}-{i}" for i, (page, _) in enumerate(EXAMPLES)]
)
def test_a_worked_example_gives_the_result_on_the_page(example: str) -> None:
    kind, *rest = example.strip().splitlines()
    given = dict(line.split(": ", 1) for line in rest if ": " in line and " -> " not in line)
    lines = [tuple(part.strip() for part in line.rsplit("->", 1)) for line in rest if "->" in line]
    result = [line for line in rest if ": " not in line and "->" not in line]
    if result:
        given["result"] = result[0]
    assert lines or result, "An example without a result shows nothing."
    RUN[kind](given, lines)  # type: ignore[arg-type]


def test_every_page_of_the_method_has_examples() -> None:
    pages = {page for page, _ in EXAMPLES}
    assert pages == {page.stem for page in FOLDER.glob("*.md")} - {"formula", "wording"}
    assert len(EXAMPLES) >= 40


def test_every_explanation_leads_to_a_heading_of_the_method() -> None:
    named = {
        node.args[0].value
        for file in (ROOT / "src" / "sextant").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "method"
        if node.args and isinstance(node.args[0], ast.Constant)
    }
    assert {"process-limits", "assurance", "status", "score", "targets", "freshness", "trust"} <= named
    assert {"progress", "pace", "key-result-status", "three-truths", "roll-up"} <= named
    shown = "".join(
        help_pages.to_html(page.name, page.file.read_text(encoding="utf-8"))
        for name, page in help_pages.pages().items()
        if name.startswith("method/")
    )
    missing = {anchor for anchor in named if f'id="{anchor}"' not in shown}
    assert not missing


def test_the_table_of_the_status_of_key_results_lists_every_rule() -> None:
    page = (FOLDER / "key-results.md").read_text(encoding="utf-8")
    missing = [rule for rule in (*pace.STATUS_OF_RULE, "key-result-stale") if f"`{rule}`" not in page]
    assert not missing
    assert all(f"`{rule}`" in page for rule in truths.FORMULAS if rule.startswith("reported-"))


def test_the_table_of_trust_lists_every_reason_with_its_points() -> None:
    table = (FOLDER / "trust.md").read_text(encoding="utf-8")
    for key, points in trust.WEIGHTS.items():
        row = re.search(rf"^\| {key} \| ([^|]+) \|", table, re.MULTILINE)
        assert row, key
        assert row[1].startswith(str(points)), key
