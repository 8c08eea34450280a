"""The rules: what each looks at, for which things, and how it is set as shipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.core.errors import refuse
from sextant.core.words import Words
from sextant.people.models import Person

SIDES = ("adverse", "both")
HEARERS = ("owner", "lead", "followers")
MOST_PERIODS, MOST_DAYS, MOST_PEOPLE, MOST_BUDGET = 24, 366, 50, 50.0
LARGEST_FIGURE = 2**53


@dataclass(frozen=True, slots=True)
class Settings:
    """How a rule is set. What makes no sense for a rule stays as it is.

    `open_after` and `recover_after` count periods in a row, `relapse_periods` how many periods after a recovery the
    next time counts as a relapse. `budget` is in false alarms per KPI-year, None as fits the frequency. `below` is the
    chance under which a key result counts as unlikely. `response_days`: until the response plan is to be answered,
    0 asks for none.
    """

    on: bool = True
    open_after: int = 1
    recover_after: int = 1
    relapse_periods: int = 6
    side: str = "adverse"
    budget: float | None = None
    below: float = 0.3
    response_days: int = 7
    hears: tuple[str, ...] = ("owner",)
    people: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """`settable` names the settings that mean something here. `is_moment`: its end is no recovery."""

    key: str
    things: tuple[str, ...]
    title: Words
    says: Words
    shipped: Settings = field(default_factory=Settings)
    settable: tuple[str, ...] = ()
    is_moment: bool = False
    responds: bool = False
    is_available: bool = True


_ALWAYS = ("on", "hears", "people")
_PATIENT = ("open_after", "recover_after", "relapse_periods")
_KPI, _KEY_RESULT = ("kpi",), ("key_result",)
_ALL = (
    Rule(
        "red_flag", _KPI, gettext_lazy("Past the red flag"),
        gettext_lazy("The value of the newest complete period is past the red flag."),
        Settings(hears=("owner", "lead")), (*_ALWAYS, *_PATIENT, "response_days"), responds=True,
    ),
    Rule(
        "target_crossed", _KPI, gettext_lazy("Off target"),
        gettext_lazy("The value of the newest complete period misses its target, after it was met."),
        Settings(), (*_ALWAYS, *_PATIENT, "response_days"), responds=True,
    ),
    Rule(
        "deviation", _KPI, gettext_lazy("Not what was expected"),
        gettext_lazy("The last periods together differ from what season and trend led us to expect."),
        Settings(recover_after=2),
        (*_ALWAYS, "side", "budget", "recover_after", "relapse_periods", "response_days"), responds=True,
    ),
    Rule(
        "unusual", _KPI, gettext_lazy("Unusual value"),
        gettext_lazy("A single value of an hourly or daily KPI lies far from what was expected."),
        Settings(), (*_ALWAYS, "side", "budget"), is_moment=True,
    ),
    Rule(
        "late", _KPI, gettext_lazy("Value missing"),
        gettext_lazy("The value of a period is overdue beyond the grace days, or one in between is missing."),
        Settings(relapse_periods=0), _ALWAYS,
    ),
    Rule(
        "restated", _KPI, gettext_lazy("Past judgement changed"),
        gettext_lazy("A correction of an earlier value changed how its period was judged."),
        Settings(), _ALWAYS, is_moment=True,
    ),
    Rule(
        "unlikely", _KEY_RESULT, gettext_lazy("Key result unlikely"),
        gettext_lazy("The chance of reaching the target is low; without a usable history, it is far behind its path."),
        Settings(hears=("owner", "lead")), (*_ALWAYS, "below", "relapse_periods"),
    ),
    Rule(
        "check_in_late", _KEY_RESULT, gettext_lazy("Check-in late"),
        gettext_lazy("Nobody has checked in on a running key result since its day."),
        Settings(relapse_periods=0), _ALWAYS,
    ),
    Rule(
        "source_failing", _KPI, gettext_lazy("Source failing"),
        gettext_lazy("The feed that brings the values has failed. There is no feed to watch in this version."),
        Settings(), (), is_available=False,
    ),
)  # fmt: skip
RULES: Mapping[str, Rule] = MappingProxyType({rule.key: rule for rule in _ALL})
# A KPI whose value misses its target has one alert about it, not one per rule that sees the same: the first of these.
ABOUT_THE_TARGET = ("red_flag", "target_crossed")
FROM_FINDINGS = ("deviation", "unusual")
SETTING_WORDS: Mapping[str, Words] = MappingProxyType(
    {
        "on": gettext_lazy("Raises alerts"),
        "open_after": gettext_lazy("Periods in a row before it raises one"),
        "recover_after": gettext_lazy("Periods in a row before it counts as recovered"),
        "relapse_periods": gettext_lazy("Periods after a recovery in which the next time is a relapse"),
        "side": gettext_lazy("Which side counts"),
        "budget": gettext_lazy("False alarms per KPI and year that are acceptable"),
        "below": gettext_lazy("Chance below which it is unlikely"),
        "response_days": gettext_lazy("Days to answer the response plan"),
        "hears": gettext_lazy("Who hears of it"),
        "people": gettext_lazy("Others who hear of it"),
    }
)
SIDE_WORDS: Mapping[str, Words] = {
    "adverse": gettext_lazy("Only for the worse"),
    "both": gettext_lazy("For the better as well"),
}
HEARER_WORDS: Mapping[str, Words] = {
    "owner": gettext_lazy("Its owner"),
    "lead": gettext_lazy("The lead of its team"),
    "followers": gettext_lazy("Who follows it"),
}


def title(rule: str) -> str:
    """What the rule is called."""
    found = RULES.get(rule)
    return str(found.title) if found is not None else rule


def rule_of(key: str) -> Rule:
    """Raises Refused for a key that is none."""
    found = RULES.get(key)
    if found is None:
        raise refuse("unknown-rule", _("There is no rule “%(rule)s”.") % {"rule": key[:60]}, "rule")
    return found


def merged(shipped: Settings, layers: list[Mapping[str, Any]]) -> Settings:
    """The settings with what each layer says on top, the last one nearest; what a newer version wrote is left out."""
    said: dict[str, Any] = {}
    known = {one.name for one in fields(Settings)}
    for layer in layers:
        for name, value in layer.items():
            if name in known:
                said[name] = tuple(value) if isinstance(value, list) else value
    return replace(shipped, **said)


def checked(rule: Rule, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as they are kept. Raises Refused for what this rule does not have or cannot be."""
    kept: dict[str, Any] = {}
    for name, value in settings.items():
        if name not in rule.settable:
            raise refuse("unknown-setting", _("The rule “%(rule)s” has no setting “%(name)s”.") % {
                "rule": rule.key, "name": str(name)[:60]}, "settings")  # fmt: skip
        kept[name] = _CHECKS[name](name, value)
    return kept


