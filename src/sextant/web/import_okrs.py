"""The preview and the result of an import of objectives and key results, as a person reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sextant.calc.numbers import format_value, read_unit
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.exchange import queries, runner
from sextant.exchange.models import Import
from sextant.people.models import Person, Team
from sextant.web import import_words as words
from sextant.web.import_view import locale

PROBLEMS_SHOWN = 8
OBJECTIVES_SHOWN = 25
DEEPEST = 5
KINDS = {
    "metric": gettext_lazy("measured"), "baseline": gettext_lazy("baseline first"),
    "guardrail": gettext_lazy("guardrail"), "milestones": gettext_lazy("milestones"),
    "yes_no": gettext_lazy("done or not"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Leaf:
    """A key result of the preview."""

    title: str
    said: str
    lacks: str
    is_known: bool


@dataclass(frozen=True, slots=True)
class Node:
    """An objective of the preview, with its first key results; `depth` is its place in the tree, 0 on top."""

    title: str
    depth: int
    facts: str
    state: str
    state_words: str
    key_results: tuple[Leaf, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Question:
    number: int
    about: str
    name: str
    choices: list[tuple[str, str]]


def page(actor: Actor, imp: Import) -> dict[str, Any]:
    """What the page of an import of OKRs shows, before and after it is written."""
    summary = imp.summary
    kinds = [(kind, words.problem_words(kind), count) for kind, count in summary.get("problem_keys", {}).items()]
    context: dict[str, Any] = {"counts": summary["counts"], "kinds": kinds, "result": summary.get("result", {})}
    if imp.state != "ready":
        made = visible("objective", actor).filter(batch_key=imp.batch.key if imp.batch else "", archived_at=None)
        return context | {"objectives": made.order_by("title")[:OBJECTIVES_SHOWN], "objective_count": made.count()}
    return context | {
        "nodes": [_node(one) for one in summary["tree"]],
        "questions": _questions(summary["questions"]),
        "progress": summary["progress"],
        "cycles": summary["cycles"],
        "is_fiscal": summary["is_fiscal"],
        "problems": list(queries.problems(imp, limit=PROBLEMS_SHOWN)),
        "notes": summary["notes"][:60],
        "small": runner.is_small(imp),
        "year_start_month": imp.mapping.get("year_start_month"),
        **words.choices(),
    }


def done_words(result: Mapping[str, int]) -> str:
    """What was written, in one sentence."""
    objectives, key_results = result.get("objectives", 0), result.get("key_results", 0)
    if not (objectives or key_results or result.get("accepted") or result.get("changed")):
        return _("Everything in it was known already, so nothing changed.")
    return _("Imported %(objectives)s, %(key_results)s and %(values)s.") % {
        "objectives": ngettext("%(n)s objective", "%(n)s objectives", objectives) % {"n": f"{objectives:,}"},
        "key_results": ngettext("%(n)s key result", "%(n)s key results", key_results) % {"n": f"{key_results:,}"},
        "values": ngettext("%(n)s value", "%(n)s values", result.get("accepted", 0))
        % {"n": f"{result.get('accepted', 0):,}"},
    }


def _node(one: Mapping[str, Any]) -> Node:
    facts = [one["team"], one["owner"], one["cycle"]]
    return Node(
        one["title"], min(one["depth"], DEEPEST), " · ".join(fact for fact in facts if fact), one["state"],
        str(words.DRAFT_STATES[one["state"]]), tuple(_leaf(leaf) for leaf in one["key_results"]), one["more"],
    )  # fmt: skip


def _leaf(one: Mapping[str, Any]) -> Leaf:
    unit = read_unit(one["unit"]) if one["unit"] else None
    figures = [_figure(one[name], unit) for name in ("baseline", "target")]
    said = [str(KINDS[one["kind"]])]
    if any(figures):
        said.append(f"{figures[0] or '?'} → {figures[1] or '?'}")
    if one["value"] is not None:
        said.append(_("now %(value)s") % {"value": _figure(one["value"], unit)})
    if one["is_done"]:
        said.append(_("done"))
    if one["steps"]:
        said.append(ngettext("%(n)s step", "%(n)s steps", one["steps"]) % {"n": one["steps"]})
    if one["priority"]:
        said.append(one["priority"])
    return Leaf(one["title"], ", ".join(said), ", ".join(_lacking(name) for name in one["lacks"]), one["is_known"])


def _figure(value: float | None, unit: str | None) -> str:
    return "" if value is None else format_value(value, unit or "number", None, locale=locale())


def _lacking(name: str) -> str:
    names = {"baseline": _("start"), "target": _("target"), "bound": _("bound"), "planned_periods": _("periods")}
    return names.get(name, name)


def _questions(asked: list[Mapping[str, Any]]) -> list[Question]:
    """Near matches with the names of what they may mean."""
    keys = [key for one in asked for key, _title in one["near"]]
    names = dict(Team.objects.filter(key__in=keys).values_list("key", "name"))
    names |= dict(Person.objects.filter(key__in=keys).values_list("key", "name"))
    kinds = {"objectives": _("Objective"), "teams": _("Team"), "people": _("Person")}
    found = []
    for number, one in enumerate(asked):
        choices = [(key, title if one["about"] == "objectives" else names.get(key, key)) for key, title in one["near"]]
        choices.append(("new", _("None of these: it is new")))
        if one["about"] == "objectives":
            choices.append(("skip", _("Leave it out")))
        found.append(Question(number, kinds[one["about"]], one["name"], choices))
    return found
