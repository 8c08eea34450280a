"""Setting and changing the figures of a key result. A change after the start needs a reason; both stay drawn."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from sextant.calc.periods import hour_of
from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.editing import hold
from sextant.core.errors import Problem, Refused, refuse
from sextant.core.writing import writing
from sextant.okrs.commands.announcing import announce_key_result
from sextant.okrs.models import IN_FORCE, RELATIVE_CHOICES, KeyResult, Terms
from sextant.people.queries import today

NUMBERS = ("baseline", "target", "amount", "stretch", "low", "high", "weight")
FIGURES = (*NUMBERS, "baseline_from_series", "relative", "is_strict", "planned_periods", "checkpoints", "plan")


def add_first_terms(actor: Actor, key_result: KeyResult, figures: Mapping[str, Any]) -> Terms:
    """The figures a key result starts with; call it inside `writing()`."""
    terms = Terms(key_result=key_result, author=actor.label, known_at=clock.now())
    _fill(terms, figures)
    check(key_result, terms)
    terms.save()
    return terms


def set_terms(
    actor: Actor, key_result: KeyResult, *, reason: str = "", valid_from: date | None = None, **figures: Any
) -> Terms:
    """Change figures; those not given stay as they are. Once the objective runs, a new target or baseline needs a
    reason and holds from `valid_from` (today unless said) on; before, it replaces what was there.
    """
    access.require("key_result", actor, "change", key_result)
    with writing():
        hold(key_result)
        if key_result.objective.state == "closed":
            raise refuse("closed", _("The objective is closed. Reopen it to change it."), "state")
        standing = list(key_result.terms.filter(superseded_at=None).order_by(*IN_FORCE))
        before = standing[-1] if standing else Terms(key_result=key_result)
        changed = {name for name, value in figures.items() if getattr(before, name, None) != value}
        if not changed and standing:
            return before
        runs = key_result.published_at is not None and key_result.objective.state == "active"
        if runs and not reason.strip() and changed - {"weight"}:
            message = _("The objective is running: say why the figures change. Both targets stay on the chart.")
            raise refuse("reason-missing", message, "reason")
        terms = Terms(key_result=key_result, reason=reason.strip(), author=actor.label, known_at=clock.now())
        _fill(terms, {**{name: getattr(before, name) for name in FIGURES}, **figures})
        terms.valid_from = hour_of(valid_from or today()) if runs else None
        check(key_result, terms)
        replaced = [one for one in standing if one.valid_from == terms.valid_from or not runs]
        Terms.objects.filter(pk__in=[one.pk for one in replaced]).update(superseded_at=terms.known_at)
        terms.save()
        if key_result.kind == "baseline" and terms.target is not None and terms.baseline is not None:
            key_result.kind = "metric"
        key_result.version += 1
        key_result.save(update_fields=["kind", "version"])
        announce_key_result(
            actor, "key_result.target_changed", key_result, reason=reason.strip() or "–",
            before=before.target, after=terms.target,
        )  # fmt: skip
    return terms


def check(key_result: KeyResult, terms: Terms) -> None:
    """Raise Refused, one problem per field, unless the figures make sense together."""
    problems = [
        Problem("not-finite", _("This is a finite number."), name)
        for name in NUMBERS
        if (value := getattr(terms, name)) is not None and not math.isfinite(value)
    ]
    if terms.target is not None and terms.target == terms.baseline and key_result.kind in ("metric", "baseline"):
        message = _("Baseline and target are equal, so there is no way to go. To hold a level, make it a guardrail.")
        problems.append(Problem("baseline-is-target", message, "target"))
    if terms.relative not in dict(RELATIVE_CHOICES):
        problems.append(Problem("unknown-choice", _("A relative target is in percent or in points."), "relative"))
    if terms.relative and not terms.amount:
        problems.append(Problem("amount-missing", _("Say by how much: not 0."), "amount"))
    if terms.low is not None and terms.high is not None and terms.low > terms.high:
        problems.append(Problem("bounds-swapped", _("The lower bound lies above the upper one."), "low"))
    if not 0 <= terms.weight <= 1000:
        problems.append(Problem("bad-weight", _("A weight lies between 0 and 1000."), "weight"))
    problems += _pairs_problems(terms.checkpoints, "checkpoints") + _pairs_problems(terms.plan, "plan")
    if problems:
        raise Refused(*problems)


def _pairs_problems(pairs: Any, name: str) -> list[Problem]:
    """Pairs of finite numbers; checkpoints go one way: their values rise or fall all along, as their shares rise."""
    try:
        values = [(float(left), float(right)) for left, right in pairs]
    except (TypeError, ValueError):
        return [Problem("bad-pairs", _("Give pairs of numbers."), name)]
    if not all(math.isfinite(number) for pair in values for number in pair):
        return [Problem("not-finite", _("Give finite numbers."), name)]
    if name == "checkpoints" and values:
        firsts = [left for left, _right in sorted(values, key=lambda pair: pair[1])]
        rising = all(a < b for a, b in itertools.pairwise(firsts))
        falling = all(a > b for a, b in itertools.pairwise(firsts))
        if len(values) < 2 or not (rising or falling):
            return [
                Problem("bad-checkpoints", _("Checkpoints rise or fall all along, and there are two or more."), name)
            ]
    return []


def _fill(terms: Terms, figures: Mapping[str, Any]) -> None:
    for name, value in figures.items():
        if name not in FIGURES:
            raise refuse("unknown-field", _("There is no figure “%(name)s”.") % {"name": name}, name)
        setattr(terms, name, value)
    if terms.weight is None:
        terms.weight = 1.0