def _yes_or_no(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise refuse("bad-value", _("Say yes or no."), name)
    return value


def _whole(name: str, value: Any) -> int:
    least, most = _WHOLE[name]
    if not _is_figure(value) or value != int(value):
        raise refuse("bad-value", _("Give a whole number."), name)
    if not least <= value <= most:
        raise refuse("bad-value", _("Give a number from %(least)s to %(most)s.") % {"least": least, "most": most}, name)
    return int(value)


_WHOLE = {
    "open_after": (1, MOST_PERIODS), "recover_after": (1, MOST_PERIODS), "relapse_periods": (0, MOST_PERIODS),
    "response_days": (0, MOST_DAYS),
}  # fmt: skip


def _budget(name: str, value: Any) -> float | None:
    if value is None:
        return None
    if not _is_figure(value) or not 0 < value <= MOST_BUDGET:
        raise refuse("bad-value", _("Give false alarms per year, above 0 and up to 50."), name)
    return float(value)


def _share(name: str, value: Any) -> float:
    if not _is_figure(value) or not 0 < value < 1:
        raise refuse("bad-value", _("Give a share between 0 and 1."), name)
    return float(value)


def _is_figure(value: Any) -> bool:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    return abs(value) <= LARGEST_FIGURE  # nan is not; a whole number may be too large for a float


def _side(name: str, value: Any) -> str:
    if value not in SIDES:
        raise refuse("unknown-choice", _("Choose one of: %(choices)s.") % {"choices": ", ".join(SIDES)}, name)
    return str(value)


def _hears(name: str, value: Any) -> list[str]:
    if not isinstance(value, (list, tuple)) or any(one not in HEARERS for one in value):
        raise refuse("unknown-choice", _("Choose among: %(choices)s.") % {"choices": ", ".join(HEARERS)}, name)
    return [one for one in HEARERS if one in value]


def _people(name: str, value: Any) -> list[int]:
    if not isinstance(value, (list, tuple)) or len(value) > MOST_PEOPLE:
        raise refuse("bad-value", _("Name up to %(most)s people.") % {"most": MOST_PEOPLE}, name)
    ids = [one.pk if isinstance(one, Person) else one for one in value]
    if any(isinstance(one, bool) or not isinstance(one, int) or not _is_figure(one) for one in ids):
        raise refuse("unknown-person", _("Name people of the organisation."), name)
    if Person.objects.filter(pk__in=ids, archived_at=None).count() != len(set(ids)):
        raise refuse("unknown-person", _("One of these people is not here, or has left."), name)
    return sorted(set(ids))


_CHECKS = {
    "on": _yes_or_no, "open_after": _whole, "recover_after": _whole, "relapse_periods": _whole, "side": _side,
    "budget": _budget, "below": _share, "response_days": _whole, "hears": _hears, "people": _people,
}  # fmt: skip
