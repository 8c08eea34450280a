"""The figures of thousands of key results and objectives worked out together, by the same functions of `calc`.

A standing works its figures out one by one when asked for them. On a board of thousands, those of plain key results
(a metric, a baseline, a target) are put in before anybody asks, and the roll-up of all objectives is one pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sextant.calc.freshness import freshness
from sextant.calc.pace import STATUSES, elapsed_share, key_result_status_many, with_freshness
from sextant.calc.periods import Frequency
from sextant.calc.progress import progress_many
from sextant.calc.rollup import MODES, Forest, RolledMany, status_codes
from sextant.forecasts.queries.chances import shares
from sextant.okrs.queries.chances import chances_of

if TYPE_CHECKING:
    from sextant.okrs.queries.key_results import KeyResultStanding
    from sextant.okrs.queries.standing import Board

LEAST = 60
"""Fewer key results than this are worked out one by one."""
EMPTY: tuple[object, ...] = ("[]", [], None)


def work_out(board: Board) -> None:
    """Put the figures of plain key results into their standings."""
    plain: list[KeyResultStanding] = []
    others: list[KeyResultStanding] = []
    for one in board.key_results.values():
        if one.kind == "metric":
            (plain if _is_plain(one) else others).append(one)
    if others:
        for pk, chance in chances_of(others, board.point).items():
            board.key_results[pk].__dict__["chance"] = chance.share
    if not plain:
        return
    read = [(one.facts.latest, one.facts.terms[0]) for one in plain]
    figures = np.array(
        [(None if latest is None else latest[0], terms.baseline, terms.target) for latest, terms in read],
        dtype=np.float64,
    )
    elapsed = _elapsed(board.now, plain)
    reached = progress_many(figures[:, 0], figures[:, 1], figures[:, 2])
    likely = _chances(board, plain, figures)
    codes = key_result_status_many(reached, elapsed, elapsed, likely)
    known = np.isfinite(reached).tolist()
    shares = [None if share != share else share for share in likely.tolist()]
    each = zip(plain, reached.tolist(), known, elapsed, codes.tolist(), _ages(board, plain), shares, strict=True)
    statuses: dict[tuple[str, str], str] = {}
    for one, share, is_known, gone, code, age, likelihood in each:
        computed = STATUSES[code]
        pair = (computed, age)
        if pair not in statuses:
            statuses[pair] = with_freshness(computed, age)
        is_closed = one.facts.objective.state == "closed"
        one.__dict__.update(
            progress=share if is_known else None, elapsed=gone, expected=gone, freshness=age, computed=computed,
            status=computed if is_closed else statuses[pair], chance=likelihood,
        )  # fmt: skip


def _chances(board: Board, plain: Sequence[KeyResultStanding], figures: NDArray[np.float64]) -> NDArray[np.float64]:
    """The chance of each, nan where there is none, without an object for each; asked as `chances.ask_of` asks."""
    found = np.full(len(plain), np.nan)
    places = [place for place, one in enumerate(plain) if one.facts.objective.state != "closed"]
    metrics = [metric for place in places if (metric := plain[place].facts.metric) is not None]
    ends = _ends([plain[place] for place in places])
    targets, baselines = figures[places, 2], figures[places, 1]
    is_down = np.array([metric.direction == "down" for metric in metrics], dtype=bool)
    is_up = np.where(targets == baselines, ~is_down, targets > baselines)
    found[places] = shares([metric.id for metric in metrics], targets, is_up, ends, board.point)
    return found


def _ends(plain: Sequence[KeyResultStanding]) -> list[int]:
    """The hour after the last day of each; most key results share it."""
    known: dict[tuple[object, ...], int] = {}
    found = []
    for one in plain:
        days = (one.facts.row.due_on, one.facts.objective.ends_on)
        if days not in known:
            known[days] = one.end or 0
        found.append(known[days])
    return found


def _is_plain(one: KeyResultStanding) -> bool:
    facts = one.facts
    row, objective = facts.row, facts.objective
    if row.kind != "metric" or len(facts.terms) != 1 or facts.metric is None or row.reading == "total":
        return False
    if not (row.starts_on or objective.starts_on) or not (row.due_on or objective.ends_on):
        return False
    terms = facts.terms[0]
    if terms.baseline is None or terms.target is None or terms.relative:
        return False
    return terms.checkpoints in EMPTY and terms.plan in EMPTY


def _elapsed(now: int, plain: Iterable[KeyResultStanding]) -> list[float]:
    """The share of its time that has gone by, for each; most key results share their days."""
    known: dict[tuple[object, ...], float] = {}
    found = []
    for one in plain:
        row, objective = one.facts.row, one.facts.objective
        days = (row.starts_on, row.due_on, objective.starts_on, objective.ends_on)
        if days not in known:
            known[days] = elapsed_share(now, one.start or 0, one.end or 0)
        found.append(known[days])
    return found


def _ages(board: Board, plain: Iterable[KeyResultStanding]) -> list[str]:
    """How old the data of each are."""
    known: dict[tuple[object, ...], str] = {}
    found = []
    for one in plain:
        latest, metric = one.facts.latest, one.facts.metric
        assert metric is not None
        end = None if latest is None else latest[2]
        key = (end, metric.frequency, metric.grace_days, metric.year_start_month)
        if key not in known:
            now = board.now if metric.frequency != "hour" else board.now_utc
            calendar = board.calendar_of(metric)
            known[key] = freshness(end, now, Frequency(metric.frequency), metric.grace_days, calendar)
        found.append(known[key])
    return found


def roll_up_all(board: Board, counted_states: Sequence[str]) -> tuple[dict[int, int], RolledMany]:
    """The roll-up of every objective of the board that has no person's word on or below it: places by id, and what
    they come to. Raises OwnDescendantError for a circle."""
    ids = list(board.objectives)
    places = {pk: place for place, pk in enumerate(ids)}
    parents, links = [-1] * len(ids), [1.0] * len(ids)
    for child, link in board.parents.items():
        place, above = places.get(child), places.get(link.parent_id)
        if place is not None and above is not None and board.objectives[child].state in counted_states:
            parents[place], links[place] = above, link.weight
    modes = [MODES.index(one.row.rollup) for one in board.objectives.values()]
    parts = [one for one in board.key_results.values() if one.is_published]
    forest = Forest(
        parents, modes, links,
        owners=[places[one.facts.row.objective_id] for one in parts],
        progress=np.array([one.progress for one in parts], dtype=np.float64),
        weights=[one.weight for one in parts],
        statuses=status_codes([one.status for one in parts]),
        guardrails=[one.kind == "guardrail" for one in parts],
    )  # fmt: skip
    return places, forest.rolled
