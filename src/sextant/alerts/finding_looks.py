"""Looking at what the one judge of a series found: deviations that are still open, and values that stand out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sextant.alerts.looks import NOTHING_TO_SEE, Look
from sextant.calc.episodes import CLEAR, HOLDS, Check
from sextant.calc.findings import Detection, Finding
from sextant.metrics.models import Metric
from sextant.metrics.queries.findings import BLOCK, HISTORY, findings
from sextant.metrics.queries.series import Series, series_many
from sextant.metrics.queries.standpoint import Standpoint

Corrected = tuple[tuple[int, int, float | None], ...]
READ = HISTORY + BLOCK + 32  # what is longer ago is not judged; a little more for values that come late
ADVERSE = {"up": ("below",), "down": ("above",), "within": ("above", "below")}


@dataclass(frozen=True, slots=True)
class Judged:
    """A series, and how the detector judged its complete periods."""

    series: Series
    detection: Detection


def judge(metrics: Sequence[Metric], point: Standpoint, budgets: Mapping[int, float]) -> dict[int, Judged]:
    """What the detector says of each metric, by its id, with a fixed number of statements."""
    series = series_many(metrics, point, newest=READ)
    found = findings(metrics, point, budgets=budgets, series=series)
    return {metric_id: Judged(series[metric_id], detection) for metric_id, detection in found.items()}


def look_at_deviation(judged: Judged, direction: str, side: str, corrected: Corrected) -> Look:
    """The look of `deviation`: the newest deviation, while the newest values still show it."""
    return _look(judged, "deviation", direction, side, corrected)


def look_at_unusual(judged: Judged, direction: str, side: str, corrected: Corrected) -> Look:
    """The look of `unusual`: the newest value, where it stands out by itself."""
    return _look(judged, "unusual", direction, side, corrected)


def _look(judged: Judged, kind: str, direction: str, side: str, corrected: Corrected) -> Look:
    latest = judged.series.latest
    if latest is None or not judged.detection.enough_history:
        return NOTHING_TO_SEE
    heard = ADVERSE[direction] if side == "adverse" else ("above", "below")
    newest = newest_of(judged.detection.findings, kind)
    holds = newest is not None and (newest.found == latest if kind == "unusual" else newest.is_open)
    place = int(judged.series.starts[latest])
    if newest is None or not holds or newest.side not in heard:
        quiet = latest - newest.last if newest is not None and not holds else latest + 1
        return Look(Check(CLEAR, max(1, quiet), 0, place), {"start": place}, corrected)
    evidence = _evidence(judged.series, newest, newest.side in ADVERSE[direction])
    since = evidence["since"]
    assert isinstance(since, int)
    return Look(Check(HOLDS, 1, 0, place, since), evidence, corrected)


def newest_of(found: Sequence[Finding], kind: str) -> Finding | None:
    """The newest finding of this kind; `found` is oldest first."""
    return next((one for one in reversed(found) if one.kind == kind), None)


def _evidence(series: Series, finding: Finding, is_adverse: bool) -> dict[str, object]:
    """What was found, in hours instead of indexes."""
    return {
        "since": int(series.starts[finding.first]), "found": int(series.starts[finding.found]),
        "start": int(series.starts[finding.last]), "side": finding.side, "expected": finding.expected,
        "actual": finding.actual, "gap": finding.gap, "relative": finding.relative, "surprise": finding.surprise,
        "is_adverse": is_adverse,
    }  # fmt: skip
