"""What a batch changed is everything it brought or took back, and everything calculated from that."""

from __future__ import annotations

import pytest
from django.utils import timezone

from sextant.core.models import Event
from sextant.metrics.commands import change_definition, undo_batch
from sextant.metrics.models import Metric
from sextant.metrics.queries.changed import metrics_changed_since, metrics_of_batch, metrics_of_event
from tests.make import admin, make_metric, record_values
from tests.world import World

pytestmark = pytest.mark.django_db


def keys(ids: set[int]) -> set[str]:
    return set(Metric.objects.filter(pk__in=ids).values_list("key", flat=True))


def with_a_rate() -> None:
    make_metric("visits")
    make_metric("calls")
    make_metric("beds")
    rate = make_metric("rate")
    change_definition(
        admin(), rate, number=1, description="", how_measured="x", formula="visits / calls", reason="It is a share."
    )


def test_a_batch_changes_what_it_brought_and_what_is_calculated_from_it(world: World) -> None:
    with_a_rate()
    batch = record_values("visits", {"2026-01": 5}).batch
    assert keys(metrics_of_batch(batch)) == {"visits", "rate"}
    assert metrics_of_batch("never-was") == set()


def test_a_batch_taken_back_changes_the_same(world: World) -> None:
    with_a_rate()
    batch = record_values("calls", {"2026-01": 5}).batch
    undone = undo_batch(world.cem, batch)
    assert keys(metrics_of_batch(undone.key)) == {"calls", "rate"}


def test_an_event_about_a_metric_concerns_it_and_what_is_calculated_from_it(world: World) -> None:
    with_a_rate()
    event = Event.objects.filter(name="metric.created", subject_key="visits").get()
    assert keys(metrics_of_event(event)) == {"visits", "rate"}
    assert metrics_of_event(Event.objects.filter(subject_kind="team").first() or Event()) == set()
    record_values("calls", {"2026-01": 5})
    recorded = Event.objects.filter(name="measurements.recorded").latest("pk")
    assert keys(metrics_of_event(recorded)) == {"calls", "rate"}


def test_what_changed_since_a_moment_is_what_was_recorded_or_taken_back_since(world: World) -> None:
    with_a_rate()
    record_values("beds", {"2026-01": 5})
    early = record_values("calls", {"2026-01": 5}).batch
    moment = timezone.now()
    assert metrics_changed_since(moment) == set()
    record_values("visits", {"2026-01": 5})
    assert keys(metrics_changed_since(moment)) == {"visits", "rate"}
    undo_batch(world.cem, early)
    assert keys(metrics_changed_since(moment)) == {"visits", "calls", "rate"}
