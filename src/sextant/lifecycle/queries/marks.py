"""The mark a KPI carries everywhere it is shown while something is done about it (PL-6)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from sextant.calc import promotion as calc
from sextant.kpis.models import Kpi
from sextant.lifecycle.days import last_day
from sextant.lifecycle.models import Promotion
from sextant.lifecycle.queries.lives import lives_at
from sextant.lifecycle.sentences import STATE_WORDS, day_words
from sextant.metrics.queries.standpoint import Standpoint


@dataclass(frozen=True, slots=True)
class Mark:
    """`state` is promoted, restoring, overdue, accepted, watched or suspected; `ends_on` the day something is due.

    `key_result` is the key of the one that works on it, for a link; whoever shows it asks whether the reader may see
    that.
    """

    state: str
    is_relapse: bool
    origin: str
    ends_on: date | None
    key_result: str
    owner: str

    @property
    def is_at_work(self) -> bool:
        return self.state in calc.AT_WORK

    @property
    def label(self) -> str:
        """A word or two."""
        return str(_("Relapse")) if self.is_relapse else str(STATE_WORDS[self.state])

    @property
    def sentence(self) -> str:
        """What the mark means, with the day and who is at it."""
        words = {"ends": day_words(self.ends_on) if self.ends_on else "–", "owner": self.owner or _("nobody")}
        if self.is_relapse:
            return _("It was restored or graduated not long ago and is off target again.")
        return {
            "suspected": _("Promoting it is suggested."),
            "promoted": _("%(owner)s works on it as a key result until %(ends)s."),
            "restoring": _("%(owner)s works on it until %(ends)s, and it is on target again."),
            "overdue": _("Its last day was %(ends)s. %(owner)s decides how it goes on."),
            "accepted": _("It is accepted as it is until %(ends)s."),
            "watched": _("It is watched closely until %(ends)s, so that a relapse is seen."),
        }[self.state] % words


def marks(kpi_ids: Collection[int], point: Standpoint) -> dict[int, Mark]:
    """The marks of those KPIs that carry one, by id; two or three statements for any number of them."""
    lives = {pk: life for pk, life in lives_at(kpi_ids, point).items() if life.state != calc.MONITORED}
    if not lives:
        return {}
    frequencies = dict(Kpi.objects.filter(pk__in=lives).order_by().values_list("pk", "metric__frequency"))
    named = [life.promotion for life in lives.values() if life.promotion is not None and life.state in calc.AT_WORK]
    found = Promotion.objects.select_related("key_result", "owner").in_bulk(named) if named else {}
    return {pk: mark_of(life, frequencies[pk], found.get(life.promotion or 0)) for pk, life in lives.items()}


def mark_of(life: calc.Life, frequency: str, promotion: Promotion | None) -> Mark:
    """The mark of one life; `promotion` is the one at work on it."""
    return Mark(
        life.state, life.origin == calc.RELAPSE, life.origin,
        None if life.ends is None else last_day(life.ends, frequency),
        promotion.key_result.key if promotion is not None else "",
        promotion.owner.name if promotion is not None and promotion.owner is not None else "",
    )  # fmt: skip
