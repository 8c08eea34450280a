"""A block copied from a spreadsheet as cells with a KPI and a period: by its headings where it has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sextant.calc.periods import PeriodError, parse_period
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.kpis.queries.lists import DueEntry


@dataclass(frozen=True, slots=True)
class PastedCell:
    metric: str
    period: str
    value: str


@dataclass(frozen=True, slots=True)
class Pasted:
    """The cells that have a place, and the lines that have none."""

    cells: list[PastedCell]
    unread: list[str]


def read_pasted(actor: Actor, text: str, entries: Sequence[DueEntry]) -> Pasted:
    """Three shapes: a heading of periods with a KPI per line; "KPI, period, value" or "KPI, value" per line; or bare
    values, one per waiting KPI in the order shown. Without a period it is the one the KPI waits for.
    """
    lines = [(line, _cells(line)) for line in text.splitlines() if line.strip()]
    if not lines:
        return Pasted([], [])
    if all(len(cells) == 1 for _line, cells in lines):
        return _bare([cells[0] for _line, cells in lines], entries)
    heading = [_as_period(cell) for cell in lines[0][1][1:]]
    if heading and all(heading):
        periods = [period for period in heading if period]
        return _block(actor, lines[1:], periods)
    return _listed(actor, lines, entries)


def _cells(line: str) -> list[str]:
    mark = next((mark for mark in ("\t", ";", "|") if mark in line), "\t")
    return [cell.strip().strip('"') for cell in line.strip("\r\n").split(mark)]


def _as_period(text: str) -> str:
    """The text, when it names a period by more than a bare number."""
    try:
        parse_period(text)
    except PeriodError:
        return ""
    return text


def _keys(actor: Actor, names: Sequence[str]) -> dict[str, str]:
    """Metric key by the name or key of a visible KPI; names borne by two are left out, never guessed."""
    found: dict[str, set[str]] = {}
    for key, name, metric_key in (
        visible("kpi", actor).filter(archived_at=None).values_list("key", "metric__name", "metric__key")
    ):
        for known in (key, name.casefold()):
            found.setdefault(known, set()).add(metric_key)
    return {
        name: next(iter(hits))
        for name in names
        if len(hits := found.get(name) or found.get(name.casefold(), set())) == 1
    }


def _bare(values: Sequence[str], entries: Sequence[DueEntry]) -> Pasted:
    cells = [
        PastedCell(entry.metric_key, entry.period, value)
        for entry, value in zip(entries, values, strict=False)
        if value
    ]
    return Pasted(cells, list(values[len(entries) :]))


def _block(actor: Actor, lines: Sequence[tuple[str, list[str]]], periods: Sequence[str]) -> Pasted:
    keys = _keys(actor, [cells[0] for _line, cells in lines])
    found, unread = [], []
    for line, cells in lines:
        if cells[0] not in keys:
            unread.append(line)
            continue
        found += [
            PastedCell(keys[cells[0]], period, value)
            for period, value in zip(periods, cells[1:], strict=False)
            if value
        ]
    return Pasted(found, unread)


def _listed(actor: Actor, lines: Sequence[tuple[str, list[str]]], entries: Sequence[DueEntry]) -> Pasted:
    keys = _keys(actor, [cells[0] for _line, cells in lines])
    waiting = {entry.metric_key: entry.period for entry in entries}
    found, unread = [], []
    for line, cells in lines:
        key = keys.get(cells[0], "")
        period = cells[1] if len(cells) > 2 else waiting.get(key, "")
        value = cells[2] if len(cells) > 2 else cells[-1]
        if not key or not period or not value:
            unread.append(line)
        else:
            found.append(PastedCell(key, period, value))
    return Pasted(found, unread)
