"""What the import calls things, in words for people."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# Kinds of tables as they were understood.
TABLE_WORDS = {
    "series_long": _("One value per row"),
    "series_wide_periods_across": _("Periods across, KPIs down"),
    "series_wide_metrics_across": _("KPIs across, periods down"),
    "metric_list": _("A list of KPIs"),
    "labels": _("Labels and translations"),
    "targets": _("Targets"),
    "ignored": _("Left out"),
}
# What a person may say a table is; the empty one leaves it to us.
TABLE_CHOICES = (
    ("", _("Find out")),
    ("series_long", _("Values")),
    ("metric_list", _("A list of KPIs")),
    ("targets", _("Targets per KPI and period")),
    ("labels", _("Only labels")),
    ("ignored", _("Leave it out")),
)
ROLE_WORDS = {
    "metric_name": _("KPI name"),
    "metric_key": _("KPI id"),
    "period": _("Period"),
    "period_part": _("Month, week or quarter of a year"),
    "value": _("Value"),
    "number": _("Values of a KPI of its own"),
    "target": _("Target"),
    "red_flag": _("Red flag"),
    "low": _("Lower bound"),
    "high": _("Upper bound"),
    "baseline": _("Baseline"),
    "aim_year": _("Year of the target"),
    "target_text": _("Target in words"),
    "unit": _("Unit"),
    "direction": _("Direction"),
    "frequency": _("Frequency"),
    "aggregation": _("Roll-up rule"),
    "precision": _("Decimals"),
    "owner": _("Owner"),
    "team": _("Team"),
    "theme": _("Theme"),
    "description": _("Description"),
    "how_measured": _("How measured"),
    "source": _("Source"),
    "dimension": _("Breakdown, such as region or site"),
    "measure": _("Kind of measure"),
    "scenario": _("Actual or plan"),
    "numerator": _("Numerator"),
    "denominator": _("Denominator"),
    "qualifier": _("Mark beside the value"),
    "state": _("State of the value"),
    "note": _("Note"),
    "parent": _("Parent KPI"),
    "multiplier": _("Factor, such as thousands"),
    "technical": _("Technical code"),
    "ignored": _("Leave out"),
}
SLOT_ROLES = ("number", "value", "target", "red_flag", "dimension", "ignored")
NUMBER_FORMATS = (("", _("Find out")), (".", "1,234.5"), (",", "1.234,5"))
DATE_ORDERS = (("", _("Find out")), ("day", _("Day first: 31/12/2026")), ("month", _("Month first: 12/31/2026")))
FREQUENCIES = {
    "hour": _("Hour"), "day": _("Day"), "week": _("Week"), "month": _("Month"), "quarter": _("Quarter"),
    "tertial": _("Tertial"), "half": _("Half-year"), "year": _("Year"),
}  # fmt: skip
AGGREGATIONS = {
    "sum": _("Sum"), "mean": _("Mean"), "last": _("Last value"), "min": _("Smallest"), "max": _("Largest"),
    "ratio": _("Ratio of sums"),
}  # fmt: skip
DIRECTIONS = {"up": _("Higher is better"), "down": _("Lower is better"), "within": _("Within a band")}
REPEATS = {
    "last": _("The last one in the file counts"),
    "first": _("The first one in the file counts"),
    "sum": _("They are added up"),
    "mean": _("Their mean counts"),
    "max": _("The largest counts"),
    "refuse": _("None of them is taken, and I am told"),
}
DRAFT_STATES = {
    "asked": _("Is it this one?"),
    "new": _("New"),
    "known": _("Known"),
    "left_out": _("Left out"),
}
DRAFT_FILTERS = DRAFT_STATES | {"empty": _("Without values")}
MATCHED_BY = {
    "id": _("same row of the same source"),
    "key": _("same key"),
    "name": _("same name"),
    "answer": _("you said so"),
}
MISSING = {
    "unit": _("unit"),
    "direction": _("direction"),
    "frequency": _("frequency"),
    "how_measured": _("how measured"),
    "owner": _("owner"),
    "target": _("target"),
    "aggregation": _("roll-up rule"),
    "precision": _("decimals"),
    "span": _("span"),
}
PROBLEMS = {
    "exact-repeat": _("The same record twice"),
    "conflicting-repeat": _("A record stands twice and differs"),
    "damaged-characters": _("Characters that could not be read"),
    "goal-text-varies": _("One goal under several names"),
    "unknown-objective": _("The objective is not in the files"),
    "no-objective": _("No objective above"),
    "unknown-parent": _("The parent is not in the files"),
    "unknown-cycle": _("A cycle that is not known"),
    "unknown-team": _("A team that is not known"),
    "near-team": _("Nearly the name of a team you have"),
    "near-person": _("Nearly the name of somebody here"),
    "alignment-circle": _("Its own ancestor"),
    "baseline-is-target": _("Baseline and target are equal"),
    "empty-record": _("An empty record"),
    "no-text": _("A line without a name"),
    "near-match": _("Nearly the name of a KPI you have"),
    "repeated-period": _("A period occurs more than once"),
    "more-repeats": _("More repeated periods"),
    "not-a-number": _("Not a number"),
    "unreadable-period": _("A period that cannot be read"),
    "period-missing": _("No period in the row"),
    "row-incomplete": _("Row with too few columns"),
    "other-period-length": _("Another period length than the KPI's"),
    "missing-value": _("No value to roll up"),
    "repeat-in-sum": _("The same row twice in a sum"),
    "ratio-without-base": _("Nothing to divide by"),
    "error-cell": _("An error in the spreadsheet"),
    "spreadsheet-error": _("An error in the spreadsheet"),
    "unsupported-digits": _("Digits that cannot be read"),
    "too-many-metrics": _("No columns that name KPIs"),
    "not-finite": _("Not a finite number"),
    "more-problems": _("More problems of the same kind"),
}
IMPORT_STATES = {
    "uploaded": pgettext_lazy("import", "Waiting"),
    "reading": _("Being read"),
    "ready": _("Preview, nothing written yet"),
    "publishing": _("Being written"),
    "done": pgettext_lazy("import", "Imported"),
    "failed": _("Could not be read"),
    "undone": _("Taken back"),
    "discarded": _("Thrown away"),
}
MONTHS = (
    (1, _("January")), (2, _("February")), (3, _("March")), (4, _("April")), (5, _("May")), (6, _("June")),
    (7, _("July")), (8, _("August")), (9, _("September")), (10, _("October")), (11, _("November")),
    (12, _("December")),
)  # fmt: skip
UNITS = (
    ("number", _("Number")), ("count", _("Count")), ("percent", _("Percent")), ("rating", _("Rating")),
    ("currency:EUR", "EUR"), ("currency:USD", "USD"), ("currency:GBP", "GBP"), ("currency:CHF", "CHF"),
    ("duration:s", _("Seconds")), ("duration:min", _("Minutes")), ("duration:h", _("Hours")),
    ("duration:d", _("Days")),
)  # fmt: skip


def problem_words(key: str) -> str:
    return str(PROBLEMS.get(key) or key.replace("-", " ").capitalize())


def unit_words(unit: str) -> str:
    return str(dict(UNITS).get(unit) or unit.partition(":")[2] or unit)


FIGURES = {"target": _("Target"), "red_flag": _("Red flag"), "low": _("Lower bound"), "high": _("Upper bound")}


def choices() -> dict[str, Any]:
    """What can be chosen on the forms of the preview."""
    return {
        "rules": REPEATS.items(),
        "months": MONTHS,
        "table_choices": TABLE_CHOICES,
        "number_formats": NUMBER_FORMATS,
        "date_orders": DATE_ORDERS,
        "frequencies": FREQUENCIES.items(),
        "aggregations": AGGREGATIONS.items(),
        "directions": DIRECTIONS.items(),
        "units": UNITS,
    }
