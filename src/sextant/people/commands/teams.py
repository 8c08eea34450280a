"""Create, rename, move, archive and restore teams. Every change gives the tree a new stamp."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from sextant.core import editing, events
from sextant.core.access import require
from sextant.core.actors import Actor
from sextant.core.errors import refuse
from sextant.core.keys import new_key
from sextant.core.writing import writing
from sextant.people import queries
from sextant.people.commands.checks import besides, clean_name
from sextant.people.models import Organisation, Team, new_stamp


def create_team(
    actor: Actor, name: str, *, parent: Team | None = None, source: str = "", external_id: str = ""
) -> Team:
    """A team below `parent`, or below the root when none is given."""
    name = clean_name(name)
    with writing():
        above = Team.objects.select_for_update().get(pk=parent.pk) if parent else root_team()
        require("team", actor, "create", above)
        _check_at_work(above)
        _check_name_free(name, above)
        team = Team.objects.create(
            key=new_key(Team, name), name=name, parent=above, source=source, external_id=external_id
        )
        _stamp_tree()
        events.emit(actor, "team.created", "team", team.key, team.name, team_id=team.pk)
    return team


def rename_team(actor: Actor, team: Team, *, name: str, version: int | None) -> Team:
    return change_team(actor, team, name=name, version=version)


def move_team(actor: Actor, team: Team, *, parent: Team, version: int | None) -> Team:
    """Put the team, with all below it, under another one. Refused with the path when that is a circle."""
    return change_team(actor, team, parent=parent, version=version)


def change_team(
    actor: Actor, team: Team, *, name: str | None = None, parent: Team | None = None, version: int | None
) -> Team:
    """Rename and move in one step. What is not given stays."""
    asked = {"name": clean_name(name)} if name is not None else {}
    with writing():
        yours = {**asked, **({"parent": parent} if parent else {})}
        row = editing.fresh(team, version, yours)
        before_name, before_parent = row.name, row.parent
        is_moving = parent is not None and parent.pk != row.parent_id
        if asked and asked["name"] != row.name:
            require("team", actor, "change", row)
        if is_moving and parent is not None:
            _check_move(actor, row, parent)
        _check_name_free(asked.get("name", row.name), parent if is_moving else row.parent, but=row)
        changes = editing.change(row, {**asked, **({"parent": parent} if is_moving else {})})
        if changes:
            _stamp_tree()
        if "name" in changes:
            events.emit(actor, "team.renamed", "team", row.key, row.name, team_id=row.pk, before=before_name)
        if "parent" in changes and parent is not None:
            events.emit(
                actor, "team.moved", "team", row.key, row.name, team_id=row.pk,
                before=str(before_parent), after=parent.name,
            )  # fmt: skip
    return row


def archive_team(actor: Actor, team: Team, *, version: int | None = None) -> Team:
    """Take the team out of use; `restore_team` brings it back. Teams at work below it have to go first."""
    with writing():
        row = editing.fresh(team, version, {})
        require("team", actor, "archive", row)
        if row.archived_at is not None:
            return row
        if row.parent_id is None:
            raise refuse("team-is-root", _("This team is the organisation itself; it cannot be archived."))
        below = list(Team.objects.filter(parent=row, archived_at=None).values_list("name", flat=True))
        if below:
            message = _("%(name)s still has teams below it (%(below)s). Move or archive them first.")
            raise refuse("team-has-teams", message % {"name": row.name, "below": ", ".join(below)})
        editing.change(row, {"archived_at": timezone.now()})
        _stamp_tree()
        events.emit(actor, "team.archived", "team", row.key, row.name, team_id=row.pk)
    return row


def restore_team(actor: Actor, team: Team, *, version: int | None = None) -> Team:
    """Put an archived team back to work where it was."""
    with writing():
        row = editing.fresh(team, version, {})
        require("team", actor, "archive", row)
        if row.archived_at is None:
            return row
        if row.parent is not None:
            _check_at_work(row.parent)
            _check_name_free(row.name, row.parent, but=row)
        editing.change(row, {"archived_at": None})
        _stamp_tree()
        events.emit(actor, "team.restored", "team", row.key, row.name, team_id=row.pk)
    return row


def root_team() -> Team:
    """The team that is the organisation. Refused before the first run."""
    root = Team.objects.filter(parent=None, archived_at=None).order_by("pk").first()
    if root is None:
        raise refuse("not-set-up", _("The organisation is not set up yet. Open /welcome first."))
    return root


def _check_move(actor: Actor, team: Team, parent: Team) -> None:
    require("team", actor, "move", team)
    require("team", actor, "move", parent)
    if team.parent_id is None:
        raise refuse("team-is-root", _("This team is the organisation itself; it cannot move."), "parent")
    _check_at_work(parent)
    queries.forget()
    tree = queries.team_tree()
    if parent.pk in tree.with_descendants(team.pk):
        names = [*(node.name for node in tree.ancestors(parent.pk)), parent.name]
        path = " › ".join(names[names.index(team.name) :])
        message = _("%(name)s cannot move below %(parent)s, which lies below it: %(path)s.")
        words = {"name": team.name, "parent": parent.name, "path": path}
        raise refuse("team-circle", message % words, "parent")


def _check_at_work(team: Team) -> None:
    if team.archived_at is not None:
        message = _("%(name)s is archived. Restore it first, or choose another team.")
        raise refuse("team-archived", message % {"name": team.name}, "parent")


def _check_name_free(name: str, parent: Team | None, but: Team | None = None) -> None:
    same = Team.objects.filter(parent=parent, name__iexact=name, archived_at=None)
    if besides(same, but).exists():
        message = _("There is already a team called %(name)s here.")
        raise refuse("team-name-taken", message % {"name": name}, "name")


def _stamp_tree() -> None:
    Organisation.objects.update(tree_stamp=new_stamp())
    queries.forget()
