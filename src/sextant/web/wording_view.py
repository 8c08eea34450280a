"""What the wording checks say, with repairs that one click accepts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse

from sextant.calc.wording_drafts import OBJECTIVE, Finding, Repair
from sextant.calc.wording_repairs import QUESTIONS, proposed
from sextant.okrs.queries.wording import findings_in
from sextant.okrs.wording_sentences import finding_sentence, repair_label
from sextant.web.objective_subject import ObjectiveSubject

LEVEL_ORDER = ("block", "warn", "hint")


@dataclass(frozen=True, slots=True)
class RepairChoice:
    """A button; `value` says in a form which repair it is. A question has none, but perhaps a place to answer it."""

    value: str
    label: str
    is_alternative: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class FindingLine:
    rule: str
    ref: str
    level: str
    about: str
    sentence: str
    repairs: Sequence[RepairChoice]

    @property
    def has_proposal(self) -> bool:
        """Whether accepting everything does something about it."""
        return any(one.value and not one.is_alternative for one in self.repairs)

    @property
    def mark(self) -> str:
        """The icon of its level."""
        return "info" if self.level == "hint" else "warning"


def value_of(finding: Finding, place: int) -> str:
    """Names one repair of one finding among those of a draft: "key-result|rule|0"."""
    return f"{finding.ref}|{finding.rule}|{finding.span}|{place}"


def chosen(findings: Iterable[Finding], values: Sequence[str]) -> list[Repair]:
    """The repairs with these values; "all" stands for every proposal. Unknown ones are left out."""
    found = list(findings)
    if "all" in values:
        return list(proposed(found))
    by_value = {value_of(one, at): repair for one in found for at, repair in enumerate(one.repairs)}
    return [by_value[value] for value in values if value in by_value]


def lines_of(
    findings: Iterable[Finding], titles: Mapping[str, str], answers: Mapping[str, str] | None = None
) -> list[FindingLine]:
    """Findings as lines, the gravest first. `titles` names key results by ref; `answers` are the addresses where a
    question about a ref is answered.
    """
    lines = []
    for one in findings:
        choices = [
            RepairChoice("", repair_label(repair), repair.is_alternative, (answers or {}).get(repair.ref, ""))
            if repair.kind in QUESTIONS
            else RepairChoice(value_of(one, at), repair_label(repair), repair.is_alternative)
            for at, repair in enumerate(one.repairs)
        ]
        about = "" if one.ref == OBJECTIVE else titles.get(one.ref, "")
        lines.append(FindingLine(one.rule, one.ref, one.level, about, finding_sentence(one), choices))
    return sorted(lines, key=lambda line: LEVEL_ORDER.index(line.level))


def finding_lines(subject: ObjectiveSubject) -> list[FindingLine]:
    """What is said about an objective that is there."""
    standing = subject.standing
    titles = {one.key: one.title for one in standing.key_results}
    answers = {one: reverse("key_result_edit", args=[one]) for one in titles}
    answers[OBJECTIVE] = subject.url("objective_edit")
    return lines_of(findings_in(subject.actor, standing), titles, answers)
