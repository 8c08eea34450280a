"""The form of one thing to check in on, and the words it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from sextant.forecasts.words import chance_words
from sextant.kpis.models import Kpi
from sextant.metrics.models import Metric
from sextant.notifications.rendering import plain
from sextant.okrs import subjects
from sextant.okrs.models import CheckIn, Milestone
from sextant.okrs.queries.check_ins import DueItem
from sextant.people import queries as people
from sextant.web.kpi_words import moment_words, said
from sextant.web.okr_words import STATUS_WORDS, share_words

KPI_STATUS_WORDS = {"on_target": "on_track", "watch": "at_risk", "off_target": "off_track"}
REPORTED = ("on_track", "at_risk", "off_track")


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a key result, done or to be marked."""

    id: int
    title: str
    is_done: bool
    evidence: str
    chosen: bool


@dataclass(frozen=True)
class ItemForm:
    """One thing to check in on as a form: prefilled, or as it was sent and refused."""

    item: DueItem
    typed: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, Sequence[str]] = field(default_factory=dict)
    theirs: Mapping[str, object] | None = None
    is_expanded: bool = False

    @property
    def id(self) -> str:
        return f"{self.item.kind}-{self.item.subject.pk}"

    @property
    def url(self) -> str:
        return address_of(self.item.subject)

    @property
    def thing_url(self) -> str:
        return page_of(self.item.subject)

    @property
    def name(self) -> str:
        return self.item.name

    @property
    def context(self) -> str:
        """What it belongs to."""
        subject = self.item.subject
        if isinstance(subject, Kpi):
            return _("KPI · %(team)s") % {"team": subject.metric.team.name}
        return f"{subject.objective.title} · {subjects.team_of(subject).name}"

    @property
    def due_words(self) -> str:
        owed = self.item.owed
        return "" if owed is None else due_words(owed.due_on, people.today())

    @property
    def is_late(self) -> bool:
        return self.item.is_late

    @property
    def value(self) -> str:
        """What stands in the field."""
        if "value" in self.typed:
            return self.typed["value"]
        return "" if self.item.value is None else f"{self.item.value:.15g}"

    @property
    def unit(self) -> str:
        return unit_words(self.item.metric)

    @property
    def figure(self) -> str:
        """The last value in words."""
        return figure_of(self.item.metric, self.item.value)

    @property
    def summary(self) -> str:
        """What Enter confirms, in one line: for the closed row."""
        parts = [self.figure] if self.item.value is not None else []
        if self.item.metric is None and self.steps:
            done = sum(step.is_done for step in self.steps)
            parts.append(_("%(done)s of %(total)s steps") % {"done": done, "total": len(self.steps)})
        if self.item.confidence is not None:
            parts.append(_("confidence %(level)s") % {"level": self.item.confidence})
        if self.item.status:
            parts.append(str(STATUS_WORDS[self.item.status]))
        if self.item.draft is not None:
            parts.append(_("draft"))
        return " · ".join(parts) or _("nothing said yet")

    @property
    def confidences(self) -> list[Choice]:
        chosen = self._text("confidence", "" if self.item.confidence is None else str(self.item.confidence))
        return [Choice(str(level), str(level), str(level) == chosen) for level in range(11)]

    @property
    def statuses(self) -> list[Choice]:
        chosen = self._text("status", self.item.status)
        return [Choice(key, str(STATUS_WORDS[key]), key == chosen) for key in REPORTED]

    @property
    def note(self) -> str:
        return self._text("note", self._words_before.note if self._words_before else "")

    @property
    def action(self) -> str:
        return self._text("action", self._words_before.action if self._words_before else "")

    @property
    def _words_before(self) -> CheckIn | None:
        """Whose words stand in the form: a draft's, or those that said why it was off track already."""
        said = self.item.said
        return said if said is not None and (said.is_draft or said.status == "off_track") else None

    @property
    def blocker(self) -> str:
        return self.typed.get("blocker", "")

    @property
    def blocker_owner(self) -> str:
        return self.typed.get("blocker_owner", "")

    @property
    def steps(self) -> list[Step]:
        return [self._step(one) for one in self.item.milestones]

    @property
    def seen(self) -> int | str:
        """The newest check-in this form knows of: theirs, once both were shown."""
        return str(self.theirs["seen"]) if self.theirs is not None else self.item.seen

    @property
    def theirs_shown(self) -> dict[str, object]:
        return _version_words(self.theirs or {}, self.item.metric)

    @property
    def yours_shown(self) -> dict[str, object]:
        return _version_words(self.typed, self.item.metric)

    @property
    def numbers_say(self) -> str:
        """What is computed, beside what is asked: "At risk: 40 % of the way; chance: likely, 78 %"."""
        if not self.item.computed:
            return ""
        key = KPI_STATUS_WORDS.get(self.item.computed, self.item.computed)
        words = str(STATUS_WORDS.get(key, ""))
        if self.item.progress is not None:
            words += ": " + _("%(share)s of the way") % {"share": share_words(self.item.progress)}
            if self.item.expected is not None:
                words += ", " + _("%(share)s expected by now") % {"share": share_words(self.item.expected)}
            if self.item.chance is not None:
                words += "; " + _("chance: %(words)s") % {"words": chance_words(self.item.chance)}
        elif self.item.target is not None and self.item.metric is not None:
            words += ": " + _("target %(value)s") % {"value": figure_of(self.item.metric, self.item.target)}
        return words

    @property
    def computed_key(self) -> str:
        return KPI_STATUS_WORDS.get(self.item.computed, self.item.computed)

    @property
    def last_said(self) -> str:
        latest = self.item.latest
        if latest is None:
            return _("Nobody has checked in yet.")
        words = _("Last: %(who)s, %(when)s") % {"who": latest.author, "when": moment_words(latest.known_at)}
        return f"{words}: {plain(latest.note, 160)}" if latest.note else words

    @property
    def blockers(self) -> list[str]:
        return [
            f"{one.text} ({one.owner.name})" if one.owner else _("%(text)s (nobody yet)") % {"text": one.text}
            for one in self.item.blockers
        ]

    @property
    def general_problems(self) -> list[str]:
        shown = ("value", "confidence", "note", "action", "blocker", "blocker_owner", "milestones", "evidence")
        return [text for name, texts in self.problems.items() if name not in shown for text in texts]

    @property
    def step_problems(self) -> list[str]:
        return [*self.problems.get("milestones", ()), *self.problems.get("evidence", ())]

    @property
    def has_open_parts(self) -> bool:
        return bool(self.blocker or {"blocker", "blocker_owner"} & set(self.problems))

    def _text(self, name: str, otherwise: str) -> str:
        return self.typed.get(name, "") if self.typed else otherwise

    def _step(self, one: Milestone) -> Step:
        return Step(
            one.pk, one.title, one.done_at is not None, self.typed.get(f"evidence-{one.pk}", one.evidence),
            f"done-{one.pk}" in self.typed,
        )  # fmt: skip


