"""What can happen to the vision, themes and cycles, in words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sextant.core import events

SENTENCES = {
    "vision.changed": _("changed the vision to: %(text)s"),
    "theme.created": _("created the theme %(subject)s"),
    "theme.changed": _("changed the theme %(subject)s: %(changes)s"),
    "theme.archived": _("archived the theme %(subject)s"),
    "theme.ordered": _("put the themes in a new order"),
    "theme.restored": _("restored the theme %(subject)s"),
    "cycle.created": _("created the cycle %(subject)s, %(starts_on)s to %(ends_on)s"),
    "cycle.changed": _("changed the cycle %(subject)s: %(changes)s"),
    "cycle.archived": _("archived the cycle %(subject)s"),
    "cycle.restored": _("restored the cycle %(subject)s"),
}


def register() -> None:
    for name, sentence in SENTENCES.items():
        events.register(name, sentence)
