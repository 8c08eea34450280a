"""Time passes for a promotion: what it counts from, and its end, lie so many weeks earlier."""

from __future__ import annotations

from datetime import timedelta

from sextant.lifecycle.models import Life, Promotion
from sextant.okrs.models import KeyResult


def let_weeks_pass(promotion: Promotion, weeks: int) -> None:
    hours = weeks * 7 * 24
    Promotion.objects.filter(pk=promotion.pk).update(
        since=promotion.since - hours, ends_on=promotion.ends_on - timedelta(weeks=weeks)
    )
    own = KeyResult.objects.get(pk=promotion.key_result_id)
    assert own.starts_on is not None
    assert own.due_on is not None
    starts_on, due_on = own.starts_on - timedelta(weeks=weeks), own.due_on - timedelta(weeks=weeks)
    KeyResult.objects.filter(pk=own.pk).update(starts_on=starts_on, due_on=due_on)
    life = Life.objects.get(kpi_id=promotion.kpi_id)
    assert life.since is not None
    assert life.ends is not None
    Life.objects.filter(pk=life.pk).update(since=life.since - hours, ends=life.ends - hours)