def _version_words(version: Mapping[str, object], metric: Metric | None) -> dict[str, object]:
    """One of two versions as people read it."""
    value, status = version.get("value"), str(version.get("status") or "")
    shown = figure_of(metric, value) if isinstance(value, float | int) else value
    return {
        _("value"): shown or "–", _("confidence"): version.get("confidence") or "–",
        _("status"): str(STATUS_WORDS[status]) if status in STATUS_WORDS else "–",
        _("line"): version.get("note") or "–", _("action"): version.get("action") or "–",
    }  # fmt: skip


def address_of(subject: subjects.Subject) -> str:
    """Where its check-ins are."""
    return reverse(f"{subjects.kind_of(subject)}_check_ins", args=[subject.key])


def page_of(subject: subjects.Subject) -> str:
    """The page of the thing itself; that of its check-ins where this installation has none."""
    try:
        return reverse(subjects.kind_of(subject), args=[subject.key])
    except NoReverseMatch:
        return address_of(subject)


def due_words(due_on: date, today: date) -> str:
    """ "due today", "due Friday", "was due 20 Nov": plain, without blame."""
    if due_on == today:
        return _("due today")
    if due_on < today:
        return _("was due %(day)s") % {"day": date_format(due_on, "j M")}
    if due_on - today < timedelta(days=7):
        return _("due %(day)s") % {"day": date_format(due_on, "l")}
    return _("due %(day)s") % {"day": date_format(due_on, "j M")}


def figure_of(metric: Metric | None, value: float | None) -> str:
    return "–" if metric is None or value is None else said(value, metric)


def unit_words(metric: Metric | None) -> str:
    if metric is None:
        return ""
    if metric.unit_label:
        return metric.unit_label
    kind, _colon, name = metric.unit.partition(":")
    return "%" if kind == "percent" else name
