"""Text for people: written already, or translated into the reader's language when it is shown."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from sextant.calc.periods import spoken_before

Words = str | Promise


def stretch_words(first: str, last: str) -> str:
    """From one spoken period or day to another: "week 32 to week 34, 2026"; the one where both are the same."""
    if first == last:
        return last
    return _("%(first)s to %(last)s") % {"first": spoken_before(first, last), "last": last}
