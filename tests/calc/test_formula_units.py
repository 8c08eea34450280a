"""The unit of a result follows from the units of the inputs."""

from __future__ import annotations

import pytest

from sextant.calc.formula import FormulaError, parse, units

UNITS = {
    "cost": "currency:EUR", "income": "currency:EUR", "fee": "currency:USD", "visits": "count", "staff": "count",
    "wait": "duration:s", "share": "percent", "rate": "percent", "index": "number", "stars": "rating", "blank": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("cost", "currency:EUR"),
        ("-cost", "currency:EUR"),
        ("income - cost", "currency:EUR"),
        ("cost / visits", "currency:EUR/count"),
        ("cost / visits / wait", "currency:EUR/count*duration:s"),
        ("cost / visits * visits", "currency:EUR"),
        ("visits / wait * 60", "count/duration:s"),
        ("1 / wait", "1/duration:s"),
        ("1 - sum(cost) / sum(income)", "number"),
        ("100 * (1 - sum(cost) / sum(income))", "percent"),
        ("100 * sum(visits) / sum(staff)", "percent"),
        ("sum(visits) / sum(staff) * 100", "percent"),
        ("visits / staff / 0.01", "percent"),
        ("visits / (0.01 * staff)", "percent"),
        ("100 * visits", "count"),
        ("100 * 100 * visits / staff", "number"),
        ("share / rate", "number"),
        ("share / 100", "number"),
        ("share * visits / 100", "count"),
        ("share * 0.01 * cost", "currency:EUR"),
        ("share * rate / 100", "percent"),
        ("share * visits", "count*percent"),
        ("share - rate", "percent"),
        ("100 * visits / staff - share", "percent"),
        ("100 - share", "percent"),
        ("share + 5", "percent"),
        ("5 + 5", "number"),
        ("index + visits", "count"),
        ("visits + index", "count"),
        ("visits + visits / staff", "count"),
        ("visits ^ 2", "count^2"),
        ("1 / wait ^ 2", "1/duration:s^2"),
        ("visits ^ 0.5", "unknown"),
        ("index ^ 0.5", "number"),
        ("2 ^ 3 + cost", "currency:EUR"),
        ("blank", "unknown"),
        ("nowhere + cost", "unknown"),
        ("cost + nowhere", "unknown"),
        ("cost * nowhere", "unknown"),
        ("nowhere / cost", "unknown"),
        ("nowhere ^ 2", "unknown"),
        ("if(cost > 0, visits, 0)", "count"),
        ("if(wait > 3600, share, rate)", "percent"),
        ("default(cost, 0)", "currency:EUR"),
        ("min(cost, income, 5)", "currency:EUR"),
        ("previous(share) - share", "percent"),
        ("rolling(cost, 3, mean)", "currency:EUR"),
        ("cumulative(visits)", "count"),
        ("rolling(share, 3, max)", "percent"),
        ("max(share)", "percent"),
        ("total(visits)", "count"),
        ("round(abs(wait))", "duration:s"),
        ("mean(stars)", "rating"),
    ],
)
def test_the_unit_is_inferred(text: str, unit: str) -> None:
    assert units(parse(text), UNITS) == unit


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("cost + visits", 5),
        ("cost - fee", 5),
        ("share + index", 6),
        ("share + visits / staff", 6),
        ("1 + (cost - wait)", 10),
        ("if(cost > visits, 1, 2)", 8),
        ("if(cost > 0, cost, visits)", 0),
        ("2 * default(cost, visits)", 4),
        ("min(cost, 5, visits)", 0),
        ("stars + visits", 6),
    ],
)
def test_units_that_do_not_add_are_refused(text: str, position: int) -> None:
    with pytest.raises(FormulaError, match="cannot be added") as caught:
        units(parse(text), UNITS)
    assert (caught.value.key, caught.value.position) == ("units-do-not-add", position)


@pytest.mark.parametrize(
    "text",
    ["sum(share)", "mean(share)", "1 * mean(100 * visits / staff)", "rolling(share, 3)", "rolling(share, 3, mean)",
     "cumulative(share)"],
)  # fmt: skip
def test_percentages_are_not_added_or_averaged_over_time(text: str) -> None:
    with pytest.raises(FormulaError, match="from the parts") as caught:
        units(parse(text), UNITS)
    assert caught.value.key == "percent-needs-parts"
