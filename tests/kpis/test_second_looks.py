"""What is worth a second look at KPIs, each with a fixture that shows it and one that does not (KPI 6, D10)."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sextant.calc.periods import Calendar, parse_period
from sextant.core import clock
from sextant.core.errors import NotAllowed, Refused
from sextant.kpis import second_look_sentences as sentences
from sextant.kpis.commands import set_target
from sextant.kpis.commands.second_looks import explain_second_look, take_back_explanation
from sextant.kpis.models import Kpi
from sextant.kpis.queries.second_looks import SecondLook, second_looks
from sextant.kpis.queries.standing import standings
from sextant.metrics.commands import RawPoint, change_definition, record
from sextant.metrics.queries.standpoint import standpoint
from sextant.people.queries import today
from tests.make import admin, make_kpi, record_values
from tests.world import World

pytestmark = pytest.mark.django_db
LIVELY = [
    round(float(value), 1) for value in 64 + 3 * np.random.default_rng(3).normal(size=24)
]  # no value twice in a row


def months(values: list[float]) -> dict[str, float | str | None]:
    """Values of the newest complete months, the last one last month."""
    last = 12 * today().year + today().month - 2
    first = last - len(values) + 1
    return {f"{at // 12}-{at % 12 + 1:02d}": value for at, value in zip(range(first, last + 1), values, strict=True)}


def typed(kpi: Kpi, values: list[float]) -> None:
    record(admin(), [RawPoint(kpi.metric.key, period, value) for period, value in months(values).items()], kind="form")


def seen(kpi: Kpi) -> list[SecondLook]:
    return second_looks([kpi], standpoint())[kpi.id]


def keys(kpi: Kpi) -> list[str]:
    return [one.key for one in seen(kpi)]


def make_share(key: str = "seen-in-time") -> Kpi:
    return make_kpi(key, unit="percent", aggregation="mean", active=True)


def set_then(kpi: Kpi, days_ago: int, target: float, **when: object) -> None:
    with clock.writing_at(timezone.now() - timedelta(days=days_ago)):
        set_target(admin(), kpi, target=target, **when)  # type: ignore[arg-type]


def test_an_honest_kpi_is_not_worth_a_second_look(world: World) -> None:
    kpi = make_share()
    typed(kpi, LIVELY)
    set_target(admin(), kpi, target=64)
    assert keys(kpi) == []


def test_a_value_typed_four_times_in_a_row_stands_still(world: World) -> None:
    kpi = make_share()
    typed(kpi, [*LIVELY, 64.5, 64.5, 64.5, 64.5])
    [one] = seen(kpi)
    assert (one.key, one.after, one.count, one.is_by_hand) == ("frozen", 64.5, 4, True)
    words = sentences.sentence(one, kpi.metric, Calendar())
    assert words == "The same value, 64.5 %, 4 times in a row, typed in by hand; rounding does not explain it."


def test_the_same_four_values_from_a_machine_are_not_enough_yet(world: World) -> None:
    kpi = make_share()
    record_values(kpi, months([*LIVELY[-14:], 64.5, 64.5, 64.5, 64.5]))
    assert keys(kpi) == []


def test_whole_hundreds_explain_repeats(world: World) -> None:
    kpi = make_share()
    typed(kpi, [100.0 if value > 62 else 95.0 for value in LIVELY] + [100.0] * 4)
    assert keys(kpi) == []


def test_a_series_that_suddenly_hardly_moves_is_too_smooth(world: World) -> None:
    kpi = make_share()
    typed(kpi, [*LIVELY, 64.0, 64.1, 64.3, 64.4, 64.5, 64.7, 64.8, 64.9])
    [one] = seen(kpi)
    assert (one.key, one.count) == ("too-smooth", 8)
    assert "The newest 8 values move by 0.1" in sentences.sentence(one, kpi.metric, Calendar())


def test_a_new_definition_explains_a_smoother_series(world: World) -> None:
    kpi = make_share()
    typed(kpi, [*LIVELY, 64.0, 64.1, 64.3, 64.4, 64.5, 64.7, 64.8, 64.9])
    since = parse_period(next(iter(months([0.0] * 8)))).start
    change_definition(
        admin(), kpi.metric, number=1, description="", how_measured="From the new system.", reason="New system.",
        valid_from=since,
    )  # fmt: skip
    assert keys(kpi) == []


def test_a_target_lowered_when_the_month_is_over_was_eased_late(world: World) -> None:
    kpi = make_share()
    typed(kpi, LIVELY)
    set_then(kpi, 200, 70)
    set_target(admin(), kpi, target=60, reason="It is hard.")
    [one] = seen(kpi)
    assert (one.key, one.before, one.after) == ("target-eased-late", 70, 60)
    assert one.was_known is False  # in this test everything was recorded only now
    assert "from 70 % to the easier 60 %" in sentences.sentence(one, kpi.metric, Calendar())


def test_a_target_set_back_after_the_value_was_known_says_so(world: World) -> None:
    kpi = make_share()
    with clock.writing_at(timezone.now() - timedelta(days=10)):
        typed(kpi, LIVELY)
    set_then(kpi, 200, 70)
    set_target(admin(), kpi, target=60)
    [one] = seen(kpi)
    assert one.was_known
    assert sentences.sentence(one, kpi.metric, Calendar()).endswith("Its value was known by then.")


def test_an_easier_target_for_a_time_to_come_is_planning(world: World) -> None:
    kpi = make_share()
    typed(kpi, LIVELY)
    set_then(kpi, 200, 70)
    ahead = parse_period(f"{today().year + 1}-06").start
    set_target(admin(), kpi, target=60, valid_from=ahead)
    assert keys(kpi) == []


def test_a_harder_target_is_no_easing(world: World) -> None:
    kpi = make_share()
    typed(kpi, LIVELY)
    set_then(kpi, 200, 70)
    set_target(admin(), kpi, target=75)
    assert keys(kpi) == []


def test_an_easing_of_more_than_a_year_ago_is_no_news_and_one_within_it_is(world: World) -> None:
    old, new = make_share("old"), make_share("new")
    for kpi, days_ago in ((old, 400), (new, 360)):
        typed(kpi, LIVELY)
        set_then(kpi, 600, 70)
        set_then(kpi, days_ago, 60)
    assert (keys(old), keys(new)) == ([], ["target-eased-late"])


def test_targets_are_read_only_of_kpis_that_could_be_worth_it(world: World) -> None:
    kpi = make_share()
    typed(kpi, LIVELY)
    set_then(kpi, 400, 60)
    rows = {each.kpi.id: each for each in standings([kpi], standpoint())}
    with CaptureQueriesContext(connection) as asked:
        assert second_looks([kpi], standpoint(), known=rows) == {kpi.id: []}
    assert sum("kpis_target" in each["sql"] for each in asked.captured_queries) == 1


def test_a_target_that_stood_for_a_day_was_mistyped(world: World) -> None:
    kpi = make_share()
    typed(kpi, LIVELY)
    set_then(kpi, 1, 700)
    set_target(admin(), kpi, target=70)
    assert keys(kpi) == []


def test_for_a_kpi_that_should_fall_the_easier_target_is_the_higher_one(world: World) -> None:
    kpi = make_kpi(direction="down", unit="duration:min", active=True)
    typed(kpi, LIVELY)
    set_then(kpi, 200, 50)
    set_target(admin(), kpi, target=55)
    assert keys(kpi) == ["target-eased-late"]


@pytest.mark.parametrize("days_ago", [0, 500])
@pytest.mark.parametrize(("target", "expected"), [(30, ["target-long-met"]), (60, [])])
def test_a_target_far_behind_all_values_is_long_since_met(
    world: World, target: float, expected: list[str], days_ago: int
) -> None:  # fmt: skip
    kpi = make_share()
    typed(kpi, LIVELY)
    set_then(kpi, days_ago, target)
    assert keys(kpi) == expected


def test_what_is_explained_is_remembered_until_something_new_is_seen(world: World) -> None:
    kpi = make_share()
    typed(kpi, [*LIVELY, 64.5, 64.5, 64.5, 64.5])
    explain_second_look(world.lea, kpi, key="frozen", reason="The survey runs once every half year.")
    assert keys(kpi) == []
    [one] = second_looks([kpi], standpoint(), with_explained=True)[kpi.id]
    assert one.explanation is not None
    assert (one.explanation.reason, one.explanation.author) == ("The survey runs once every half year.", "Lea Lead")
    take_back_explanation(world.lea, kpi, key="frozen")
    assert keys(kpi) == ["frozen"]


def test_a_later_easing_is_new_after_an_earlier_one_was_explained(world: World) -> None:
    kpi = make_share()
    typed(kpi, LIVELY)
    set_then(kpi, 200, 70)
    set_then(kpi, 60, 65)
    with clock.writing_at(timezone.now() - timedelta(days=50)):
        explain_second_look(world.lea, kpi, key="target-eased-late", reason="The ward was closed.")
    assert keys(kpi) == []
    set_target(admin(), kpi, target=60)
    assert keys(kpi) == ["target-eased-late"]


def test_explaining_takes_a_reason_something_to_explain_and_the_right_to(world: World) -> None:
    kpi = make_share()
    typed(kpi, [*LIVELY, 64.5, 64.5, 64.5, 64.5])
    with pytest.raises(Refused, match="Say why"):
        explain_second_look(world.lea, kpi, key="frozen", reason=" ")
    with pytest.raises(Refused, match="not seen any more"):
        explain_second_look(world.lea, kpi, key="too-smooth", reason="It is fine.")
    with pytest.raises(NotAllowed):
        explain_second_look(world.vic, kpi, key="frozen", reason="It is fine.")


def test_the_past_shows_what_was_seen_then(world: World) -> None:
    kpi = make_share()
    with clock.writing_at(timezone.now() - timedelta(days=300)):
        typed(kpi, LIVELY)
    set_then(kpi, 200, 70)
    set_target(admin(), kpi, target=60)
    yesterday = standpoint(today() - timedelta(days=1))
    assert second_looks([kpi], yesterday)[kpi.id] == []


def test_many_kpis_cost_as_many_statements_as_one(world: World) -> None:
    kpis = [make_share(f"share-{number}") for number in range(4)]
    for kpi in kpis:
        typed(kpi, LIVELY)
        set_then(kpi, 200, 70)
        set_target(admin(), kpi, target=60)
    point = standpoint()
    with CaptureQueriesContext(connection) as one:
        second_looks(kpis[:1], point)
    with CaptureQueriesContext(connection) as all_of_them:
        found = second_looks(kpis, point)
    assert len(all_of_them) == len(one)
    assert all([each.key for each in rows] == ["target-eased-late"] for rows in found.values())
