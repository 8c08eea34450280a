import pytest

from sextant.core.errors import Refused
from sextant.metrics.commands import choose_limits
from tests.make import admin, make_metric
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "limits",
    [
        {"typed": {"lower": 5, "centre": 3, "upper": 9}},
        {"typed": {"lower": float("nan"), "centre": 3, "upper": 9}},
        {"season_length": 4, "seasonal_factors": [1.0, 2.0]},
        {"season_length": 2, "seasonal_factors": [1.0, float("inf")]},
        {"locked_from": 20, "locked_to": 10},
        {"dividers": "tomorrow"},
        {"colour": "red"},
    ],
)
def test_limits_that_cannot_be_drawn_are_not_stored(world: World, limits: dict[str, object]) -> None:
    metric = make_metric()
    with pytest.raises(Refused):
        choose_limits(admin(), metric, limits=limits, reason="to see")
    assert not metric.detection_settings.exists()


def test_a_choice_of_limits_needs_a_reason_and_replaces_the_one_before(world: World) -> None:
    metric = make_metric()
    with pytest.raises(Refused):
        choose_limits(admin(), metric, limits={"dividers": [24]}, reason=" ")
    choose_limits(admin(), metric, limits={"dividers": [24]}, reason="New desk")
    choose_limits(admin(), metric, limits={}, reason="It made no difference")
    assert [s.limits for s in metric.detection_settings.order_by("id")] == [{"dividers": [24]}, {}]
    assert metric.detection_settings.filter(superseded_at=None).count() == 1
