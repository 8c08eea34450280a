"""Where objectives, key results and the stations of their paths are; asked for a thousand times on one page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from sextant.okrs.queries.paths import Step
from sextant.people.queries import term
from sextant.reports.drawing import escaped

ANY_KEY = "any-key"
LONGEST_LABEL = 60


@lru_cache(maxsize=32)
def _frame(name: str) -> tuple[str, str]:
    """An address up to and after the key in it."""
    before, _between, after = reverse(name, args=[ANY_KEY]).partition(ANY_KEY)
    return before, after


def url_of(kind: str, key: str) -> str:
    """The page of an objective, a key result or a theme (which are also the names of their addresses)."""
    before, after = _frame(kind)
    return f"{before}{quote(key)}{after}"


@dataclass(frozen=True, slots=True)
class Station:
    """A step of a path as it is shown: `label` is short, `title` the whole text where that is longer."""

    kind: str
    label: str
    url: str = ""
    title: str = ""


def stations(steps: Iterable[Step]) -> list[Station]:
    """The steps of a path with their addresses, for `objectives/_path.html`."""
    return [_station(step) for step in steps]


def _station(step: Step) -> Station:
    if step.kind == "hidden":
        return Station("hidden", _("not visible to you"))
    if step.kind == "vision":
        return Station("vision", _("Vision"), reverse("strategy"), step.title)
    label = step.title if len(step.title) <= LONGEST_LABEL else f"{step.title[: LONGEST_LABEL - 1].rstrip()}…"
    title = step.title if step.kind != "theme" else f"{term('theme').capitalize()}: {step.title}"
    return Station(step.kind, label, url_of(step.kind, step.key), title)


def path_markup(steps: Sequence[Step]) -> SafeString:
    """What `objectives/_path.html` shows, for rows by the hundred."""
    if not steps:
        return mark_safe(f'<span class="okr-path quiet">{escaped(_("No path to the vision yet"))}</span>')  # noqa: S308
    parts = []
    for one in stations(steps):
        title = f' title="{escaped(one.title)}"' if one.title else ""
        inside = (
            f'<a href="{escaped(one.url)}"{title}>{escaped(one.label)}</a>'
            if one.url
            else f"<span>{escaped(one.label)}</span>"
        )
        parts.append(f'<li class="step-{one.kind}">{inside}</li>')
    label = escaped(_("Path to the vision"))
    return mark_safe(f'<nav class="okr-path" aria-label="{label}"><ol>{"".join(parts)}</ol></nav>')  # noqa: S308
