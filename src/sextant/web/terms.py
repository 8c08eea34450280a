"""The organisation's own words for theme, cycle, objective, key result and initiative; ours, translated, otherwise.

In the plural an organisation's own word stands as it was given: no language forms it by rule.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from sextant.people import queries as people


@dataclass(frozen=True, slots=True)
class Terms:
    """What a template calls things; lower case unless the organisation writes otherwise."""

    theme: str
    themes: str
    cycle: str
    cycles: str
    objective: str
    objectives: str
    key_result: str
    key_results: str
    initiative: str
    initiatives: str


def terms() -> Terms:
    own = people.organisation().terms
    return Terms(
        theme=own.get("theme") or _("theme"),
        themes=own.get("theme") or _("themes"),
        cycle=own.get("cycle") or _("cycle"),
        cycles=own.get("cycle") or _("cycles"),
        objective=own.get("objective") or _("objective"),
        objectives=own.get("objective") or _("objectives"),
        key_result=own.get("key_result") or _("key result"),
        key_results=own.get("key_result") or _("key results"),
        initiative=own.get("initiative") or _("initiative"),
        initiatives=own.get("initiative") or _("initiatives"),
    )
