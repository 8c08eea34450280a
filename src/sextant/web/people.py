"""People: the list, a person's page, adding, inviting, changing, archiving and erasing."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sextant.core import belongings
from sextant.core.access import can, find, require, visible
from sextant.core.actors import Actor
from sextant.core.errors import NotAllowed, Refused
from sextant.core.events import sentence
from sextant.core.writing import writing
from sextant.people import commands, queries
from sextant.people.access import sees_email
from sextant.people.commands import Invited
from sextant.people.models import ROLE_CHOICES, Membership, Person, Team
from sextant.people.sentences import ROLE_WORDS
from sextant.web.audit import page_of
from sextant.web.requests import PageRequest, carry_out, say, status_of

PER_PAGE = 100
RECENT = 12


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One line of the list of people."""

    name: str
    url: str
    email: str
    roles: list[tuple[str, str, str]]  # (role in words, team, its address)
    state: str  # words
    is_admin: bool


class NewPersonForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    email = forms.EmailField(label=gettext_lazy("E-mail address"), required=False)
    team = forms.ChoiceField(label=gettext_lazy("Team"), required=False)
    role = forms.ChoiceField(label=gettext_lazy("Role in the team"), choices=ROLE_CHOICES, initial="viewer")
    invite = forms.BooleanField(
        label=gettext_lazy("Invite to sign in"), required=False, initial=True,
        help_text=gettext_lazy("With a mail server the invitation is sent; otherwise you get a link to pass on."),
    )  # fmt: skip

    def __init__(self, *args: object, actor: Actor, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["team"].choices = team_choices(actor)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, object]:
        words = super().clean() or {}
        if words.get("invite") and not words.get("email") and "email" not in self.errors:
            self.add_error("email", _("An invitation needs an e-mail address."))
        return words


class PersonForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    email = forms.EmailField(label=gettext_lazy("E-mail address"), required=False)


class InvitationForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("E-mail address"))


def team_choices(actor: Actor, least: str = "lead") -> list[tuple[str, str]]:
    """Teams at work in which the actor may give roles, as the way to them."""
    nodes = [node for node in queries.team_tree().at_work() if actor.has_role(node.pk, least)]
    return [("", _("No team yet")), *((node.key, node.path_words) for node in nodes)]


@require_safe
def people(request: PageRequest) -> HttpResponse:
    """Everybody, with their roles; searched by name, filtered by team."""
    wanted, kind = request.GET.get("q", "").strip(), request.GET.get("show", "")
    found = _found(request.actor, wanted, kind, request.GET.get("team", ""))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "rows": [person_row(request.actor, person) for person in page],
        "page_obj": page,
        "query": wanted,
        "show": kind,
        "may_add": can("person", request.actor, "create", None),
        "sees_addresses": request.actor.has_role(None, "lead"),
    }
    return render(request, "people/people.html", context)


def _found(actor: Actor, wanted: str, kind: str, team_key: str) -> QuerySet[Person]:
    current = Membership.objects.filter(superseded_at=None).select_related("team").order_by("team__name")
    found: QuerySet[Person] = visible("person", actor).prefetch_related(
        Prefetch("memberships", queryset=current, to_attr="current")
    )
    found = found.filter(erased_at=None)
    found = found.exclude(archived_at=None) if kind == "archived" else found.filter(archived_at=None)
    if wanted:
        match = Q(name__icontains=wanted)
        found = found.filter(match | Q(email__icontains=wanted) if actor.has_role(None, "lead") else match)
    tree = queries.team_tree()
    node = tree.find(team_key)
    if node is not None:
        ids = tree.with_descendants(node.pk)
        found = found.filter(memberships__superseded_at=None, memberships__team_id__in=ids).distinct()
    return found


def person_row(actor: Actor, person: Person) -> PersonRow:
    held: list[Membership] = getattr(person, "current", [])
    return PersonRow(
        person.name,
        reverse("person", args=[person.key]),
        person.email if sees_email(actor, person) else "",
        [(str(ROLE_WORDS[m.role]), m.team.name, reverse("team", args=[m.team.key])) for m in held],
        state_of(person),
        person.is_admin,
    )


