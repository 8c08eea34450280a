"""Drafts between reading and confirming: kept as JSON beside the staging file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sextant.calc.periods import Frequency, Period
from sextant.exchange.understanding import MetricDraft, TargetDraft

_TIMES = ("period", "valid_from", "aim_by")


def write_drafts(path: Path, drafts: Sequence[MetricDraft]) -> None:
    path.write_text(json.dumps([asdict(draft) for draft in drafts], ensure_ascii=False), encoding="utf-8")


def read_drafts(path: Path) -> list[MetricDraft]:
    return [_draft(fields) for fields in json.loads(path.read_text(encoding="utf-8"))]


def _draft(fields: dict[str, Any]) -> MetricDraft:
    fields["targets"] = [_target(target) for target in fields["targets"]]
    return MetricDraft(**fields)


def _target(fields: dict[str, Any]) -> TargetDraft:
    for name in _TIMES:
        if fields[name] is not None:
            period = fields[name]
            fields[name] = Period(**{**period, "frequency": Frequency(period["frequency"])})
    return TargetDraft(**fields)
