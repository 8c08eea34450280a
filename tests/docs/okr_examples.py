"""Runs the worked examples on the pages about objectives, key results and cycles."""

from __future__ import annotations

from sextant.calc import pace, planning, progress, rollup, truths
from tests.docs.printed import Given, Lines, figure, pairs_of, same


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
