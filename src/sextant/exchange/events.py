"""What can happen to imports, in sentences."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sextant.core import events


def register() -> None:
    events.register("import.done", _("imported %(subject)s: %(metrics)s metrics, %(values)s values"))
    events.register(
        "import.okrs_done",
        _("imported %(subject)s: %(objectives)s objectives, %(key_results)s key results, %(values)s values"),
    )
    events.register("import.undone", _("took the import %(subject)s back"))
    events.register("mapping.saved", _("saved the mapping %(subject)s"))
    events.register("mapping.deleted", _("deleted the mapping %(subject)s"))