def state_of(person: Person) -> str:
    if person.erased_at is not None:
        return _("erased")
    if person.archived_at is not None:
        return _("archived")
    return _("signs in") if person.user_id is not None else _("no sign-in")


@require_http_methods(["GET", "POST"])
def person_new(request: PageRequest) -> HttpResponse:
    """Add somebody, and invite them when wanted."""
    require("person", request.actor, "create", None)
    form = NewPersonForm(request.POST or None, actor=request.actor, initial={"team": request.GET.get("team", "")})
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data
        team = find("team", request.actor, words["team"]) if words["team"] else None
        if words["invite"]:
            invited = carry_out(form, lambda: _invite(request.actor, words, team))
            if invited is not None:
                return after_invitation(request, invited)
        else:
            person = carry_out(form, lambda: _add(request.actor, words, team))
            if person is not None:
                say(request, _("Added %(name)s.") % {"name": person.name})
                return redirect("person", person.key)
    return render(request, "people/new.html", {"form": form}, status=status_of(form))


def _invite(actor: Actor, words: dict[str, str], team: Team | None) -> Invited:
    return commands.invite(actor, email=words["email"], name=words["name"], team=team, role=words["role"])


def _add(actor: Actor, words: dict[str, str], team: Team | None) -> Person:
    with writing():
        person = commands.create_person(actor, words["name"], email=words["email"])
        if team is not None:
            commands.set_role(actor, person, team=team, role=words["role"])
    return person


def after_invitation(request: PageRequest, invited: Invited) -> HttpResponse:
    """Say that the mail went out; or show the link, this once."""
    if invited.mail_sent:
        say(request, _("The invitation to %(name)s is on its way.") % {"name": invited.person.name})
        return redirect("person", invited.person.key)
    return show_link(request, invited.person, invited.link, invited.valid_days, is_invitation=True)


@never_cache
def show_link(request: PageRequest, person: Person, link: str, days: int, *, is_invitation: bool) -> HttpResponse:
    context = {"person": person, "link": link, "days": days, "is_invitation": is_invitation}
    return render(request, "people/link.html", context)


def answers_for(actor: Actor, person: Person) -> list[tuple[str, str]]:
    """KPIs, objectives, key results and work the person answers for, as far as the actor may see: (name, address)."""
    held = belongings.of_person(person.pk)
    seen: set[tuple[str, str]] = set()
    for kind in {one.kind for one in held}:
        keys = [one.key for one in held if one.kind == kind]
        seen |= {(kind, key) for key in visible(kind, actor).filter(key__in=keys).values_list("key", flat=True)}
    return [(one.label, page_of(one.kind, one.key)) for one in held if (one.kind, one.key) in seen]


@require_safe
def person(request: PageRequest, key: str) -> HttpResponse:
    """One person: roles, what is owned elsewhere links here, and what happened lately."""
    actor = request.actor
    found: Person = find("person", actor, key)
    recent = visible("event", actor).filter(
        Q(actor_kind="person", actor_key=key) | Q(subject_kind="person", subject_key=key)
    )
    context = {
        "person": found,
        "state": state_of(found),
        "email": found.email if sees_email(actor, found) else "",
        "memberships": queries.current_memberships(found).order_by("team__name"),
        "role_words": ROLE_WORDS,
        "owned": answers_for(actor, found),
        "successors": queries.people_at_work().exclude(pk=found.pk),
        "is_me": actor.person_id == found.pk,
        "may": {
            action: can("person", actor, action, found)
            for action in ("change", "invite", "archive", "erase", "password_link")
        },
        "invitation_form": InvitationForm(initial={"email": found.email}),
        "recent": [(event, sentence(event)) for event in recent.order_by("-pk")[:RECENT] if found.erased_at is None],
    }
    return render(request, "people/person.html", context)


