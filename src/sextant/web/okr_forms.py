"""Forms about objectives, key results and initiatives. They read text into values; what makes sense is the commands'
business."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.core.words import Words
from sextant.okrs.models import KeyResult, Objective
from sextant.people import queries as people
from sextant.people.models import Person, Team
from sextant.strategy import queries as strategy
from sextant.strategy.models import Cycle
from sextant.web.form_fields import FigureField, days, lines, person_choices, team_choices

OPEN_STATES = ("draft", "proposed", "agreed", "active")
SEEN_BY: list[tuple[str, Words]] = [
    ("organisation", gettext_lazy("Everyone in the organisation")), ("team", gettext_lazy("The team")),
    ("people", gettext_lazy("Named people")), ("private", gettext_lazy("Only me")),
]  # fmt: skip
ROLLUPS: list[tuple[str, Words]] = [
    ("key_results", gettext_lazy("Its key results")), ("children", gettext_lazy("The objectives that contribute")),
    ("both", gettext_lazy("Both")),
]  # fmt: skip
AMBITIONS: list[tuple[str, Words]] = [
    ("committed", gettext_lazy("Committed: 100 % is expected")),
    ("aspirational", gettext_lazy("Aspirational: 70 % is a success")),
]
LINKS: list[tuple[str, Words]] = [
    ("contributes", gettext_lazy("Contributes to: its number moves the other one")),
    ("supports", gettext_lazy("Supports: it helps, and moves no number")),
    ("step_of", gettext_lazy("Is a step of: a part of a longer aim")),
]


class ParentField(forms.CharField):
    """An objective or a key result by its key or title, among those the actor may see. Empty is None."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        options.setdefault("widget", forms.TextInput(attrs={"list": "known-parents", "autocomplete": "off"}))
        super().__init__(**options)
        self.actor: Actor | None = None

    def clean(self, value: Any) -> Objective | KeyResult | None:
        text = super().clean(value).strip()
        if not text or self.actor is None:
            return None
        for kind in ("objective", "key_result"):
            seen = visible(kind, self.actor).filter(archived_at=None)
            found = list(seen.filter(key=text)) or list(seen.filter(title__iexact=text)[:2])
            if len(found) == 1:
                end: Objective | KeyResult = found[0]
                return end
            if found:
                message = _("Several are called “%(text)s”. Choose one from the list.")
                raise forms.ValidationError(message % {"text": text})
        raise forms.ValidationError(_("There is no objective called “%(text)s” here.") % {"text": text})

    def prepare_value(self, value: Any) -> Any:
        return value.key if isinstance(value, (Objective, KeyResult)) else value


def known_parents(actor: Actor, besides: int = 0, most: int = 200) -> list[tuple[str, str]]:
    """Key and title of what one may align to, to choose from while typing."""
    found = visible("objective", actor).filter(archived_at=None, state__in=OPEN_STATES).exclude(pk=besides)
    rows = list(found.order_by("title").values_list("key", "title")[:most])
    below = visible("key_result", actor).filter(archived_at=None, objective__state__in=OPEN_STATES)
    below = below.exclude(objective_id=besides).filter(objective__archived_at=None)
    return rows + list(below.order_by("title").values_list("key", "title")[:most])


def cycle_choices(actor: Actor, own: Cycle | None = None) -> list[tuple[str, Words]]:
    """Cycles that are open, the latest first; the backlog where it has none yet."""
    found: list[tuple[str, Words]] = [
        (one.key, one.name) for one in strategy.cycles(actor).filter(closed_at=None).order_by("-starts_on", "name")
    ]
    if own is not None and own.key not in dict(found):
        found.insert(0, (own.key, own.name))
    return [*found, ("", _("No cycle yet: the backlog"))]


