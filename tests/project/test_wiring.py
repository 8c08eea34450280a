"""Every reaction names an event and jobs that exist, and is asked for in the transaction of its event."""

from __future__ import annotations

import pytest

from sextant import wiring
from sextant.core import events, jobs
from sextant.core.models import Event, Job
from sextant.core.writing import writing
from tests.make import make_metric, record_values
from tests.world import World


def test_every_reaction_names_what_exists() -> None:
    named = {name for names in wiring.REACTIONS.values() for name in names}
    assert named <= set(jobs.kinds())
    assert set(wiring.REACTIONS) <= set(events.registered())
    assert set(jobs.periods()) <= set(jobs.kinds())


@pytest.mark.parametrize(
    "wrong", [{"measurements.recorded": ("alerts.evalute",)}, {"measurements.recorder": ("alerts.evaluate",)}]
)
def test_a_misspelt_name_stops_the_program(wrong: dict[str, tuple[str, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "REACTIONS", wrong)
    with pytest.raises(LookupError, match="nobody registered"):
        wiring.connect()


@pytest.mark.django_db
def test_an_event_asks_for_its_jobs_and_one_that_is_rolled_back_for_none(world: World) -> None:
    make_metric("visits")
    Job.objects.all().delete()
    record_values("visits", {"2026-01": 5})
    event = Event.objects.get(name="measurements.recorded")
    asked = [(job.name, job.arguments) for job in Job.objects.order_by("pk")]
    assert asked == [(name, {"event": event.pk}) for name in wiring.REACTIONS["measurements.recorded"]]

    def broken() -> None:
        with writing():
            record_values("visits", {"2026-02": 6})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert Job.objects.count() == len(asked)
