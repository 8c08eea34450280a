"""What the preview of an import asks the person who looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from sextant.people.queries import today
from sextant.web import import_words as words

MOST_CHOICES = 4


Choices = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Question:
    """Something found that a person may decide; `kind` says by what: choices, many, several, text or yes."""

    number: int
    text: str
    kind: str
    choices: Choices
    chosen: str
    required: bool
    hint: str = ""
    ideas: tuple[str, ...] = ()


def place_of(file: str, sheet: str) -> str:
    return f"{file} · {sheet}" if sheet else file


@dataclass(frozen=True, slots=True)
class Asked:
    """What may be decided about one table; `table` is its number, "" when it is about all files."""

    place: str
    table: str
    questions: list[Question]
    remarks: list[str]

    @property
    def is_required(self) -> bool:
        return any(question.required for question in self.questions)


def questions(summary: Mapping[str, Any]) -> list[Asked]:
    """All offers by table; tables with a question that keeps values out come first."""
    places = {place_of(table["file"], table["sheet"]): str(n) for n, table in enumerate(summary.get("tables", []))}
    groups: dict[str, Asked] = {}
    for number, offer in enumerate(summary.get("offers", [])):
        place = place_of(offer["file"], offer.get("sheet", ""))
        group = groups.setdefault(place, Asked(place, places.get(place, ""), [], []))
        if offer["setting"] in ("measure", "ratio"):
            group.remarks.append(offer["message"])
        else:
            group.questions.append(_question(number, offer))
    for group in groups.values():
        group.questions.sort(key=lambda question: not question.required)
    found = [group for group in groups.values() if group.questions]
    return sorted(found, key=lambda group: not group.is_required)


def _question(number: int, offer: Mapping[str, Any]) -> Question:
    setting, given = offer["setting"], [str(choice) for choice in offer["choices"]]
    choices = [(choice, _choice_words(setting, choice)) for choice in given]
    kind = "choices" if len(given) <= MOST_CHOICES and setting != "headline" else "many"
    if setting == "breakdowns":
        kind = "yes"
    elif setting == "columns":
        kind = "several"
    elif not given:
        kind = "text"
    return Question(
        number,
        offer["message"],
        kind,
        choices,
        str(offer["chosen"]),
        bool(offer["required"]),
        *_help_for(setting),
    )


def _help_for(setting: str) -> tuple[str, tuple[str, ...]]:
    """What to write into a question without choices, and some likely answers."""
    year, month = today().year, today().strftime("%Y-%m")
    if setting == "year":
        return _("Write the year the columns are of, such as %(year)s.") % {"year": year}, (str(year), str(year - 1))
    if setting == "period":
        words = _("Write the period all its numbers are of, such as %(month)s, %(year)s-Q1 or %(year)s.")
        return words % {"month": month, "year": year}, (month, str(year), str(year - 1))
    return "", ()


def _choice_words(setting: str, choice: str) -> str:
    known = {
        "decimal": {",": _("1.234,5 (decimal comma)"), ".": _("1,234.5 (decimal point)")},
        "roll_up": {"": _("Leave them as they are"), "sum": _("Add the rows up")},
        "scale": {"100": _("They are shares: 0.85 is 85 %"), "1": _("They are percent: 0.85 is 0.85 %")},
        "sheet_means": {"team": _("Each sheet is a team"), "nothing": _("The sheets' names mean nothing"),
                        "period": _("Each sheet is a period")},
        "role": {"ignored": _("Leave it out"), "series_long": _("Read it")},
        "day_first": {"day first": _("Day first"), "month first": _("Month first")},
        "aggregation": {key: str(value) for key, value in words.AGGREGATIONS.items()},
    }  # fmt: skip
    if setting == "year_start_month" and choice.isdecimal():
        return str(dict(words.MONTHS).get(int(choice), choice))
    if setting == "frequency":
        return str(words.FREQUENCIES.get(choice, choice))
    return known.get(setting, {}).get(choice, choice)
