"""What can happen to the pulse, in sentences. That somebody answers is nobody's business, and no event."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sextant.core import events


def register() -> None:
    events.register("pulse.set", _("changed how the pulse is asked: %(changes)s"))
    events.register("pulse.opened", _("opened the pulse %(subject)s, to be answered until %(until)s"))
    events.register("pulse.closed", _("closed the pulse %(subject)s: %(answers)s answers counted"))
