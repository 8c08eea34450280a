"""The facts of a definition as name and words: the same list on the page, the card and the export."""

from __future__ import annotations

from django.utils.translation import gettext as _

from sextant.metrics.models import Metric
from sextant.web.form_fields import UNIT_WORDS
from sextant.web.kpi_subject import Subject
from sextant.web.kpi_words import moment_words


def definition_facts(subject: Subject) -> list[tuple[str, str]]:
    """Unit, direction and the like, as name and words: the same list on the page, the card and the export."""
    metric, standing = subject.metric, subject.standing
    recording = standing.recording
    source = metric.source or (recording.source if recording else "")
    if standing.series.is_calculated:
        source = _("calculated")
    rows = [
        (_("Unit"), unit_words(metric)),
        (_("Direction"), str(metric.get_direction_display())),
        (_("Frequency"), frequency_words(metric)),
        (_("Longer periods"), str(metric.get_aggregation_display())),
        (_("Source"), source),
        (_("Owner"), metric.owner.name if metric.owner else ""),
        (_("Team"), metric.team.name),
        (_("Theme"), metric.theme.name if metric.theme else ""),
        (_("Perspective"), str(metric.get_perspective_display()) if metric.perspective else ""),
        (_("Leading or lagging"), str(metric.get_leads_display()) if metric.leads else ""),
    ]
    if metric.part_of_id and metric.slice:
        rows.append((_("Part"), ", ".join(f"{name}: {member}" for name, member in metric.slice.items())))
    if recording:
        rows.append((_("Newest value recorded"), f"{moment_words(recording.recorded_at)}, {recording.recorded_by}"))
    return rows


def unit_words(metric: Metric) -> str:
    word = str(UNIT_WORDS.get(metric.unit, metric.unit.partition(":")[2] or metric.unit)).partition(" (")[0]
    return f"{word} ({metric.unit_label})" if metric.unit_label else word


def frequency_words(metric: Metric) -> str:
    word = str(metric.get_frequency_display())
    if metric.span == 1:
        return word
    return _("%(frequency)s, over %(span)s periods") % {"frequency": word, "span": metric.span}
