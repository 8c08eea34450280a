"""An objective being drafted: what was typed so far, what the checks say to it, and what it becomes.

Nothing is kept on the server between two steps; the form carries all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.calc.progress import relative_target
from sextant.calc.wording import check_objective
from sextant.calc.wording_drafts import OBJECTIVE, Finding, KeyResultDraft, ObjectiveDraft, Repair
from sextant.calc.wording_repairs import apply_repairs
from sextant.core.actors import Actor
from sextant.core.errors import Problem
from sextant.okrs.queries.rules import wording_settings
from sextant.okrs.queries.wording import siblings_of
from sextant.web.draft_chances import start_hints
from sextant.web.key_result_forms import KeyResultForm, after_repair
from sextant.web.okr_forms import LINKS, ObjectiveForm, ParentField
from sextant.web.wording_view import FindingLine, chosen, lines_of

REF = re.compile(r"[a-z0-9-]{1,20}")
BLANK_ROWS = 3
MOST_ROWS = 30
ROW_FIELDS = (
    "title", "kind", "metric", "unit", "direction", "frequency", "how_measured", "owner", "due_on", "guard", "steps",
    "baseline", "baseline_from_series", "target", "relative", "stretch", "low", "high", "is_strict", "planned_periods",
    "checkpoints", "weight",
)  # fmt: skip
LISTS = ("contributors", "viewers")


class DraftObjectiveForm(ObjectiveForm):
    parent = ParentField(
        label=gettext_lazy("What is it for?"),
        help_text=gettext_lazy("The objective or key result it contributes to: title or key."),
    )
    parent_kind = forms.ChoiceField(label=gettext_lazy("It"), required=False, choices=LINKS, initial="contributes")

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, actor=actor, **options)
        self.fields["parent"].actor = actor  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Row:
    """A key result as it was typed; `form` shows it and `said` is what the checks say about it."""

    ref: str
    number: int
    form: KeyResultForm
    said: Sequence[FindingLine] = ()
    note: str = ""


@dataclass
class Typed:
    """Everything the person typed: objective, key results by ref, titles of initiatives."""

    objective: dict[str, Any] = field(default_factory=dict)
    rows: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    work: list[str] = field(default_factory=list)

    def free_ref(self) -> str:
        taken = {ref for ref, _values in self.rows}
        return next(str(number) for number in range(1, 10_000) if str(number) not in taken)

    def add_row(self, values: Mapping[str, str] | None = None) -> None:
        """One more key result; it takes the place of the first blank one."""
        if values is not None:
            for place, (ref, there) in enumerate(self.rows):
                if not there.get("title", "").strip():
                    self.rows[place] = (ref, dict(values))
                    return
        self.rows.append((self.free_ref(), dict(values or {})))

    def pad(self) -> Typed:
        while len(self.rows) < BLANK_ROWS:
            self.add_row()
        return self


def typed_in(sent: QueryDict) -> Typed:
    """What a form sent."""
    objective: dict[str, Any] = {name: sent.get(name, "") for name in DraftObjectiveForm.base_fields if name in sent}
    objective |= {name: sent.getlist(name) for name in LISTS if name in sent}
    refs = [ref for ref in dict.fromkeys(sent.getlist("row")) if REF.fullmatch(ref)][:MOST_ROWS]
    rows = [(ref, {name: sent.get(f"kr-{ref}-{name}", "") for name in ROW_FIELDS}) for ref in refs]
    return Typed(objective, rows, [text.strip() for text in sent.getlist("work") if text.strip()][:50])


class Drafting:
    """A draft with its forms. With `is_saving` they are bound, so that what is wrong shows."""

    def __init__(self, actor: Actor, typed: Typed, *, is_saving: bool = False) -> None:
        self.actor, self.typed, self.is_saving = actor, typed, is_saving
        self.objective_form = (
            DraftObjectiveForm(typed.objective, actor=actor)
            if is_saving
            else DraftObjectiveForm(actor=actor, initial=typed.objective)
        )

    @cached_property
    def checked_objective(self) -> DraftObjectiveForm:
        """Bound, to be read; shown only when saving."""
        form = self.objective_form if self.is_saving else DraftObjectiveForm(self.typed.objective, actor=self.actor)
        form.is_valid()
        return form

    @cached_property
    def checked_rows(self) -> dict[str, KeyResultForm]:
        """Bound forms of the rows that are not blank, by ref."""
        found = {}
        for ref, values in self.typed.rows:
            data = {f"kr-{ref}-{name}": value for name, value in values.items() if value}
            form = KeyResultForm(data, prefix=f"kr-{ref}", actor=self.actor)
            if not form.is_blank:
                form.is_valid()
                found[ref] = form
        return found

    @cached_property
    def draft(self) -> ObjectiveDraft:
        given = self.checked_objective.cleaned_data
        team, cycle = given.get("team"), given.get("cycle")
        siblings = siblings_of(self.actor, team.pk, cycle.pk if cycle else None) if team is not None else ()
        rows = tuple(form.draft(ref) for ref, form in self.checked_rows.items())
        title = str(self.typed.objective.get("title", "")).strip()
        return ObjectiveDraft(title, str(self.typed.objective.get("description", "")), rows, siblings)

    @cached_property
    def findings(self) -> list[Finding]:
        """Nothing is said about an empty page."""
        if not self.draft.title and not self.draft.key_results:
            return []
        team = self.checked_objective.cleaned_data.get("team")
        found = check_objective(self.draft, wording_settings(team_id=team.pk if team else None))
        return found if self.draft.title else [one for one in found if one.ref != OBJECTIVE]

    @cached_property
    def lines(self) -> list[FindingLine]:
        return lines_of(self.findings, {})

    @property
    def said(self) -> list[FindingLine]:
        """About the objective."""
        return [line for line in self.lines if line.ref == OBJECTIVE]

    @property
    def proposals(self) -> int:
        """How many repairs accepting everything means."""
        return sum(line.has_proposal for line in self.lines)

    @cached_property
    def rows(self) -> list[Row]:
        ahead = start_hints(self.draft.key_results, self.checked_rows, self.checked_objective.cleaned_data.get("cycle"))
        notes = {
            one.ref: " ".join(filter(None, (both_targets(one), ahead.get(one.ref)))) for one in self.draft.key_results
        }
        shown = []
        for number, (ref, values) in enumerate(self.typed.rows, 1):
            bound = self.checked_rows.get(ref) if self.is_saving else None
            form = bound or KeyResultForm(prefix=f"kr-{ref}", actor=self.actor, initial=values)
            said = [line for line in self.lines if line.ref == ref]
            shown.append(Row(ref, number, form, said, notes.get(ref, "")))
        return shown

    def accept(self, values: Sequence[str]) -> Typed:
        """The draft with these repairs in it."""
        repairs: list[Repair] = chosen(self.findings, values)
        done = apply_repairs(self.draft, repairs)
        before = {one.ref: one for one in self.draft.key_results}
        after = {one.ref: one for one in done.draft.key_results}
        rows: list[tuple[str, dict[str, str]]] = []
        for ref, one in after.items():
            if ref not in before:
                rows.append((ref, after_repair({}, KeyResultDraft(ref, ""), one)))
        for ref, typed in self.typed.rows:
            if ref in before and ref not in after:
                continue
            rows.append((ref, after_repair(typed, before[ref], after[ref]) if ref in before else typed))
        objective = self.typed.objective | {"title": done.draft.title}
        work = [*self.typed.work, *(one.title for one in done.initiatives)]
        return Typed(objective, rows, work)

    @property
    def is_valid(self) -> bool:
        return self.checked_objective.is_valid() and all(form.is_valid() for form in self.checked_rows.values())

    def arguments(self) -> dict[str, Any]:
        """Of `draft_objective`."""
        given = dict(self.checked_objective.cleaned_data)
        parent, kind = given.pop("parent"), given.pop("parent_kind") or "contributes"
        rows = [form.arguments() for form in self.checked_rows.values()]
        return given | {"parent": parent, "parent_kind": kind, "key_results": rows, "initiatives": self.typed.work}

    def refuse(self, problems: Iterable[Problem]) -> None:
        """What a command refused, at the field it is about."""
        forms_in_order = list(self.checked_rows.values())
        for problem in problems:
            form: forms.Form = self.checked_objective
            name = problem.field or ""
            if name.startswith("key_results."):
                _word, number, name = name.split(".", 2)
                form = forms_in_order[int(number) - 1]
            name = {"amount": "target", "milestones": "steps"}.get(name, name)
            form.add_error(name if name in form.fields else None, problem.message)


def both_targets(one: KeyResultDraft) -> str:
    """A relative target in both readings: "By 20 percent it is 84, by 20 points 90"."""
    if not one.relative or one.amount is None:
        return ""
    if one.baseline is None:
        return _("Which value that asks for follows once the baseline is known.")
    both = {mode: relative_target(one.baseline, one.amount, mode, one.direction) for mode in ("percent", "points")}
    words = {
        "amount": f"{one.amount:g}", "baseline": f"{one.baseline:g}", "percent": f"{both['percent']:g}",
        "points": f"{both['points']:g}",
    }  # fmt: skip
    if one.relative == "percent":
        return (
            _("From %(baseline)s by %(amount)s percent asks for %(percent)s; by points it would be %(points)s.") % words
        )
    return _("From %(baseline)s by %(amount)s points asks for %(points)s; by percent it would be %(percent)s.") % words