class ObjectiveForm(forms.Form):
    """What is said of an objective."""

    title = forms.CharField(
        label=gettext_lazy("Objective"), max_length=300, widget=lines(2),
        help_text=gettext_lazy("A sentence without a number: what becomes better, and for whom?"),
    )  # fmt: skip
    description = forms.CharField(
        label=gettext_lazy("What changes if this succeeds?"), required=False, widget=lines(3),
        help_text=gettext_lazy("Who notices, and what is different for them?"),
    )  # fmt: skip
    team = forms.ChoiceField(label=gettext_lazy("Team"))
    owner = forms.ChoiceField(
        label=gettext_lazy("Owner"), required=False, help_text=gettext_lazy("One person answers for it.")
    )
    cycle = forms.ChoiceField(label=gettext_lazy("Cycle"), required=False)
    theme = forms.ChoiceField(label=gettext_lazy("Strategic theme"), required=False)
    ambition = forms.ChoiceField(label=gettext_lazy("Ambition"), choices=AMBITIONS, initial="committed")
    rollup = forms.ChoiceField(label=gettext_lazy("Its progress comes from"), choices=ROLLUPS, initial="key_results")
    contributors = forms.MultipleChoiceField(
        label=gettext_lazy("Contributing teams"), required=False, widget=forms.SelectMultiple(attrs={"size": 5})
    )
    visibility = forms.ChoiceField(label=gettext_lazy("Who may see it"), choices=SEEN_BY, initial="organisation")
    viewers = forms.MultipleChoiceField(
        label=gettext_lazy("These people may see it"), required=False, widget=forms.SelectMultiple(attrs={"size": 5}),
        help_text=gettext_lazy("Only where it is kept to named people."),
    )  # fmt: skip
    is_personal = forms.BooleanField(label=gettext_lazy("A personal objective"), required=False)

    def __init__(self, *args: Any, actor: Actor, objective: Objective | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.actor = actor
        own = objective
        self._choose("team", team_choices(actor, own.team if own else None))
        self._choose("owner", [("", _("Nobody yet")), *person_choices(own.owner if own else None)])
        self._choose("cycle", cycle_choices(actor, own.cycle if own else None))
        themes: list[tuple[str, Words]] = list(strategy.themes(actor).values_list("key", "name"))
        if own is not None and own.theme is not None and own.theme.key not in dict(themes):
            themes.insert(0, (own.theme.key, own.theme.name))
        self._choose("theme", [("", _("No theme")), *themes])
        self._choose("contributors", [(node.key, node.path_words) for node in people.team_tree().at_work()])
        self._choose("viewers", person_choices())
        if not people.organisation().personal_objectives and not (own and own.is_personal):
            del self.fields["is_personal"]
            self._choose("visibility", SEEN_BY[:3])

    def _choose(self, name: str, choices: Sequence[tuple[str, Words]]) -> None:
        self.fields[name].choices = list(choices)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Keys become things."""
        given = super().clean() or {}
        given["team"] = Team.objects.filter(key=given.get("team") or "").first()
        given["owner"] = Person.objects.filter(key=given["owner"]).first() if given.get("owner") else None
        given["cycle"] = visible("cycle", self.actor).filter(key=given.get("cycle") or "").first()
        given["theme"] = visible("theme", self.actor).filter(key=given.get("theme") or "").first()
        given["contributors"] = list(Team.objects.filter(key__in=given.get("contributors") or []))
        given["viewers"] = list(Person.objects.filter(key__in=given.get("viewers") or []))
        return given


def of_objective(objective: Objective) -> dict[str, Any]:
    """The values of the form as the objective stands."""
    return {
        "version": objective.version, "title": objective.title, "description": objective.description,
        "team": objective.team.key, "owner": objective.owner.key if objective.owner else "",
        "cycle": objective.cycle.key if objective.cycle else "",
        "theme": objective.theme.key if objective.theme else "", "ambition": objective.ambition,
        "rollup": objective.rollup, "visibility": objective.visibility, "is_personal": objective.is_personal,
        "contributors": list(objective.contributors.values_list("key", flat=True)),
        "viewers": list(objective.viewers.values_list("key", flat=True)),
    }  # fmt: skip


class ChangeObjectiveForm(ObjectiveForm):
    version = forms.IntegerField(widget=forms.HiddenInput)


class AlignmentForm(forms.Form):
    parent = ParentField(label=gettext_lazy("Objective or key result"), required=True)
    kind = forms.ChoiceField(label=gettext_lazy("This one"), choices=LINKS, widget=forms.RadioSelect)
    weight = FigureField(label=gettext_lazy("Weight"), help_text=gettext_lazy("Against the others; empty is 1."))

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["parent"].actor = actor  # type: ignore[attr-defined]


class OverrideForm(forms.Form):
    progress = FigureField(
        label=gettext_lazy("Progress in percent"), help_text=gettext_lazy("From 0 to 100; empty leaves it as computed.")
    )
    status = forms.ChoiceField(
        label=gettext_lazy("Status"), required=False,
        choices=[
            ("", gettext_lazy("As computed")), ("on_track", gettext_lazy("On track")),
            ("at_risk", gettext_lazy("At risk")), ("off_track", gettext_lazy("Off track")),
        ],
    )  # fmt: skip
    expires_on = days(label=gettext_lazy("Until"))
    reason = forms.CharField(label=gettext_lazy("Why are the computed figures not right?"), widget=lines(3))

    def clean_expires_on(self) -> date:
        day: date | None = self.cleaned_data["expires_on"]
        if day is None:
            raise forms.ValidationError(_("Say until when: nobody's word holds for ever."))
        return day

    def clean_progress(self) -> float | None:
        percent: float | None = self.cleaned_data["progress"]
        return None if percent is None else percent / 100


class InitiativeForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("What will be done"), max_length=300)
    key_result = forms.ChoiceField(
        label=gettext_lazy("The key result it should move"), required=False,
        help_text=gettext_lazy("Once it has begun, its page shows whether that number moved."),
    )  # fmt: skip
    owner = forms.ChoiceField(label=gettext_lazy("Owner"), required=False)
    state = forms.ChoiceField(
        label=gettext_lazy("State"), initial="planned",
        choices=[
            ("planned", gettext_lazy("Planned")), ("doing", gettext_lazy("In progress")),
            ("done", gettext_lazy("Done")), ("dropped", gettext_lazy("Dropped")),
        ],
    )  # fmt: skip
    starts_on = days(label=gettext_lazy("From"))
    due_on = days(label=gettext_lazy("Until"))
    link = forms.URLField(
        label=gettext_lazy("Where the work is tracked"), required=False, max_length=500, assume_scheme="https",
        help_text=gettext_lazy("A link to the project or ticket."),
    )  # fmt: skip
    description = forms.CharField(label=gettext_lazy("Description"), required=False, widget=lines(3))

    def __init__(self, *args: Any, objective: Objective, owner: Person | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.own = {one.key: one for one in objective.key_results.filter(archived_at=None)}
        rows = [(one.key, one.title) for one in self.own.values()]
        self.fields["key_result"].choices = [("", _("The objective as a whole")), *rows]  # type: ignore[attr-defined]
        self.fields["owner"].choices = [("", _("Nobody yet")), *person_choices(owner)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        given["key_result"] = self.own.get(given.get("key_result") or "")
        given["owner"] = Person.objects.filter(key=given["owner"]).first() if given.get("owner") else None
        return given


class ChangeInitiativeForm(InitiativeForm):
    version = forms.IntegerField(widget=forms.HiddenInput)


def differing(given: Mapping[str, Any], thing: object, names: Sequence[str]) -> dict[str, Any]:
    """The values of a form that are not those of the thing."""
    return {name: given[name] for name in names if name in given and given[name] != getattr(thing, name)}
