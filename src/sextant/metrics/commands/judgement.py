"""Recorded judgements about a metric's chart: markers, and how its normal range is found."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from sextant.calc.limits import process_chart
from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.checking import A_TEXT, checked_text
from sextant.core.errors import refuse
from sextant.core.writing import writing
from sextant.metrics.commands.metrics import announce_metric
from sextant.metrics.limit_settings import as_limit_settings
from sextant.metrics.models import DetectionSetting, Marker, Metric

LIMIT_FIELDS = frozenset(
    {
        *(
            "dividers",
            "locked_from",
            "locked_to",
            "typed",
            "season_length",
            "seasonal_factors",
            "season_kind",
            "sloped",
        ),
        "rejected",  # start hours of findings a person looked at and found to be no change
    }
)
LONGEST_SEASON = 366


def add_marker(actor: Actor, metric: Metric, *, start: int, label: str, kind: str = "event") -> Marker:
    """Put a dated note on the metric's chart. `start` in calendar hours."""
    access.require("metric", actor, "record", metric)
    if not label.strip():
        raise refuse("label-missing", "Say in a few words what happened.", "label")
    with writing():
        marker = Marker.objects.create(
            metric=metric,
            start=start,
            label=label.strip()[:200],
            kind=kind,
            author=actor.label,
            known_at=clock.now(),
        )
        announce_metric(actor, "marker.added", metric, label=marker.label)
    return marker


def remove_marker(actor: Actor, metric: Metric, marker_id: int) -> None:
    access.require("metric", actor, "record", metric)
    with writing():
        marker = metric.markers.filter(pk=marker_id, superseded_at=None).first()
        if marker is None:
            raise refuse("unknown-marker", "This mark is no longer on the chart.")
        marker.superseded_at = clock.now()
        marker.save(update_fields=["superseded_at"])
        announce_metric(actor, "marker.removed", metric, label=marker.label)


def choose_limits(actor: Actor, metric: Metric, *, limits: Mapping[str, Any], reason: str) -> DetectionSetting:
    """Set dividers, locked or typed limits, season or slope. An empty mapping goes back to computed limits.

    `limits` holds the fields of `calc.limits.LimitSettings` that differ from the default; times in calendar hours.
    Findings that were rejected stay so unless `limits` says otherwise.
    """
    access.require("metric", actor, "change", metric)
    unknown = set(limits) - LIMIT_FIELDS
    if unknown:
        raise refuse("unknown-field", f"There is no setting '{sorted(unknown)[0]}' for limits.", sorted(unknown)[0])
    missing = "Say why: changing limits is a judgement that is kept."
    reason = checked_text(reason, "reason", missing=missing, most=A_TEXT)
    _check_typed(limits.get("typed"))
    _check_drawable(limits)
    with writing():
        now = clock.now()
        standing = metric.detection_settings.filter(superseded_at=None).first()
        before = [] if standing is None else standing.limits.get("rejected", [])
        rejected = limits.get("rejected", before)
        chosen = {name: value for name, value in limits.items() if name != "rejected"}
        metric.detection_settings.filter(superseded_at=None).update(superseded_at=now)
        setting = DetectionSetting.objects.create(
            metric=metric,
            limits=chosen | ({"rejected": rejected} if rejected else {}),
            reason=reason,
            author=actor.label,
            known_at=now,
        )
        announce_metric(actor, "detection.changed", metric, reason=setting.reason)
    return setting


def confirm_baseline(actor: Actor, metric: Metric, start: int, *, reason: str) -> DetectionSetting:
    """What a finding shows is the new normal: from `start` (calendar hours) on the metric is judged by itself."""

    def changed(limits: dict[str, Any]) -> None:
        limits["dividers"] = sorted({*limits.get("dividers", ()), start})
        _leave_out(limits, "rejected", start)

    return _judge(actor, metric, changed, reason)


def reject_finding(actor: Actor, metric: Metric, start: int, *, reason: str) -> DetectionSetting:
    """A finding that begins at `start` (calendar hours) is no change: it is not raised again."""

    def changed(limits: dict[str, Any]) -> None:
        limits["rejected"] = sorted({*limits.get("rejected", ()), start})
        _leave_out(limits, "dividers", start)

    return _judge(actor, metric, changed, reason)


def reopen_finding(actor: Actor, metric: Metric, start: int, *, reason: str) -> DetectionSetting:
    """Take back what was said of the finding that begins at `start`."""

    def changed(limits: dict[str, Any]) -> None:
        _leave_out(limits, "dividers", start)
        _leave_out(limits, "rejected", start)

    return _judge(actor, metric, changed, reason)


def _leave_out(limits: dict[str, Any], name: str, start: int) -> None:
    if name in limits:
        limits[name] = [hour for hour in limits[name] if hour != start]


def _judge(actor: Actor, metric: Metric, change: Callable[[dict[str, Any]], None], reason: str) -> DetectionSetting:
    """The standing settings with one change; the rest of them stays."""
    access.require("metric", actor, "change", metric)
    with writing():
        standing = metric.detection_settings.filter(superseded_at=None).first()
        limits = dict(standing.limits) if standing is not None else {}
        limits.setdefault("rejected", [])
        change(limits)
        return choose_limits(actor, metric, limits=limits, reason=reason)


def _check_typed(typed: Mapping[str, float | None] | None) -> None:
    if not typed:
        return
    lower, centre, upper = (typed.get(name) for name in ("lower", "centre", "upper"))
    given = [value for value in (lower, centre, upper) if value is not None]
    if not all(math.isfinite(value) for value in given):
        raise refuse("not-finite", "A limit is a finite number.", "typed")
    if given != sorted(given):
        raise refuse(
            "limits-crossed",
            "The lower limit lies below the centre, and the centre below the upper one.",
            "typed",
        )


def _check_drawable(limits: Mapping[str, Any]) -> None:
    """Draw a made-up chart with the settings: what can't be drawn is not stored."""
    length = limits.get("season_length", 0)
    if not isinstance(length, int) or not 0 <= length <= LONGEST_SEASON:
        raise refuse("bad-season", f"A season has up to {LONGEST_SEASON} periods.", "season_length")
    factors = list(limits.get("seasonal_factors", ()))
    if factors and (len(factors) != length or not all(math.isfinite(factor) for factor in factors)):
        message = f"A season of {length} periods has {length} finite factors; {len(factors)} were given."
        raise refuse("bad-season", message, "seasonal_factors")
    days = range(3 * max(length, 8))
    try:
        process_chart([24 * day for day in days], [float(day % 7) for day in days], as_limit_settings(limits))
    except (TypeError, ValueError) as error:
        raise refuse(getattr(error, "key", "limits-unusable"), f"The limits can't be drawn so: {error}") from error
