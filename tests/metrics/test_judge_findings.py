"""What a person says of a finding: the new normal, no change, or nothing after all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sextant.core.errors import NotAllowed
from sextant.metrics.commands import choose_limits, confirm_baseline, reject_finding, reopen_finding
from sextant.metrics.models import DetectionSetting, Metric
from tests.make import make_metric
from tests.world import World

HOUR = 24 * 20_000


def standing(metric: Metric) -> dict[str, object]:
    return dict(DetectionSetting.objects.get(metric=metric, superseded_at=None).limits)


def test_a_new_normal_is_a_divider_beside_the_settings_that_stand(world: World) -> None:
    metric = make_metric()
    choose_limits(world.ada, metric, limits={"sloped": True, "dividers": [HOUR - 240]}, reason="Growth")
    confirm_baseline(world.ada, metric, HOUR, reason="The second desk stays")
    assert standing(metric) == {"sloped": True, "dividers": [HOUR - 240, HOUR]}
    assert DetectionSetting.objects.filter(metric=metric).count() == 2


def test_what_is_no_change_is_remembered_when_the_limits_are_chosen_anew(world: World) -> None:
    metric = make_metric()
    reject_finding(world.ada, metric, HOUR, reason="A holiday")
    choose_limits(world.ada, metric, limits={"dividers": [HOUR - 240]}, reason="Moved")
    assert standing(metric) == {"dividers": [HOUR - 240], "rejected": [HOUR]}


def test_the_newest_word_about_a_finding_counts(world: World) -> None:
    metric = make_metric()
    reject_finding(world.ada, metric, HOUR, reason="A holiday")
    confirm_baseline(world.ada, metric, HOUR, reason="It stayed after all")
    assert standing(metric) == {"dividers": [HOUR]}
    reject_finding(world.ada, metric, HOUR, reason="No, it went back")
    assert standing(metric) == {"dividers": [], "rejected": [HOUR]}


@pytest.mark.parametrize("say", [confirm_baseline, reject_finding])
def test_it_can_be_taken_back_and_the_history_keeps_both(world: World, say: Callable[..., object]) -> None:
    metric = make_metric()
    choose_limits(world.ada, metric, limits={"dividers": [HOUR - 240]}, reason="Moved")
    say(world.ada, metric, HOUR, reason="Looked at it")
    reopen_finding(world.ada, metric, HOUR, reason="Taken back")
    assert standing(metric) == {"dividers": [HOUR - 240]}
    reasons = DetectionSetting.objects.filter(metric=metric).order_by("id").values_list("reason", flat=True)
    assert list(reasons) == ["Moved", "Looked at it", "Taken back"]


@pytest.mark.parametrize("say", [confirm_baseline, reject_finding, reopen_finding])
def test_who_may_not_choose_limits_may_not_judge_findings(world: World, say: Callable[..., object]) -> None:
    metric = make_metric()
    with pytest.raises(NotAllowed):
        say(world.vic, metric, HOUR, reason="Looked at it")
    assert not DetectionSetting.objects.filter(metric=metric).exists()
