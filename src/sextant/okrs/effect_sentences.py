"""Whether the work moved what it should, as a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from sextant.calc.effects import Effect
from sextant.metrics.effect_sentences import effect_sentence
from sextant.metrics.models import Metric

MOST_NAMED = 2


def work_sentence(found: Effect, starts_on: date, metric: Metric, others: Sequence[str] = ()) -> str:
    """ "Changed for the better: since the work began on 3 Mar 2026 the weekly value averages 6.1 points above what was
    expected (between 4.2 and 8.0); chance alone does this less than once in 200 such cases." `others` began then too.
    """
    since = _("the work began on %(day)s") % {"day": date_format(starts_on, "j M Y")}
    said = effect_sentence(
        found, since, unit=metric.unit, precision=metric.precision, frequency=metric.frequency
    )  # fmt: skip
    if not others or not found.is_real:
        return said
    named = ", ".join(_("“%(title)s”") % {"title": one} for one in others[:MOST_NAMED])
    return f"{said} " + _("Other work began around the same time and cannot be told apart from it: %(others)s.") % {
        "others": named
    }
