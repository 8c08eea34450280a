"""Repairs of findings as data, and what a draft becomes when they are accepted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from sextant.calc.wording_drafts import OBJECTIVE, Finding, KeyResultDraft, ObjectiveDraft, Repair
from sextant.calc.wording_rewording import plain_words, without_number

REWORDS = ("reword-without-number", "plain-words")  # in the order they are put into a title
# What only a person can answer; the draft waits for it.
QUESTIONS = (
    "ask-what-changes",
    "ask-key-results",
    "ask-split",
    "ask-number",
    "ask-target",
    "ask-baseline",
    "ask-guard",
    "ask-due-date",
    "ask-shorter",
    "ask-what-differs",
)
CHANGES = ("add-key-result", "add-initiative", "move-to-initiative", "drop-key-result", "fill-figures")
ALTERNATIVES = ("make-guardrail", "make-yes-no", "measure-first")
KINDS = (*REWORDS, *CHANGES, *QUESTIONS, *ALTERNATIVES)


@dataclass(frozen=True, slots=True)
class Question:
    """Something only a person can answer before the draft is complete; `key` is the kind of the repair that asks."""

    key: str
    ref: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class InitiativeDraft:
    """Work that stood where a result belongs; `was` is the ref it came from."""

    title: str
    was: str


@dataclass(frozen=True, slots=True)
class Repaired:
    """The draft with the repairs in it, the work moved out of it, and what remains to be answered."""

    draft: ObjectiveDraft
    initiatives: tuple[InitiativeDraft, ...] = ()
    questions: tuple[Question, ...] = ()


def proposed(findings: Iterable[Finding]) -> tuple[Repair, ...]:
    """The repairs that accepting everything means: each once, alternatives left out."""
    kept: list[Repair] = []
    for finding in findings:
        kept += [repair for repair in finding.repairs if not repair.is_alternative and repair not in kept]
    return tuple(kept)


def apply_repairs(draft: ObjectiveDraft, repairs: Sequence[Repair]) -> Repaired:
    """The draft with these repairs accepted. Their order does not matter; one for a ref that is gone does nothing.

    Raises ValueError for a repair of an unknown kind.
    """
    unknown = sorted({repair.kind for repair in repairs} - set(KINDS))
    if unknown:
        raise ValueError(f"'{unknown[0]}' is no kind of repair; known are {', '.join(KINDS)}")
    by_ref: dict[str, list[Repair]] = defaultdict(list)
    for repair in sorted(repairs, key=lambda one: (KINDS.index(one.kind), one.text)):
        by_ref[repair.ref].append(repair)
    own = by_ref[OBJECTIVE]
    kept = tuple(_repaired(one, by_ref[one.ref]) for one in draft.key_results if not _leaves(by_ref[one.ref]))
    added = [repair for repair in own if repair.kind == "add-key-result"]
    kept = (*_added(added, draft), *kept)
    mended = replace(draft, title=_reworded(draft.title, own), key_results=kept)
    new = [one for one in kept[: len(added)] if one.is_baseline_asked]
    return Repaired(mended, _initiatives(draft, by_ref), _questions(draft, by_ref, new))


def _leaves(repairs: Sequence[Repair]) -> bool:
    return any(repair.kind in ("move-to-initiative", "drop-key-result") for repair in repairs)


def _reworded(title: str, repairs: Sequence[Repair]) -> str:
    """The proposed text; where two ask for a new text, both are put in one after the other."""
    rewords = [repair for repair in repairs if repair.kind in REWORDS]
    if len({repair.kind for repair in rewords}) == 1:
        return rewords[0].text or title
    for repair in rewords:
        title = (without_number if repair.kind == "reword-without-number" else plain_words)(title) or title
    return title


def _repaired(one: KeyResultDraft, repairs: Sequence[Repair]) -> KeyResultDraft:
    fields: dict[str, Any] = {"title": _reworded(one.title, repairs)}
    for repair in repairs:
        fields |= _known(repair.fields)
    return replace(one, **fields)


def _known(fields: Mapping[str, object]) -> dict[str, Any]:
    """Fields a repair may set; what a key result is called and which one it is stays as it is."""
    allowed = set(KeyResultDraft.__dataclass_fields__) - {"ref", "title"}
    return {name: value for name, value in fields.items() if name in allowed}


def _added(repairs: Sequence[Repair], draft: ObjectiveDraft) -> Iterator[KeyResultDraft]:
    """New key results, under refs nothing else has."""
    taken = {one.ref for one in draft.key_results}
    free = (name for name in (f"new-{number}" for number in count(1)) if name not in taken)
    for repair, ref in zip(repairs, free, strict=False):
        yield KeyResultDraft(ref=ref, title=repair.text, **_known(repair.fields))


def _initiatives(draft: ObjectiveDraft, by_ref: Mapping[str, Sequence[Repair]]) -> tuple[InitiativeDraft, ...]:
    """From the objective first, then in the order of the key results they were."""
    made = [
        InitiativeDraft(repair.text or draft.title, OBJECTIVE)
        for repair in by_ref.get(OBJECTIVE, ())
        if repair.kind == "add-initiative"
    ]
    for one in draft.key_results:
        moved = [repair for repair in by_ref.get(one.ref, ()) if repair.kind == "move-to-initiative"]
        if moved:
            made.append(InitiativeDraft(moved[0].text or one.title, one.ref))
    return tuple(made)


def _questions(
    draft: ObjectiveDraft, by_ref: Mapping[str, Sequence[Repair]], new: Sequence[KeyResultDraft]
) -> tuple[Question, ...]:
    """What remains to be answered, about the objective first; what left the draft asks nothing more."""
    staying = [OBJECTIVE, *(one.ref for one in draft.key_results if not _leaves(by_ref.get(one.ref, ())))]
    asked = [
        Question(repair.kind, ref, repair.text)
        for ref in staying
        for repair in by_ref.get(ref, ())
        if repair.kind in QUESTIONS
    ]
    return tuple(dict.fromkeys([*asked, *(Question("ask-baseline", one.ref, one.title) for one in new)]))
