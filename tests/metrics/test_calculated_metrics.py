import math

import pytest

from sextant.calc.periods import Frequency
from sextant.core.errors import Refused
from sextant.metrics.commands import change_definition
from sextant.metrics.queries.series import series_many, series_of
from sextant.metrics.queries.standpoint import standpoint
from tests.make import admin, make_metric, monthly, record_values
from tests.world import World

pytestmark = pytest.mark.django_db


def test_a_quarterly_margin_is_a_ratio_of_sums(world: World) -> None:
    make_metric("cost")
    make_metric("revenue")
    margin = make_metric(
        "margin", formula="1 - sum([cost]) / sum([revenue])", unit="number", frequency="quarter", aggregation="last"
    )
    record_values("cost", monthly(2024, [10, 20, 60]))
    record_values("revenue", monthly(2024, [100, 100, 100]))
    assert series_of(margin, standpoint()).values.tolist() == [pytest.approx(1 - 90 / 300)]
    record_values("cost", {"2024-03": 30})
    assert series_of(margin, standpoint()).values.tolist() == [pytest.approx(1 - 60 / 300)]


def test_a_missing_input_is_no_data(world: World) -> None:
    make_metric("cost")
    make_metric("revenue")
    margin = make_metric("margin", formula="1 - [cost] / [revenue]", unit="number", aggregation="last")
    record_values("cost", monthly(2024, [10, 20]))
    record_values("revenue", {"2024-01": 100, "2024-03": 0})
    series = series_of(margin, standpoint())
    assert series.values[0] == pytest.approx(0.9)
    assert math.isnan(series.values[1])
    assert series.reasons[1] == "missing-input:revenue"


def test_a_percentage_of_its_parts_is_weighted_in_coarser_periods(world: World) -> None:
    within = make_metric("within-4h")
    total = make_metric("attendances")
    share = make_metric("share-within-4h", unit="percent", aggregation="ratio", numerator=within, denominator=total)
    record_values(within, monthly(2024, [90, 10, 0]))
    record_values(total, monthly(2024, [100, 100, 800]))
    months = series_of(share, standpoint())
    quarters = series_of(share, standpoint(), grain=Frequency.QUARTER)
    assert months.values.tolist() == [90, 10, 0]
    assert quarters.values.tolist() == [10]


def test_six_units_make_a_user_weighted_total(world: World) -> None:
    users = make_metric("users")
    active = make_metric("active-users")
    total = make_metric(
        "adoption", formula="100 * total([active-users]) / total([users])", unit="percent", aggregation="last"
    )
    for number in range(6):
        unit = {"unit": f"Unit {number}"}
        make_metric(f"users-{number}", part_of=users, slice=unit)
        make_metric(f"active-{number}", part_of=active, slice=unit)
        record_values(f"users-{number}", {"2024-01": 100 if number else 500})
        record_values(f"active-{number}", {"2024-01": 50 if number else 500})
    assert series_of(total, standpoint()).values.tolist() == [75]


def test_a_circle_of_formulas_is_refused_with_its_path(world: World) -> None:
    make_metric("a")
    make_metric("b", formula="[a] + 1")
    a = make_metric("c", formula="[b] * 2")
    with pytest.raises(Refused) as refused:
        change_definition(
            admin(), a, number=1, description="", how_measured="", formula="[c] + 1", reason="try a circle"
        )
    assert refused.value.problems[0].key == "formula-cycle"
    assert "c → c" in refused.value.problems[0].message


def test_a_new_formula_holds_from_its_period_on(world: World) -> None:
    make_metric("a")
    double = make_metric("double", formula="[a] * 2")
    record_values("a", monthly(2024, [1, 1, 1, 1]))
    february = series_of(double, standpoint()).starts[2]
    change_definition(
        admin(), double, number=1, description="", how_measured="", formula="[a] * 3", reason="tripled",
        valid_from=int(february),
    )  # fmt: skip
    assert series_of(double, standpoint()).values.tolist() == [2, 2, 3, 3]


def test_many_series_need_a_fixed_number_of_statements(world: World, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    metrics = [make_metric(f"m{number}") for number in range(12)]
    for metric in metrics:
        record_values(metric, monthly(2026, [1, 2]))
    point = standpoint()
    with django_assert_max_num_queries(2):
        series_many(metrics, point, newest=104)
