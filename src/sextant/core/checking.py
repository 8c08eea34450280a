"""Checks of what people type that commands of every package share."""

from __future__ import annotations

from django.utils.translation import gettext as _

from sextant.core.errors import refuse

A_NOTE, A_TEXT = 2_000, 20_000
"""The most characters of a few sentences, and of a text as long as people may write."""


def checked_text(text: str, field: str, *, missing: str = "", key: str = "", most: int = A_NOTE) -> str:
    """The text without its margins. Refused where it is too long or holds what no database keeps.

    With `missing`, said to whoever wrote nothing, it may not be empty either; `key` names that problem where it is not
    "<field>-missing".
    """
    if missing and not text.strip():
        raise refuse(key or f"{field}-missing", missing, field)
    if len(text) > most or "\0" in text:
        raise refuse("too-long", _("Use at most %(most)s readable characters.") % {"most": most}, field)
    return text.strip()
