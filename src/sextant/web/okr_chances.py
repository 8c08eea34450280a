"""The chance of key results in words: on their pages, in rows and on bars."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.calc.periods import Calendar, Frequency
from sextant.core.words import Words
from sextant.forecasts.sentences import chance_sentence
from sextant.forecasts.words import band, chance_words
from sextant.okrs.queries.chances import CLOSED, NO_DUE_DATE, NO_METRIC, explain_key_result_chance
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.web.forecast_words import ChanceWords, Unit, chance_told

WITHOUT: Mapping[str, Words] = {
    NO_METRIC: gettext_lazy("Only a key result on a metric with a target has a chance."),
    CLOSED: gettext_lazy("The objective is closed: what came of it is known."),
    NO_DUE_DATE: gettext_lazy("Without a due date there is no end to look at."),
}


def unit_of(each: KeyResultStanding) -> Unit:
    metric = each.metric
    if metric is None:
        return Unit("number", None, Frequency.MONTH, Calendar())
    return Unit(metric.unit, metric.precision, Frequency(metric.frequency), each.board.calendar_of(metric), metric.span)


def chance_of(each: KeyResultStanding) -> ChanceWords:
    """The chance with its explanation, or the reason why there is none."""
    chance = each.outlook
    reason = str(WITHOUT[chance.reason]) if chance.reason in WITHOUT else ""
    return chance_told(chance, explain_key_result_chance(each), unit_of(each), reason=reason)


def chance_mark(each: KeyResultStanding) -> SafeString:
    """The chance beside a status, its sentence on hover; empty without one."""
    share = each.chance
    if share is None:
        return SafeString("")
    return format_html(
        '<span class="chance chance-{}" title="{}">{}</span>', band(share), chance_sentence(each.outlook),
        chance_words(share),
    )  # fmt: skip


def status_reason(each: KeyResultStanding) -> str:
    """What the status is judged by: "by its chance" or "by its pace"; empty where by neither."""
    if each.computed not in ("on_track", "at_risk", "off_track"):
        return ""
    if each.chance is not None:
        return _("judged by its chance: %(words)s") % {"words": chance_words(each.chance)}
    if each.kind == "metric" and each.pace is not None:
        return _("judged by its pace: %(pace)s of what is expected by now") % {"pace": f"{each.pace:.0%}"}
    return ""
