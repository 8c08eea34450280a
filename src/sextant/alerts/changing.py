"""Carrying decisions out: episodes, steps, responses and failures, in the transaction of their group."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sextant.alerts.commands.announcing import announce, announce_thing
from sextant.alerts.deciding import SEEN, Decision, corrected_in, has_moved
from sextant.alerts.hearing import Hearing
from sextant.alerts.models import Alert, AlertStep, Response, RuleFailure
from sextant.alerts.rules import title
from sextant.calc.episodes import FAILED, HOLDS
from sextant.core.actors import SYSTEM
from sextant.kpis.models import Kpi
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.models import KeyResult

EVENTS = {
    "opened": "alert.opened", "replaced": "alert.opened", "relapsed": "alert.relapsed", "recovered": "alert.recovered",
    "passed": "alert.ended", "silenced": "alert.ended", "woken": "alert.woken",
}  # fmt: skip

KEPT = ("corrected", "before")  # what a fresh evidence does not replace
CHANGING = (
    "state", "level", "until", "evidence", "snooze_until", "closed_at", "closed_how", "is_over", "recheck_at",
    "version",
)  # fmt: skip


class Changes:
    """What a group of things comes to. Collect with `take`, then `write`: a few statements for all of them."""

    def __init__(self, point: Standpoint, now: datetime, hearing: Hearing) -> None:
        self._point, self._now, self._hearing = point, now, hearing
        self._opened: list[tuple[Alert, str, Decision, Alert | None]] = []
        self._changed: dict[int, Alert] = {}
        self._steps: list[AlertStep] = []
        self._told: list[tuple[str, Alert]] = []
        self._failing: list[tuple[Kpi | KeyResult, Decision]] = []
        self._mended: list[int] = []
        self.is_something_to_tell = False

    def take(self, thing: Kpi | KeyResult, decisions: Sequence[Decision]) -> None:
        for one in decisions:
            self._take_failure(thing, one)
            outcome, row = one.outcome, one.seen.row
            self.is_something_to_tell |= outcome.tells
            if outcome.ends and row is not None:
                self._end(row, one)
            if outcome.opens:
                self._open(thing, one)
            elif row is not None and not outcome.ends:
                self._go_on(row, one)

    def _take_failure(self, thing: Kpi | KeyResult, one: Decision) -> None:
        if one.look.check.verdict == FAILED:
            self._failing.append((thing, one))
        elif one.seen.failure is not None:
            self._mended.append(one.seen.failure.pk)

    def _open(self, thing: Kpi | KeyResult, one: Decision) -> None:
        check, evidence = one.look.check, dict(one.look.evidence)
        about: dict[str, Any] = {"kpi": thing} if isinstance(thing, Kpi) else {"key_result": thing}
        before = one.seen.row
        alert = Alert(
            rule=one.rule, **about, state="open", level=check.level, opened_at=self._now, evidence=evidence,
            start=evidence.get("start", check.place), since=evidence.get("since", evidence.get("start")),
            until=check.place, owner_id=self._hearing.owner_of(thing),
            relapse_of=before if one.outcome.kind == "relapsed" else None,
        )  # fmt: skip
        kind = "relapsed" if one.outcome.kind == "relapsed" else "opened"
        self._opened.append((alert, kind, one, before))

    def _end(self, row: Alert, one: Decision) -> None:
        kind = "passed" if one.outcome.kind == "replaced" else one.outcome.kind
        before, corrected = row.state, corrected_in(row, one.look)
        row.state, row.closed_at, row.closed_how = "closed", self._now, one.outcome.how
        row.snooze_until = row.recheck_at = None
        if corrected:
            self._step(row, "restated", before, {**row.evidence, "corrected": corrected}, tells=False)
            self._told.append(("alert.restated", row))
        tells = one.outcome.tells and kind == "recovered"
        self._step(row, kind, before, {**row.evidence, "after": dict(one.look.evidence)}, tells)
        self._told.append((EVENTS[kind], row))
        self._changed[row.pk] = row

    def _go_on(self, row: Alert, one: Decision) -> None:
        kind, before = one.outcome.kind, row.state
        holds = one.look.check.verdict == HOLDS
        moved, corrected = has_moved(one), corrected_in(row, one.look) if holds else []
        if kind == "lifted":
            row.is_over = True
        elif kind == "woken":
            row.state, row.snooze_until, row.recheck_at = "open", None, None
        elif kind == "nothing" and not moved and not corrected:
            return
        if holds and row.is_live:
            row.level = one.look.check.level
            row.until = max(filter(None, (row.until, one.look.check.place)), default=None)
        if row.is_live and (holds or moved):
            former = row.evidence
            row.evidence = {name: former[name] for name in KEPT if name in former} | dict(one.look.evidence)
            if corrected:
                row.evidence |= {"corrected": corrected, "before": {name: former.get(name) for name in SEEN}}
        if kind != "nothing":
            self._step(row, kind, before, row.evidence, tells=one.outcome.tells)
        elif corrected:
            self._step(row, "restated", before, row.evidence, tells=False)
            self._told.append(("alert.restated", row))
        if kind in EVENTS:
            self._told.append((EVENTS[kind], row))
        self._changed[row.pk] = row

    def _step(self, row: Alert, kind: str, before: str, evidence: dict[str, Any], tells: bool) -> None:
        self._steps.append(
            AlertStep(
                alert=row,
                kind=kind,
                before=before,
                after=row.state,
                evidence=evidence,
                author=SYSTEM.label,
                known_at=self._now,
                is_untold=tells,
            )
        )

    def write(self) -> None:
        """Ended episodes first, so that a new one of the same rule finds its place free."""
        for row in self._changed.values():  # `bulk_update` takes four times as long
            row.version += 1
            row.save(update_fields=CHANGING)
        Alert.objects.bulk_create([alert for alert, _, _, _ in self._opened], batch_size=500)
        for alert, kind, _one, _before in self._opened:
            self._step(alert, kind, "", alert.evidence, tells=True)
            self._told.append((EVENTS[kind], alert))
        AlertStep.objects.bulk_create(self._steps, batch_size=500)
        self._respond()
        for name, alert in self._told:
            announce(SYSTEM, name, alert)
        self._write_failures()

    def _respond(self) -> None:
        """Open the response plan of each KPI in question; one that waits on an alert that ended goes on here."""
        asking = [
            (alert, one) for alert, _, one, _ in self._opened
            if alert.kpi is not None and one.seen.held.rule.responds and one.seen.held.settings.response_days
        ]  # fmt: skip
        if not asking:
            return
        waiting: dict[int, Response] = {}
        held = Response.objects.filter(
            alert__kpi_id__in=[alert.kpi_id for alert, _ in asking], answered_at=None, alert__closed_how="escalated"
        )
        for response in held.select_related("alert").order_by("id"):
            waiting[response.alert.kpi_id or 0] = response
        new = []
        for alert, one in asking:
            assert alert.kpi is not None
            if (open_one := waiting.pop(alert.kpi.pk, None)) is not None:
                open_one.alert = alert
                open_one.save(update_fields=["alert"])
                continue
            due = self._point.now.date() + timedelta(days=one.seen.held.settings.response_days)
            new.append(
                Response(
                    alert=alert,
                    plan=alert.kpi.response_plan,
                    owner_id=alert.owner_id,
                    due_on=due,
                    opened_at=self._now,
                )
            )
        Response.objects.bulk_create(new, batch_size=500)

    def _write_failures(self) -> None:
        RuleFailure.objects.filter(pk__in=self._mended).update(cleared_at=self._now)
        for thing, one in self._failing:
            known = one.seen.failure
            if known is not None:
                known.message, known.times, known.last_at = one.look.fault, known.times + 1, self._now
                known.save(update_fields=["message", "times", "last_at"])
                continue
            about: dict[str, Any] = {"kpi": thing} if isinstance(thing, Kpi) else {"key_result": thing}
            RuleFailure.objects.create(
                rule=one.rule, message=one.look.fault, first_at=self._now, last_at=self._now, **about
            )
            announce_thing(
                SYSTEM, "alert_rule.failed", thing, topics=["alert_rules"], what=title(one.rule), rule=one.rule
            )
