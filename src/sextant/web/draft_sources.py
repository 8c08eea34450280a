"""What a draft can begin with: a KPI with its value and target, an alert, or a template of the OKR library."""

from __future__ import annotations

from django.utils.translation import gettext as _

from sextant.alerts.queries.inbox import AlertLine
from sextant.kpis.commands.library import unit_of
from sextant.kpis.queries.standing import Standing
from sextant.okrs.commands.library import months_after
from sextant.okrs.library import Template, TemplateKeyResult
from sextant.people.queries import today
from sextant.web.draft_form import Typed
from sextant.web.kpi_words import said

LONGEST_STEP = 300


def from_kpi(typed: Typed, each: Standing) -> None:
    """A key result on the KPI: its newest value is the baseline, its target the target."""
    metric = each.metric
    target = each.target.target if each.target is not None else None
    title = metric.name
    if each.value is not None and target is not None:
        words = {"name": metric.name, "value": said(each.value, metric), "target": said(target, metric)}
        title = _("%(name)s from %(value)s to %(target)s") % words
    typed.objective["team"] = metric.team.key
    if metric.theme is not None:
        typed.objective["theme"] = metric.theme.key
    typed.add_row(
        {
            "title": title, "kind": "metric", "metric": metric.key, "unit": metric.unit,
            "direction": metric.direction if metric.direction in ("up", "down") else "up",
            "baseline": figure(each.value), "baseline_from_series": "" if each.value is not None else "on",
            "target": figure(target),
        }
    )  # fmt: skip


def because_of(typed: Typed, line: AlertLine) -> None:
    """Why it is drafted: what the alert says, and the response plan of the KPI as the first work to do."""
    words = {"name": line.name, "sentence": line.sentence}
    typed.objective["description"] = _("%(name)s needs help. %(sentence)s") % words
    plan = line.response.plan if line.response is not None else ""
    typed.work += [step.strip()[:LONGEST_STEP] for step in plan.splitlines() if step.strip()]


def from_template(typed: Typed, chosen: Template) -> None:
    """Everything the template says; the baseline comes from the series at the start."""
    typed.objective |= {"title": chosen.title, "description": chosen.why, "ambition": chosen.ambition}
    for one in chosen.key_results:
        typed.add_row(_row(one))
    typed.work += chosen.initiatives


def _row(one: TemplateKeyResult) -> dict[str, str]:
    due_on = months_after(today(), one.due_months).isoformat()
    return {
        "title": one.title, "kind": one.kind, "unit": unit_of(one.unit), "direction": one.direction,
        "frequency": one.frequency, "how_measured": one.how_measured, "baseline": figure(one.baseline),
        "baseline_from_series": "on" if one.kind == "metric" and one.baseline is None else "",
        "relative": one.relative, "target": figure(one.amount if one.relative else one.target),
        "low": figure(one.low), "high": figure(one.high), "is_strict": "on" if one.is_strict else "",
        "planned_periods": str(one.planned_periods or ""), "due_on": due_on,
        "steps": f"{one.title} | {due_on}" if one.kind == "milestones" else "",
    }  # fmt: skip


def figure(value: float | None) -> str:
    """A figure as one types it."""
    return "" if value is None else f"{value:.15g}"
