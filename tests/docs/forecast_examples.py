"""Runs the worked examples on the page about forecasts."""

from __future__ import annotations

from typing import Any

import numpy as np

from sextant.calc import forecast, forecast_light, forecast_moves, forecast_stack, forecast_sums
from tests.docs.printed import Given, Lines, same


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


def run_errors(given: Given, lines: Lines) -> None:
    errors = np.array([float(text) for text in given["errors"].split()])
    for asked, wanted in lines:
        found = forecast_light.error_quantiles(errors, np.ones(len(errors)), int(asked))
        assert all(same(value, text) for value, text in zip(outer(found), wanted.split(), strict=True)), asked


def run_moves(given: Given, lines: Lines) -> None:
    values = np.array([float(text) for text in given["values"].split()])
    for asked, wanted in lines:
        name, step = asked.split()
        found = forecast_moves.moves_fans(values, "quarter", [int(step)])[name][0]
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
