"""Teams: the tree, a team's page with its roles and push tokens, adding, changing and archiving."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sextant.core.access import can, find, require, visible
from sextant.core.actors import ROLES, Actor
from sextant.people import commands, queries
from sextant.people.models import Membership, Team
from sextant.people.roles import allows
from sextant.people.sentences import ROLE_WORDS
from sextant.web import alert_waiting, objective_parts, scorecard_tiles
from sextant.web.requests import PageRequest, carry_out, say, status_of
from sextant.web.tokens import PushTokenForm, shown_tokens

MOST_ALERTS = 5
MOST_TILES = 12


@dataclass(frozen=True, slots=True)
class TeamRow:
    """One line of the tree. `step` (0..6) is how far it stands to the right."""

    name: str
    url: str
    step: int
    leads: str
    members: int
    is_archived: bool


@dataclass(frozen=True, slots=True)
class RoleLine:
    """Somebody's role in a team: held here, or inherited from `inherited_from`."""

    person: str
    person_key: str
    url: str
    role: str
    role_word: str
    inherited_from: str
    inherited_url: str
    may_change: bool


class TeamForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    parent = forms.ChoiceField(label=gettext_lazy("Below"))

    def __init__(self, *args: object, actor: Actor, right: str, but: Team | None = None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["parent"].choices = places(actor, right, but)  # type: ignore[attr-defined]


class RoleForm(forms.Form):
    person = forms.ChoiceField(label=gettext_lazy("Person"))
    role = forms.ChoiceField(label=gettext_lazy("Role"))

    def __init__(self, *args: object, actor: Actor, team: Team, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        people = queries.people_at_work().values_list("key", "name")
        self.fields["person"].choices = [("", _("Choose a person")), *people]  # type: ignore[attr-defined]
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (role, ROLE_WORDS[role]) for role in ROLES if actor.has_role(team.pk, role)
        ]


def places(actor: Actor, right: str, but: Team | None) -> list[tuple[str, str]]:
    """Teams the actor may put a team under, leaving out `but` and what is below it; its present parent included."""
    tree = queries.team_tree()
    barred = set(tree.with_descendants(but.pk)) if but else set()
    return [
        (node.key, node.path_words)
        for node in tree.at_work()
        if node.pk not in barred
        and (allows(actor, f"team.{right}", node.pk) or (but is not None and node.pk == but.parent_id))
    ]


@require_safe
def teams(request: PageRequest) -> HttpResponse:
    """The tree of the organisation."""
    with_archived = request.GET.get("show") == "archived"
    leads, members = defaultdict(list), Counter[int]()
    held = Membership.objects.filter(superseded_at=None, person__archived_at=None)
    for team_id, role, name in held.order_by("person__name").values_list("team_id", "role", "person__name"):
        members[team_id] += 1
        if role == "lead":
            leads[team_id].append(name)
    rows = [
        TeamRow(
            node.name, reverse("team", args=[node.key]), min(node.depth, 6), ", ".join(leads[node.pk]),
            members[node.pk], node.is_archived,
        )
        for node in queries.team_tree()
        if with_archived or not node.is_archived
    ]  # fmt: skip
    may_add = any(allows(request.actor, "team.create", node.pk) for node in queries.team_tree().at_work())
    context = {"rows": rows, "may_add": may_add, "with_archived": with_archived}
    return render(request, "teams/teams.html", context)


@require_safe
def team(request: PageRequest, key: str) -> HttpResponse:
    found: Team = find("team", request.actor, key)
    return _team_page(request, found)


def _team_page(
    request: PageRequest, found: Team, *, role_form: RoleForm | None = None, token_form: PushTokenForm | None = None
) -> HttpResponse:
    actor, tree = request.actor, queries.team_tree()
    may = {action: can("team", actor, action, found) for action in ("create", "change", "move", "archive", "assign")}
    may["channels"] = found.archived_at is None and allows(actor, "channel.change", found.pk)
    may_push = allows(actor, "token.push", found.pk)
    tokens = visible("token", actor).filter(team=found, revoked_at=None) if may_push else []
    context = {
        "found": found,
        "above": tree.ancestors(found.pk),
        "below": [node for node in tree.children(found.pk) if not node.is_archived],
        "lines": role_lines(actor, found, may["assign"]),
        "may": may,
        "may_push": may_push and found.archived_at is None,
        "role_form": (role_form or RoleForm(actor=actor, team=found)) if may["assign"] else None,
        "token_form": token_form or PushTokenForm(),
        "tokens": shown_tokens(tokens),
        "objectives": objective_parts.team_objectives(actor, found.pk),
        "tiles": scorecard_tiles.of_teams(actor, [found.pk], MOST_TILES),
        "alerts": alert_waiting.of_team(actor, found, MOST_ALERTS),
    }
    failed = any(form is not None and form.errors for form in (role_form, token_form))
    return render(request, "teams/team.html", context, status=422 if failed else 200)


def role_lines(actor: Actor, found: Team, may_assign: bool) -> list[RoleLine]:
    """Roles held here first, then those inherited from the teams above, nearest first."""
    above = [node.pk for node in queries.team_tree().ancestors(found.pk)]
    order = [found.pk, *reversed(above)]
    held = Membership.objects.filter(team_id__in=order, superseded_at=None, person__archived_at=None)
    rows = sorted(
        held.select_related("person", "team"),
        key=lambda m: (order.index(m.team_id), -ROLES.index(m.role), m.person.name.casefold()),
    )
    return [
        RoleLine(
            m.person.name,
            m.person.key,
            reverse("person", args=[m.person.key]),
            m.role,
            str(ROLE_WORDS[m.role]),
            m.team.name if m.team_id != found.pk else "",
            reverse("team", args=[m.team.key]),
            may_assign and m.team_id == found.pk and actor.has_role(found.pk, m.role),
        )
        for m in rows
    ]


@require_http_methods(["GET", "POST"])
def team_new(request: PageRequest) -> HttpResponse:
    form = TeamForm(
        request.POST or None, actor=request.actor, right="create", initial={"parent": request.GET.get("parent")}
    )
    if not form.fields["parent"].choices:  # type: ignore[attr-defined]
        require("team", request.actor, "create", None)
    if request.method == "POST" and form.is_valid():
        parent = find("team", request.actor, form.cleaned_data["parent"])
        name = form.cleaned_data["name"]
        made = carry_out(form, lambda: commands.create_team(request.actor, name, parent=parent))
        if made is not None:
            say(request, _("%(name)s is there. Now give people roles in it.") % {"name": made.name})
            return redirect("team", made.key)
    return render(request, "teams/form.html", {"form": form}, status=status_of(form))


@require_http_methods(["GET", "POST"])
def team_change(request: PageRequest, key: str) -> HttpResponse:
    """Rename a team and move it in the tree."""
    found: Team = find("team", request.actor, key, action="change")
    parent_key = found.parent.key if found.parent else ""
    initial = {"name": found.name, "parent": parent_key, "version": found.version}
    form = TeamForm(request.POST or None, actor=request.actor, right="move", but=found, initial=initial)
    if found.parent is None:
        del form.fields["parent"]
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data
        parent = find("team", request.actor, words["parent"]) if "parent" in words else None
        done = carry_out(
            form,
            lambda: commands.change_team(
                request.actor, found, name=words["name"], parent=parent, version=words["version"]
            ),
        )
        if done is not None:
            say(request, _("Saved."))
            return redirect("team", key)
    return render(request, "teams/form.html", {"form": form, "found": found}, status=status_of(form))


@require_POST
def team_archive(request: PageRequest, key: str) -> HttpResponse:
    found: Team = find("team", request.actor, key)
    commands.archive_team(request.actor, found)
    undo = reverse("team_restore", args=[key])
    say(request, _("%(name)s is archived.") % {"name": found.name}, undo=undo)
    return redirect("teams")


@require_POST
def team_restore(request: PageRequest, key: str) -> HttpResponse:
    found: Team = find("team", request.actor, key)
    commands.restore_team(request.actor, found)
    say(request, _("%(name)s is back at work.") % {"name": found.name})
    return redirect("team", key)


@require_POST
def team_role(request: PageRequest, key: str) -> HttpResponse:
    """Give somebody a role here, or another one."""
    found: Team = find("team", request.actor, key, action="assign")
    form = RoleForm(request.POST, actor=request.actor, team=found)
    if form.is_valid():
        person = find("person", request.actor, form.cleaned_data["person"])
        role = form.cleaned_data["role"]
        if carry_out(form, lambda: commands.set_role(request.actor, person, team=found, role=role)):
            words = {"name": person.name, "role": ROLE_WORDS[role], "team": found.name}
            say(request, _("%(name)s is now %(role)s of %(team)s.") % words)
            return redirect("team", key)
    return _team_page(request, found, role_form=form)


@require_POST
def team_role_end(request: PageRequest, key: str, person_key: str) -> HttpResponse:
    found: Team = find("team", request.actor, key)
    person = find("person", request.actor, person_key)
    commands.end_role(request.actor, person, team=found)
    say(request, _("%(name)s has no role of their own here any more.") % {"name": person.name})
    return redirect("team", key)


@require_POST
def team_token(request: PageRequest, key: str) -> HttpResponse:
    """Make a push token of the team and show it once."""
    found: Team = find("team", request.actor, key)
    form = PushTokenForm(request.POST)
    if form.is_valid():
        words = form.cleaned_data
        made = carry_out(
            form,
            lambda: commands.create_token(
                request.actor, name=words["name"], scope="push", team=found, days=words["days"]
            ),
        )
        if made is not None:
            context = {"made": made, "back": reverse("team", args=[key])}
            response = render(request, "tokens/new.html", context)
            response.headers["Cache-Control"] = "no-store"
            return response
    return _team_page(request, found, token_form=form)


urlpatterns = [
    path("teams", teams, name="teams"),
    path("teams/new", team_new, name="team_new"),
    path("teams/<str:key>", team, name="team"),
    path("teams/<str:key>/change", team_change, name="team_change"),
    path("teams/<str:key>/archive", team_archive, name="team_archive"),
    path("teams/<str:key>/restore", team_restore, name="team_restore"),
    path("teams/<str:key>/roles", team_role, name="team_role"),
    path("teams/<str:key>/roles/<str:person_key>/end", team_role_end, name="team_role_end"),
    path("teams/<str:key>/tokens", team_token, name="team_token"),
]
