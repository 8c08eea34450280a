"""The sample behind a value that a survey found, in one line for the page of its KPI."""

from __future__ import annotations

from django.utils.translation import gettext as _

from sextant.calc.numbers import format_value
from sextant.calc.surveys import FEW, Sample
from sextant.kpis.queries.standing import Standing
from sextant.surveys.queries.results import sample_behind
from sextant.web.kpi_words import locale


def margin_words(sample: Sample) -> str:
    """ "±15.3" in the unit of the value."""
    return f"±{format_value(sample.margin, 'number', 1, locale=locale())}"


def rough_words(sample: Sample) -> str:
    """Why the margin is not to be taken to the digit, or nothing."""
    if not sample.is_rough:
        return ""
    if sample.n < FEW:
        return _("The margin is rough: fewer than %(few)d answers.") % {"few": FEW}
    return _("All answers are alike, so the margin says how many others may have been missed.")


def sample_line(standing: Standing) -> str:
    """ "±15.3 from 100 answers, for 95 of 100 such samples" for a value that a survey found, else nothing."""
    if standing.period is None or standing.value is None:
        return ""
    found = sample_behind(standing.metric, standing.period, standing.value, standing.point.known_at)
    if found is None or found.sample is None:
        return ""
    words = {"margin": margin_words(found.sample), "n": found.sample.n}
    return _("%(margin)s from %(n)d answers, for 95 of 100 such samples") % words
