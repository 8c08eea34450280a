"""The team tree: adding, renaming, moving, archiving."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sextant.core.errors import NotAllowed, Refused, Stale
from sextant.core.models import Event
from sextant.people import queries
from sextant.people.commands import (
    archive_team,
    create_team,
    move_team,
    rename_team,
    restore_team,
    set_role,
)
from sextant.people.models import Team
from tests.world import World


def key_of(refusal: pytest.ExceptionInfo[Refused]) -> str:
    return refusal.value.problems[0].key


def test_a_new_team_stands_below_the_organisation_unless_told_otherwise(world: World) -> None:
    wards = create_team(world.ada, "Wards")
    north = create_team(world.ada, "North", parent=wards)
    assert wards.parent == world.hospital
    assert [node.name for node in queries.team_tree().ancestors(north.pk)] == ["Harbour Hospital", "Wards"]


def test_a_team_cannot_move_below_itself_and_the_refusal_names_the_path(world: World) -> None:
    ward = create_team(world.ada, "Ward 1", parent=world.emergency)
    bay = create_team(world.ada, "Bay A", parent=ward)
    with pytest.raises(Refused) as refusal:
        move_team(world.ada, world.emergency, parent=bay, version=None)
    assert key_of(refusal) == "team-circle"
    assert "Emergency › Ward 1 › Bay A" in refusal.value.problems[0].message
    assert world.emergency.parent == world.hospital


def test_a_team_cannot_move_below_itself_directly(world: World) -> None:
    with pytest.raises(Refused) as refusal:
        move_team(world.ada, world.emergency, parent=world.emergency, version=None)
    assert key_of(refusal) == "team-circle"


def test_the_root_neither_moves_nor_is_archived(world: World) -> None:
    with pytest.raises(Refused) as refusal:
        archive_team(world.ada, world.hospital)
    assert key_of(refusal) == "team-is-root"
    with pytest.raises(Refused) as refusal:
        move_team(world.ada, world.hospital, parent=world.surgery, version=None)
    assert key_of(refusal) == "team-is-root"


def test_two_teams_of_one_name_under_one_parent_are_refused(world: World) -> None:
    with pytest.raises(Refused) as refusal:
        create_team(world.ada, "emergency")
    assert key_of(refusal) == "team-name-taken"
    assert create_team(world.ada, "Emergency", parent=world.surgery).key == "emergency-2"


def test_an_archived_team_keeps_its_place_and_comes_back(world: World) -> None:
    archive_team(world.ada, world.surgery)
    assert world.surgery not in queries.teams_without([])
    assert queries.team_tree()[world.surgery.pk].is_archived
    restore_team(world.ada, world.surgery)
    assert world.surgery in queries.teams_without([])
    assert not queries.team_tree()[world.surgery.pk].is_archived


def test_a_team_with_teams_at_work_below_is_not_archived(world: World) -> None:
    create_team(world.ada, "Theatre 1", parent=world.surgery)
    with pytest.raises(Refused, match="Theatre 1"):
        archive_team(world.ada, world.surgery)


def test_a_stale_rename_is_refused_with_both_names(world: World) -> None:
    seen = world.emergency.version
    rename_team(world.ada, world.emergency, name="Acute care", version=seen)
    with pytest.raises(Stale) as refusal:
        rename_team(world.ada, world.emergency, name="Casualty", version=seen)
    assert refusal.value.theirs["name"] == "Acute care"
    assert refusal.value.yours["name"] == "Casualty"


def test_a_renamed_team_keeps_its_key(world: World) -> None:
    rename_team(world.ada, world.emergency, name="Acute care", version=None)
    assert world.emergency.name == "Acute care"
    assert Event.objects.get(name="team.renamed").data["before"] == "Emergency"


def test_a_lead_renames_the_team_but_neither_moves_nor_adds(world: World) -> None:
    rename_team(world.lea, world.emergency, name="Acute care", version=None)
    with pytest.raises(NotAllowed):
        create_team(world.lea, "Ward", parent=world.emergency)
    with pytest.raises(NotAllowed):
        rename_team(world.lea, world.surgery, name="Mine", version=None)


def test_moving_needs_the_right_at_both_ends(world: World) -> None:
    ward = create_team(world.ada, "Ward", parent=world.emergency)
    set_role(world.ada, world.person("lea"), team=world.emergency, role="admin")
    with pytest.raises(NotAllowed):
        move_team(world.lea, ward, parent=world.surgery, version=None)


def test_a_moved_team_takes_the_roles_of_its_new_place(world: World) -> None:
    ward = create_team(world.ada, "Ward", parent=world.emergency)
    assert world.lea.has_role(ward.pk, "lead")
    move_team(world.ada, ward, parent=world.surgery, version=None)
    assert not world.lea.has_role(ward.pk, "viewer")
    assert world.otto.has_role(ward.pk, "lead")


def test_the_tree_is_read_once_and_again_after_a_change(world: World) -> None:
    queries.team_tree()
    with CaptureQueriesContext(connection) as looks:
        queries.team_tree()
    assert len(looks) == 1  # the organisation's stamp alone
    create_team(world.ada, "Pharmacy")
    assert queries.team_tree().find("pharmacy") is not None


def test_teams_without_lists_what_is_not_used(world: World) -> None:
    names = set(queries.teams_without([world.emergency.pk]).values_list("name", flat=True))
    assert names == {"Harbour Hospital", "Surgery"}


def test_a_deep_tree_is_read_in_order(world: World) -> None:
    parent = world.emergency
    for level in range(40):
        parent = create_team(world.ada, f"Level {level}", parent=parent)
    assert queries.team_tree()[parent.pk].depth == 41
    assert len(queries.team_tree().with_descendants(world.emergency.pk)) == 41
    assert Team.objects.count() == 43
