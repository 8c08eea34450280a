"""Drivers in words: what a hypothesis says, what became of it, and which driver moved before."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sextant.calc.driver_tree import HOURS, MOVES_NEEDED
from sextant.calc.effects_drivers import Drive
from sextant.core.words import Words
from sextant.metrics.queries.driver_evidence import Evidence

VERDICTS: Mapping[str, Words] = {
    "strong": gettext_lazy("Strong"),
    "weak": gettext_lazy("Weak"),
    "none": gettext_lazy("No sign so far"),
    "too_few": gettext_lazy("Too few moves yet"),
}
ANSWERS: Mapping[str, Words] = {
    "followed": gettext_lazy("Followed"),
    "not": gettext_lazy("Did not follow"),
    "open": gettext_lazy("Still open"),
}
WAYS: Mapping[str, Words] = {
    "same": gettext_lazy("the same way"), "other": gettext_lazy("the other way"), "unknown": gettext_lazy("either way"),
}  # fmt: skip
PERIOD_NAMES: Mapping[str, Words] = {
    "hour": gettext_lazy("hours"), "day": gettext_lazy("days"), "week": gettext_lazy("weeks"),
    "month": gettext_lazy("months"), "quarter": gettext_lazy("quarters"),
    "tertial": gettext_lazy("periods of four months"), "half": gettext_lazy("half-years"),
    "year": gettext_lazy("years"),
}  # fmt: skip
SIDES: Mapping[str, Words] = {"above": gettext_lazy("rose"), "below": gettext_lazy("fell")}
PROBLEMS: Mapping[str, Words] = {
    "no-values": gettext_lazy("One of the two has no values yet."),
    "ratio-needs-parts": gettext_lazy(
        "They are measured by different periods, and the finer one is a share, which has no coarser values without its"
        " numerator and denominator. Keep those as metrics."
    ),
    "rolling-value": gettext_lazy(
        "They are measured by different periods, and the finer one is a rolling value, which has no coarser ones."
    ),
}
CANNOT_COMPARE = gettext_lazy("They are measured by different periods, and the finer one has no coarser values.")


def periods_words(count: int, frequency: str) -> str:
    """ "3 weeks" """
    forms = {
        "hour": ngettext("%(count)s hour", "%(count)s hours", count),
        "day": ngettext("%(count)s day", "%(count)s days", count),
        "week": ngettext("%(count)s week", "%(count)s weeks", count),
        "month": ngettext("%(count)s month", "%(count)s months", count),
        "quarter": ngettext("%(count)s quarter", "%(count)s quarters", count),
        "tertial": ngettext("%(count)s period of four months", "%(count)s periods of four months", count),
        "half": ngettext("%(count)s half-year", "%(count)s half-years", count),
        "year": ngettext("%(count)s year", "%(count)s years", count),
    }
    return forms[frequency] % {"count": count}


def lag_words(lag: int, frequency: str) -> str:
    """ "3 weeks later", or "at once" """
    return _("%(periods)s later") % {"periods": periods_words(lag, frequency)} if lag else _("at once")


def earlier_words(hours: float, frequency: str) -> str:
    """How long before the outcome a driver moved: "3 weeks before", "at the same time", "2 weeks after"."""
    count = round(hours / HOURS[frequency])
    if not count:
        return _("at the same time")
    words = {"periods": periods_words(abs(count), frequency)}
    return _("%(periods)s before") % words if count > 0 else _("%(periods)s after") % words


def count_words(found: Drive) -> str:
    """ "moved 5 times: followed 4, did not follow 1", what is none left out."""
    if not found.moved:
        return _("It has not really moved yet.")
    said = ngettext("moved %(count)s time", "moved %(count)s times", found.moved) % {"count": found.moved}
    parts = [
        words % {"count": count}
        for words, count in (
            (_("followed %(count)s"), found.followed), (_("did not follow %(count)s"), found.not_followed),
            (_("still open %(count)s"), found.still_open),
        )
        if count
    ]  # fmt: skip
    return f"{said}: {', '.join(parts)}"


def short_counts(found: Drive) -> str:
    """For an edge: "followed 4 of 5" """
    told = found.followed + found.not_followed
    if not told:
        return _("nothing to judge yet")
    return _("followed %(followed)s of %(told)s") % {"followed": found.followed, "told": told}


def verdict_sentence(found: Evidence) -> str:
    """What the evidence says, and why a link has lost its line."""
    if found.problem:
        return str(PROBLEMS.get(found.problem, CANNOT_COMPARE))
    told = found.drive.followed + found.drive.not_followed
    if found.verdict == "too_few":
        return _("%(told)s of at least %(needed)s moves can be judged yet.") % {"told": told, "needed": MOVES_NEEDED}
    words = {"followed": found.drive.followed, "told": told}
    if found.is_faint:
        return _(
            "The outcome followed %(followed)s of %(told)s real moves, and its level does not show the driver either."
            " The line is drawn faint; whether the link ends is for a person to say."
        ) % words  # fmt: skip
    if found.verdict == "strong":
        return _("The outcome followed %(followed)s of %(told)s real moves of the driver.") % words
    if found.verdict == "none":
        return _("The outcome followed none of %(told)s real moves of the driver.") % words
    return _("The outcome followed %(followed)s of %(told)s real moves: that may be something, or chance.") % words
