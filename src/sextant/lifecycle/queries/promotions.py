"""A promotion and how far it is from its exit rule."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import gettext as _

from sextant.alerts.insight_sentences import span_words
from sextant.calc import promotion as calc
from sextant.lifecycle.days import last_day
from sextant.lifecycle.looking import Case, cases
from sextant.lifecycle.models import Promotion, Transition
from sextant.lifecycle.queries.lives import lives_at, standing_transitions
from sextant.lifecycle.sentences import day_words
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.models import KeyResult

AGREEMENTS = ("promoted", "extended", "replanned")


@dataclass(frozen=True, slots=True)
class Agreed:
    """Until when a promotion was to last, and its exit rule in periods, as known at a standpoint."""

    ends_on: date
    revert_after: int


@dataclass(frozen=True, slots=True)
class ExitProgress:
    """How much of the exit rule holds: `met` of `needed` periods in a row, newest last.

    `is_spoilt`: a change for the worse touches that row. `ends_on` is the last day; `is_over`: the promotion ended.
    """

    promotion: Promotion
    state: str
    met: int
    needed: int
    is_spoilt: bool
    ends_on: date
    days_left: int
    frequency: str
    is_over: bool

    @property
    def share(self) -> float:
        """0 to 1, for a bar."""
        return min(1.0, self.met / self.needed) if self.needed else 1.0

    @property
    def missing(self) -> int:
        return max(0, self.needed - self.met)

    @property
    def sentence(self) -> str:
        """ "2 of 3 weeks in a row on target; no change for the worse; ends 30 Jun 2026." """
        words = {
            "met": min(self.met, self.needed), "span": span_words(self.frequency, self.needed),
            "ends": day_words(self.ends_on),
        }  # fmt: skip
        said = [_("%(met)s of %(span)s in a row on target") % words]
        if self.promotion.heeds_findings:
            said.append(_("a change for the worse still counts") if self.is_spoilt else _("no change for the worse"))
        said.append(_("ended %(ends)s") % words if self.days_left < 0 else _("ends %(ends)s") % words)
        return "; ".join(said) + "."


def promotion_of(key_result: KeyResult | int) -> Promotion | None:
    """The promotion a key result was made for; None for any other key result, and for one that was taken back."""
    pk = key_result if isinstance(key_result, int) else key_result.pk
    found = Promotion.objects.filter(key_result_id=pk).exclude(outcome="undone")
    return found.select_related("kpi__metric", "key_result__objective", "cycle", "owner").first()


def open_promotion(kpi_id: int) -> Promotion | None:
    """The promotion that is at work on the KPI."""
    found = Promotion.objects.filter(kpi_id=kpi_id, ended_at=None)
    return found.select_related("kpi__metric", "key_result__objective", "cycle", "owner").first()


def agreed(promotions: Collection[Promotion], point: Standpoint) -> dict[int, Agreed]:
    """By promotion id; what was extended or planned anew later is not known yet. Two statements on a past day."""
    found = {one.pk: Agreed(one.ends_on, one.revert_after) for one in promotions}
    if point.known_at is None or not found:
        return found
    rows = Transition.objects.filter(promotion_id__in=list(found), kind__in=AGREEMENTS).select_related("kpi__metric")
    later = rows.exclude(kind="promoted").filter(known_at__gt=point.known_at)
    for one in later.order_by("-pk"):  # the first of them speaks last: it kept what stood before
        was = Agreed(found[one.promotion_id or 0].ends_on, one.evidence["kept"]["revert_after"])
        found[one.promotion_id or 0] = was
    for one in rows.filter(standing_transitions(point)).order_by("pk"):
        last = last_day(one.after["ends"], one.kpi.metric.frequency)
        found[one.promotion_id or 0] = replace(found[one.promotion_id or 0], ends_on=last)
    return found


def exit_progress(promotion: Promotion, point: Standpoint) -> ExitProgress:
    """How far this one is."""
    return exit_progresses([promotion], point)[promotion.pk]


def exit_progresses(promotions: Collection[Promotion], point: Standpoint) -> dict[int, ExitProgress]:
    """The same for many, by promotion id, with a fixed number of statements."""
    ids = [one.kpi_id for one in promotions]
    looked, lives, known = cases(ids, point), lives_at(ids, point), agreed(promotions, point)
    return {one.pk: _progress(one, known[one.pk], lives[one.kpi_id], looked, point) for one in promotions}


def _progress(
    promotion: Promotion, known: Agreed, life: calc.Life, looked: Mapping[int, Case], point: Standpoint
) -> ExitProgress:
    ends_on, needed = known.ends_on, known.revert_after
    is_over = life.promotion != promotion.pk or life.state not in calc.AT_WORK
    run: Sequence[calc.Seen] = ()
    adverse: Sequence[calc.Adverse] = ()
    if not is_over and (case := looked.get(promotion.kpi_id)) is not None:
        ignored = case.look.discounted.get("reverted", calc.LONG_AGO)
        run = calc.run_of([one for one in calc.counted(life, case.look) if one.start > ignored], calc.MET)
        adverse = case.look.adverse
    elif promotion.outcome == "reverted":
        run = [calc.Seen(start, start, calc.MET) for start in life.proof]
    row = run[-needed:]
    spoilt = promotion.heeds_findings and any(
        one.last >= row[0].start and one.first <= row[-1].start for one in adverse if row
    )
    return ExitProgress(
        promotion, life.state, len(run), needed, spoilt, ends_on, (ends_on - point.now.date()).days,
        promotion.kpi.metric.frequency, is_over,
    )  # fmt: skip
