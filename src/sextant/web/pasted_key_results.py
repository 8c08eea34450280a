"""Key results pasted as lines: a title and, where they are said, baseline and target."""

from __future__ import annotations

import re
from typing import Any

from sextant.calc.numbers import NumberFormat, read_number, read_unit
from sextant.calc.wording_rewording import figures_of

LIST_MARK = re.compile(r"^\s*(?:[-*•–]|\(?\d{1,2}[.)]|KR\s?\d*[:.)]?)\s+", re.IGNORECASE)
CELLS = re.compile(r"\s*(?:\||\t)\s*")


def rows_of(text: str) -> list[dict[str, Any]]:
    """The arguments of `create_key_result` for each line: "Waiting time | 60 | 20", or the figures in the title."""
    return [_row(line) for line in text.splitlines() if line.strip()]


def _row(line: str) -> dict[str, Any]:
    title, *cells = CELLS.split(LIST_MARK.sub("", line).strip())
    figures = [_figure(cell) for cell in cells[:2]]
    said = dict(figures_of(title))
    own = {name: said.pop(name) for name in ("unit", "direction") if name in said}
    terms: dict[str, Any] = {name: said[name] for name in ("baseline", "target", "relative", "amount") if name in said}
    if any(figure is not None for figure in figures):
        names = ("baseline", "target") if len(figures) == 2 else ("target",)
        terms = dict(zip(names, figures, strict=True))
        own = {}
        if terms.get("baseline") is not None and terms.get("target") is not None:
            own["direction"] = "down" if terms["target"] < terms["baseline"] else "up"
        unit = next((found for cell in cells if (found := read_unit(cell.lstrip("0123456789.,- ")))), None)
        own |= {"unit": unit} if unit else {}
    terms["baseline_from_series"] = terms.get("baseline") is None and bool(terms)
    return {"title": title[:500], "own_metric": own, "terms": terms}


def _figure(cell: str) -> float | None:
    reading = read_number(cell, NumberFormat())
    return reading.value if reading.kind == "number" else None


def typed_rows(text: str) -> list[dict[str, str]]:
    """The same as a form holds it."""
    rows = []
    for row in rows_of(text):
        terms, own = row["terms"], row["own_metric"]
        values = {"title": row["title"], "kind": "metric", **{name: str(value) for name, value in own.items()}}
        for name in ("baseline", "low", "high"):
            values[name] = _typed(terms.get(name))
        values["relative"] = terms.get("relative") or ""
        values["target"] = _typed(terms.get("amount") if values["relative"] else terms.get("target"))
        values["baseline_from_series"] = "on" if terms["baseline_from_series"] else ""
        rows.append(values)
    return rows


def _typed(value: float | None) -> str:
    return "" if value is None else f"{value:.15g}"
