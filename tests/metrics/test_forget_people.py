import pytest

from sextant.kpis.commands import note_action, set_target
from sextant.kpis.models import ActionNote, Target
from sextant.metrics.commands import RawPoint, add_marker, record
from sextant.metrics.models import Batch, Marker
from sextant.people.commands import erase_person
from tests.make import admin, make_kpi
from tests.world import World

pytestmark = pytest.mark.django_db


def test_an_erased_person_is_no_longer_named_in_values_targets_and_notes(world: World) -> None:
    kpi = make_kpi()
    lea = world.lea
    record(lea, [RawPoint("waiting-time", "2024-01", 5)])
    set_target(lea, kpi, target=4)
    note_action(lea, kpi, text="A second desk")
    add_marker(lea, kpi.metric, start=0, label="Desk opened")
    erase_person(admin(), world.person("lea"))
    named = [
        *Batch.objects.values_list("actor_label", flat=True),
        *Target.objects.values_list("author", flat=True),
        *ActionNote.objects.values_list("author", flat=True),
        *Marker.objects.values_list("author", flat=True),
    ]
    assert len(named) == 4
    assert not any("Lea" in name for name in named)
