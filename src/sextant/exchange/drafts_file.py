"""Drafts between reading and confirming: kept beside the staging file, one JSON object per line."""

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
    with path.open("w", encoding="utf-8") as file:
        for draft in drafts:
            file.write(json.dumps(asdict(draft), ensure_ascii=False) + "\n")


def read_drafts(path: Path) -> list[MetricDraft]:
    with path.open(encoding="utf-8") as file:
        return [_draft(json.loads(line)) for line in file]


def _draft(fields: dict[str, Any]) -> MetricDraft:
    fields["targets"] = [_target(target) for target in fields["targets"]]
    return MetricDraft(**fields)


def _target(fields: dict[str, Any]) -> TargetDraft:
    for name in _TIMES:
        if fields[name] is not None:
            period = fields[name]
            fields[name] = Period(**{**period, "frequency": Frequency(period["frequency"])})
    return TargetDraft(**fields)
