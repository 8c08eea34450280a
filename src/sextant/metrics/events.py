"""What can happen to metrics, in sentences."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sextant.core import events


def register() -> None:
    events.register("metric.created", _("added the metric %(subject)s"))
    events.register("metric.changed", _("changed the metric %(subject)s: %(fields)s"))
    events.register("metric.archived", _("archived the metric %(subject)s"))
    events.register("metric.restored", _("brought the metric %(subject)s back"))
    events.register("definition.changed", _("changed the definition of %(subject)s (version %(number)s): %(reason)s"))
    events.register("measurements.recorded", _("recorded values: %(count)s new or changed (%(subject)s)"))
    events.register("batch.undone", _("took the batch %(subject)s back"))
    events.register("marker.added", _("marked the chart of %(subject)s: %(label)s"))
    events.register("marker.removed", _("removed a mark from the chart of %(subject)s: %(label)s"))
    events.register("detection.changed", _("changed the normal range of %(subject)s: %(reason)s"))
    events.register("driver.linked", _("named %(driver)s as a driver of %(subject)s: %(why)s"))
    events.register("driver.changed", _("changed what was supposed of the driver %(driver)s of %(subject)s: %(why)s"))
    events.register("driver.unlinked", _("ended the link from the driver %(driver)s to %(subject)s: %(reason)s"))
