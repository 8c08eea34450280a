"""Two people at once: nobody's change is lost, nothing is done twice, and what stops midway leaves nothing behind.

Where the order matters, it is made: each of two hands holds the thing as it was before the other acted. Where only real
threads show the fault, they work on a database file of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sextant.core.errors import Refused, Stale
from sextant.kpis import commands as kpi_commands
from sextant.kpis.commands import (
    activate_kpi,
    archive_kpi,
    change_kpi,
    complete_kpis,
    create_scorecard,
    place_kpi,
    retire_kpi,
    review_kpi,
    set_target,
)
from sextant.kpis.models import Kpi, ScorecardItem, Target
from sextant.metrics.commands import change_metric, undo_batch
from sextant.metrics.models import Batch, FineMeasurement, Measurement, Metric
from sextant.people import queries as people
from sextant.people.commands import create_token, revoke_token
from tests.at_once import at_once, problems_of
from tests.doors.calls import pusher, script
from tests.make import admin, make_kpi, make_metric, record_values
from tests.surveys.make import make_survey
from tests.world import World

pytestmark = pytest.mark.django_db


def two_hands(kpi: Kpi) -> tuple[Kpi, Kpi]:
    """The KPI as two people hold it who opened it at the same moment."""
    return Kpi.objects.select_related("metric").get(pk=kpi.pk), Kpi.objects.select_related("metric").get(pk=kpi.pk)


@pytest.mark.parametrize("command", [activate_kpi, retire_kpi, review_kpi, archive_kpi], ids=lambda c: c.__name__)
def test_a_step_of_the_lifecycle_keeps_what_somebody_else_just_changed(
    world: World, command: Callable[..., Kpi]
) -> None:
    mine, theirs = two_hands(make_kpi("waits"))
    change_kpi(admin(), theirs, version=theirs.version, reason="New reason", name="New name", decision="New decision")
    command(admin(), mine)
    now = Kpi.objects.select_related("metric").get(pk=mine.pk)
    assert (now.reason, now.metric.name, now.decision) == ("New reason", "New name", "New decision")


def test_completing_many_drafts_keeps_what_somebody_else_just_changed(world: World) -> None:
    mine, theirs = two_hands(make_kpi("waits", owner=None))
    change_kpi(admin(), theirs, version=theirs.version, name="New name", owner=world.person("cem"), decision="New")
    complete_kpis(admin(), [mine], owner=world.person("lea"), how_measured="x")
    now = Kpi.objects.select_related("metric").get(pk=mine.pk)
    assert (now.metric.name, now.decision, now.metric.owner) == ("New name", "New", world.person("cem"))


def test_what_was_said_about_the_metric_makes_an_open_form_of_its_kpi_stale(world: World) -> None:
    mine, theirs = two_hands(make_kpi("waits"))
    change_metric(admin(), theirs.metric, version=theirs.metric.version, name="Theirs")
    with pytest.raises(Stale) as stale:
        change_kpi(admin(), mine, version=mine.version, name="Mine")
    assert stale.value.theirs["name"] == "Theirs"
    assert Metric.objects.get(pk=mine.metric_id).name == "Theirs"


@pytest.mark.parametrize("kind", ["metrics", "kpis", "scorecards", "teams", "people", "themes", "cycles", "surveys"])
@pytest.mark.parametrize("archived", [True, False])
def test_a_patch_on_an_old_version_is_refused_whatever_it_changes(world: World, kind: str, archived: bool) -> None:
    make_kpi("waits")
    create_scorecard(admin(), name="Card", team=world.emergency)
    make_survey("pulse")
    call = script(world, "ada")
    call("POST", "/cycles", {"name": "C", "starts_on": "2026-01-01", "ends_on": "2026-12-31"})
    key = {"metrics": "waits", "kpis": "waits", "scorecards": "card", "teams": "surgery", "cycles": "c",
           "people": "vic-viewer", "themes": "patient-safety", "surveys": "pulse"}[kind]  # fmt: skip
    at = f"/{kind}/{key}"
    old = call.get(at)["version"]
    changed = call("PATCH", at, {"version": old, "name": "Another name"})
    assert changed.status == 200, changed
    refused = call("PATCH", at, {"version": old, "archived": archived})
    assert refused.status == 409, refused
    assert call.get(at)["archived"] is False


def test_a_target_set_twice_is_one_target(world: World) -> None:
    mine, theirs = two_hands(make_kpi("waits"))
    set_target(admin(), mine, target=30)
    set_target(admin(), theirs, target=30)
    assert Target.objects.filter(kpi=mine, superseded_at=None).count() == 1


def test_a_kpi_placed_twice_has_one_place(world: World) -> None:
    mine, theirs = two_hands(make_kpi("waits"))
    card = create_scorecard(admin(), name="Card", team=world.emergency)
    place_kpi(admin(), card, mine)
    place_kpi(admin(), card, theirs)
    assert ScorecardItem.objects.filter(scorecard=card, superseded_at=None).count() == 1


def test_a_batch_is_taken_back_once(world: World) -> None:
    make_metric("visits")
    batch = record_values("visits", {"2026-01": 1}).batch
    undo_batch(world.cem, batch)
    with pytest.raises(Refused) as refused:
        undo_batch(world.lea, batch)
    assert refused.value.problems[0].key == "already-undone"


def test_finer_values_taken_back_are_not_in_the_next_sum(world: World) -> None:
    make_metric("visits")
    wrong = record_values("visits", {"2026-01-01": 1000}).batch
    undo_batch(world.cem, wrong)
    assert not FineMeasurement.objects.filter(batch__key=wrong, superseded_at=None).exists()
    record_values("visits", {"2026-01-02": 5})
    assert Measurement.objects.get(metric__key="visits", superseded_at=None).value == 5


def test_finer_values_that_were_corrected_wrongly_stand_again(world: World) -> None:
    make_metric("visits")
    record_values("visits", {"2026-01-01": 10, "2026-01-02": 20})
    wrong = record_values("visits", {"2026-01-02": 2000}).batch
    undo_batch(world.cem, wrong)
    assert Measurement.objects.get(metric__key="visits", superseded_at=None).value == 30
    record_values("visits", {"2026-01-03": 5})
    assert Measurement.objects.get(metric__key="visits", superseded_at=None).value == 35


def test_a_token_revoked_between_two_calls_does_nothing_more(world: World) -> None:
    make_metric("visits")
    made = create_token(world.lea, name="desk", scope="push", team=world.emergency)
    call = pusher(world)
    call.secret = made.secret
    point = {"metric": "visits", "period": "2026-01", "value": 1}
    assert call("POST", "/measurements", {"points": [point]}).body["accepted"] == 1
    revoke_token(world.lea, made.token)
    assert call("POST", "/measurements", {"points": [point | {"value": 2}]}).status == 401
    assert Measurement.objects.get(metric__key="visits").value == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_first_runs_at_once_one_makes_the_organisation(real: World) -> None:
    from sextant.people.commands import set_up_organisation
    from sextant.people.models import Membership, Organisation, Person, Team, User

    Team.objects.exclude(parent=None).delete()
    for model in (Membership, Person, User, Team, Organisation):
        model.objects.all().delete()
    people.forget()

    def set_up(number: int) -> Callable[[], object]:
        words: dict[str, Any] = {"name": "House", "admin_name": f"Admin {number}", "email": f"a{number}@house.example"}
        return lambda: set_up_organisation(**words, password="lantern-harbour-42")

    results = at_once(*(set_up(number) for number in range(4)))
    assert problems_of(results) == ["already-set-up"] * 3
    assert (Organisation.objects.count(), Person.objects.count(), Team.objects.count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_things_of_one_name_made_at_once_have_keys_of_their_own(real: World) -> None:
    emergency = real.emergency
    ada = real.ada

    def make() -> object:
        return kpi_commands.create_kpi(ada, name="Beds made", team=emergency, how_measured="x")

    assert problems_of(at_once(*[make] * 4)) == []
    keys = sorted(Kpi.objects.values_list("key", flat=True))
    assert keys == ["beds-made", "beds-made-2", "beds-made-3", "beds-made-4"]
    assert sorted(Metric.objects.values_list("key", flat=True)) == keys


@pytest.mark.django_db(transaction=True)
def test_what_is_done_twice_at_once_is_done_once(real: World) -> None:
    kpi, metric = make_kpi("waits"), make_metric("visits")
    card = create_scorecard(admin(), name="Card", team=real.emergency)
    batch = record_values("visits", {"2026-01": 1}).batch
    ada, lea = real.ada, real.lea

    def own(act: Callable[[Kpi], object]) -> Callable[[], object]:
        return lambda: act(Kpi.objects.select_related("metric").get(pk=kpi.pk))

    assert problems_of(at_once(*[own(lambda one: set_target(ada, one, target=30))] * 4)) == []
    assert Target.objects.filter(superseded_at=None).count() == 1
    assert problems_of(at_once(*[own(lambda one: place_kpi(ada, card, one))] * 4)) == []
    assert ScorecardItem.objects.filter(superseded_at=None).count() == 1
    assert problems_of(at_once(*[own(lambda one: kpi_commands.note_action(ada, one, text="x"))] * 4)) == []
    assert kpi.action_notes.filter(superseded_at=None).count() == 1
    assert problems_of(at_once(*[lambda: undo_batch(lea, batch)] * 4)) == ["already-undone"] * 3
    assert Batch.objects.filter(kind="undo").count() == 1
    watched = at_once(*[lambda: kpi_commands.watch_metric(ada, Metric.objects.get(pk=metric.pk))] * 4)
    assert problems_of(watched) == ["already-watched"] * 3


@pytest.mark.django_db(transaction=True)
def test_of_several_edits_of_one_version_one_is_saved(real: World) -> None:
    kpi, ada = make_kpi("waits"), real.ada
    version = Kpi.objects.get(pk=kpi.pk).version

    def edit(number: int) -> Callable[[], object]:
        return lambda: change_kpi(ada, Kpi.objects.get(pk=kpi.pk), version=version, reason=f"Reason {number}")

    results = at_once(*(edit(number) for number in range(4)))
    assert problems_of(results) == ["stale-version"] * 3
    assert Kpi.objects.get(pk=kpi.pk).version == version + 1


@pytest.mark.django_db(transaction=True)
def test_steps_of_the_lifecycle_at_once_lose_no_edit(real: World) -> None:
    kpi, ada = make_kpi("waits"), real.ada

    def held() -> Kpi:
        return Kpi.objects.select_related("metric").get(pk=kpi.pk)

    one, two, three = held(), held(), held()
    acts = [lambda: change_kpi(ada, one, version=one.version, reason="New", name="Newer"),
            lambda: activate_kpi(ada, two), lambda: review_kpi(ada, three)]  # fmt: skip
    told = problems_of(at_once(*acts))
    now = held()
    assert now.state == "active"
    assert now.review_on is not None
    assert (now.reason == "New" and now.metric.name == "Newer") or told == ["stale-version"]


@pytest.mark.django_db(transaction=True)
def test_pushes_of_one_batch_at_once_are_recorded_once(real: World) -> None:
    from sextant.metrics.commands import RawPoint, record

    make_metric("visits")
    ada = real.ada
    points = [RawPoint("visits", "2026-01", 5.0)]
    results = at_once(*[lambda: record(ada, points, batch_key="night")] * 4)
    assert problems_of(results) == []
    assert sorted(one.replayed for one in results) == [False, True, True, True]  # type: ignore[attr-defined]
    assert Batch.objects.filter(kind="push").count() == 1
    assert Measurement.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_finer_values_pushed_at_once_are_all_in_the_sum(real: World) -> None:
    from sextant.metrics.commands import RawPoint, record

    make_metric("visits")
    ada = real.ada
    days = [f"2026-01-{day:02d}" for day in range(1, 7)]
    results = at_once(*[lambda day=day: record(ada, [RawPoint("visits", day, 1.0)]) for day in days])
    assert problems_of(results) == []
    assert Measurement.objects.get(superseded_at=None).value == 6


@pytest.mark.django_db(transaction=True)
def test_of_many_check_ins_at_once_on_what_nobody_had_said_one_is_kept_and_the_others_see_it(real: World) -> None:
    from sextant.okrs.commands.check_ins import check_in
    from sextant.okrs.models import CheckIn, KeyResult
    from tests.okrs.running import running_key_result

    pk = running_key_result(real).pk
    actors = [real.cem, real.lea, real.ada, real.cem]
    said = [
        lambda actor=actor, value=value: check_in(
            actor, KeyResult.objects.get(pk=pk), value=float(value), confidence=5, seen=0
        )
        for value, actor in enumerate(actors, 40)
    ]
    results = at_once(*said)
    kept = [one for one in results if isinstance(one, CheckIn)]
    assert CheckIn.objects.count() == len(kept) >= 1
    assert len({one.author for one in kept}) == 1  # only one's own is no conflict
    assert set(problems_of(results)) == {"stale-version"}
    for one in results:
        if isinstance(one, Stale):
            assert one.theirs["author"] == kept[0].author
            assert one.yours["value"] in (40.0, 41.0, 42.0, 43.0)
    assert Measurement.objects.get(superseded_at=None).value in [one.value for one in kept]


@pytest.mark.django_db(transaction=True)
def test_a_check_in_taken_back_twice_at_once_is_taken_back_once(real: World) -> None:
    from sextant.core.models import Event
    from sextant.okrs.commands.check_ins import check_in, take_back
    from sextant.okrs.models import CheckIn
    from tests.okrs.running import running_key_result

    pk = check_in(real.cem, running_key_result(real), value=44, confidence=5).pk
    cem = real.cem
    results = at_once(*[lambda: take_back(cem, CheckIn.objects.get(pk=pk))] * 3)
    assert problems_of(results) == []
    assert Event.objects.filter(name="check_in.taken_back").count() == 1
    assert not Measurement.objects.filter(superseded_at=None).exists()
