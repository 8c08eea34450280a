"""The lists a PMO works through: what each is for, how long it is, and the rows of those about teams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy

from sextant.core.actors import Actor
from sextant.core.words import Words
from sextant.kpis.queries import balance, discipline, lists
from sextant.web.scorecard_look import PERSPECTIVES

REPORTS: Mapping[str, tuple[Words, Words]] = {
    "unlinked": (
        gettext_lazy("Linked to nothing"),
        gettext_lazy("They point to no strategic theme and give no reason. Link them, or say why they are watched."),
    ),
    "nice-to-know": (
        gettext_lazy("Nice to know"),
        gettext_lazy("No decision depends on them so far. Name the decision each one serves, or stop watching it."),
    ),
    "review-overdue": (
        gettext_lazy("Review overdue"),
        gettext_lazy("Nobody has asked within the agreed time whether this is still the right KPI and target."),
    ),
    "old-targets": (
        gettext_lazy("Old targets"),
        gettext_lazy("Their newest target was set more than four quarters ago."),
    ),
    "stale": (
        gettext_lazy("Stale values"),
        gettext_lazy("The next value is overdue beyond the grace days, or there has never been one."),
    ),
    "no-target": (gettext_lazy("No target"), gettext_lazy("Without a target a value is never healthy.")),
    "no-owner": (gettext_lazy("No owner"), gettext_lazy("Nobody answers for them.")),
}


TEAM_REPORTS: Mapping[str, tuple[Words, Words]] = {
    "teams-without": (
        gettext_lazy("Teams without a KPI"),
        gettext_lazy("A team that watches nothing cannot see whether its work helps."),
    ),
    "balance": (
        gettext_lazy("Balance"),
        gettext_lazy("What each team looks at: one kind of KPI alone tells half the story, and often too late."),
    ),
    "discipline": (
        gettext_lazy("Discipline"),
        gettext_lazy("Of the values that fell due in a month, the share that was known in time."),
    ),
}


ALL_REPORTS: Mapping[str, tuple[Words, Words]] = {**REPORTS, **TEAM_REPORTS}


BALANCE_FINDINGS: Mapping[str, Words] = {
    balance.ONLY_FINANCIAL: gettext_lazy("Only financial KPIs: add one about customers, processes or people."),
    balance.NOTHING_LEADS: gettext_lazy("Only lagging KPIs: add one that moves before the result does."),
}


@dataclass(frozen=True, slots=True)
class Report:
    """A list a PMO works through, with how many there are."""

    key: str
    label: str
    why: str
    url: str
    count: int | None


def report_head(report: str) -> Report | None:
    """What stands above the list of a report; it counts itself."""
    words = ALL_REPORTS.get(report)
    if words is None:
        return None
    return Report(report, str(words[0]), str(words[1]), f"{reverse('kpis')}?report={report}", None)


def reports(actor: Actor) -> list[Report]:
    """Every list to work through with its count."""
    base = reverse("kpis")
    counted = {key: found(actor).count() for key, found in lists.REPORTS.items()}
    counted["teams-without"] = lists.teams_without_kpis().count()
    counted["balance"] = sum(bool(one.findings) for one in balance.balances(actor))
    return [
        Report(key, str(label), str(why), f"{base}?report={key}", counted.get(key))
        for key, (label, why) in ALL_REPORTS.items()
    ]


def balance_line(one: balance.Balance) -> dict[str, object]:
    return {
        "team": one,
        "url": f"{reverse('kpis')}?team={one.team_key}",
        "perspectives": [one.perspectives.get(key, 0) for key in PERSPECTIVES],
        "leading": one.leads.get("leading", 0),
        "lagging": one.leads.get("lagging", 0),
        "findings": [str(BALANCE_FINDINGS[key]) for key in one.findings],
    }


def discipline_line(one: discipline.TeamDiscipline) -> dict[str, object]:
    return {
        "team": one,
        "url": f"{reverse('kpis')}?team={one.team_key}",
        "cells": [(_percent(month.rate), month) for month in one.each],
        "whole": _percent(one.whole.rate),
        "whole_counts": one.whole,
    }


def _percent(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:.0%}".replace("%", " %")