@require_http_methods(["GET", "POST"])
def person_change(request: PageRequest, key: str) -> HttpResponse:
    found: Person = find("person", request.actor, key, action="change")
    initial = {"name": found.name, "email": found.email, "version": found.version}
    form = PersonForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        done = carry_out(form, lambda: commands.change_person(request.actor, found, **form.cleaned_data))
        if done is not None:
            say(request, _("Saved."))
            return redirect("person", key)
    return render(request, "people/change.html", {"form": form, "person": found}, status=status_of(form))


@require_POST
def person_invite(request: PageRequest, key: str) -> HttpResponse:
    """Invite somebody known from files, or anew."""
    found: Person = find("person", request.actor, key)
    form = InvitationForm(request.POST)
    if form.is_valid():
        email = form.cleaned_data["email"]
        invited = carry_out(form, lambda: commands.invite(request.actor, email=email, person=found))
        if invited is not None:
            return after_invitation(request, invited)
    return render(request, "people/invite.html", {"form": form, "person": found}, status=status_of(form))


@require_POST
def person_password_link(request: PageRequest, key: str) -> HttpResponse:
    """Make a one-time password link and show it once."""
    found: Person = find("person", request.actor, key)
    link = commands.make_password_link(request.actor, found)
    return show_link(request, found, link, 1, is_invitation=False)


@require_POST
def person_administrator(request: PageRequest, key: str) -> HttpResponse:
    found: Person = find("person", request.actor, key)
    is_admin = request.POST.get("is_admin") == "yes"
    commands.set_administrator(request.actor, found, is_admin=is_admin, version=None)
    say(request, _("Saved."))
    return redirect("person", key)


@require_POST
def person_archive(request: PageRequest, key: str) -> HttpResponse:
    found: Person = find("person", request.actor, key)
    to: Person | None = find("person", request.actor, taken) if (taken := request.POST.get("hand_over_to")) else None
    owned = len(answers_for(request.actor, found))
    try:
        commands.archive_person(request.actor, found, hand_over_to=to)
    except NotAllowed:
        raise
    except Refused as refusal:
        say(request, refusal.problems[0].message)
        return redirect("person", key)
    words = _("%(name)s is archived and can no longer sign in.") % {"name": found.name}
    if owned and to is not None:
        given = ngettext("%(to)s took over %(count)d thing.", "%(to)s took over %(count)d things.", owned)
        words = f"{words} {given % {'to': to.name, 'count': owned}}"
    say(request, words, undo=reverse("person_restore", args=[key]))
    return redirect("person", key)


@require_POST
def person_restore(request: PageRequest, key: str) -> HttpResponse:
    found: Person = find("person", request.actor, key)
    commands.restore_person(request.actor, found)
    say(request, _("%(name)s is back.") % {"name": found.name})
    return redirect("person", key)


@require_http_methods(["GET", "POST"])
def person_erase(request: PageRequest, key: str) -> HttpResponse:
    """Asks once, with what goes and what stays, because this cannot be undone."""
    found: Person = find("person", request.actor, key, action="erase")
    problem = ""
    if request.method == "POST":
        if request.POST.get("name", "").strip() == found.name:
            try:
                erased = commands.erase_person(request.actor, found)
            except Refused as refusal:
                problem = refusal.problems[0].message
            else:
                say(request, _("The identity is erased; the rows now name a former member."))
                return redirect("person", erased.key)
        else:
            problem = _("Type the name exactly as it stands here, to be sure.")
    context = {"person": found, "problem": problem}
    return render(request, "people/erase.html", context, status=422 if problem else 200)


urlpatterns = [
    path("people", people, name="people"),
    path("people/new", person_new, name="person_new"),
    path("people/<str:key>", person, name="person"),
    path("people/<str:key>/change", person_change, name="person_change"),
    path("people/<str:key>/invitation", person_invite, name="person_invite"),
    path("people/<str:key>/password-link", person_password_link, name="person_password_link"),
    path("people/<str:key>/administrator", person_administrator, name="person_administrator"),
    path("people/<str:key>/archive", person_archive, name="person_archive"),
    path("people/<str:key>/restore", person_restore, name="person_restore"),
    path("people/<str:key>/erasure", person_erase, name="person_erase"),
]
