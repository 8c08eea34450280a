"""Runs the worked examples on the page about the life of a KPI."""

from __future__ import annotations

from sextant.calc import promotion
from sextant.calc.periods import Frequency, hour_of, moment_of, parse_period
from sextant.calc.promotion_advice import countable_periods
from tests.docs.printed import Given, Lines

WEEK = 168
VERDICTS = {"m": promotion.MET, "s": promotion.SHORT, "x": promotion.MISSED, "-": promotion.NONE}


def run_life(given: Given, lines: Lines) -> None:
    """One look after each week; `promote` lies between two of them. Weeks of `adverse` and `ends` count from there."""
    for weeks, wanted in lines:
        life, periods, told, adverse = promotion.Life(), [], [], []
        for word in weeks.split():
            start = len(periods) * WEEK
            if word == "promote":
                last = int(given["ends"]) * WEEK + start if "ends" in given else None
                life = promotion.Life(promotion.PROMOTED, start, last, 1)
                if "adverse" in given:
                    first, newest = (start + (int(week) - 1) * WEEK for week in given["adverse"].split())
                    adverse = [promotion.Adverse(first, newest, False)]
                told.append("promoted")
                continue
            periods.append(promotion.Seen(start, start + WEEK, VERDICTS[word]))
            found = promotion.steps(
                life, promotion.Look(tuple(periods), tuple(adverse), start + WEEK), promotion.Policy()
            )
            life = promotion.replay([life, *[step.after for step in found]])
            told.append(found[-1].kind if found else "–")
        assert told == wanted.split(), weeks


def run_watch_end(given: Given, lines: Lines) -> None:
    for asked, wanted in lines:
        day, length = asked.split(", ")
        ends = promotion.watch_end(start_of(day), int(length.split()[0]) * 24, Frequency(given["frequency"]))
        assert moment_of(ends).date().isoformat() == wanted, asked


def run_graduation(given: Given, lines: Lines) -> None:
    for asked, wanted in lines:
        periods, limits = asked.split(", ")
        offer = promotion.graduation([VERDICTS[word] for word in periods.split()], limits)
        assert (offer.rule or "none") == wanted, asked


def run_countable_periods(given: Given, lines: Lines) -> None:
    for asked, wanted in lines:
        days, frequency, late = asked.split(", ")
        first, last = days.split(" to ")
        entry = promotion.Entry(
            start_of(first), start_of(last) + 24, Frequency(frequency), None, "up",
            arrives_after=int(late.split()[0]) * 24,
        )  # fmt: skip
        assert countable_periods(entry) == int(wanted), asked


def start_of(day: str) -> int:
    return hour_of(parse_period(day).first_day)
