"""The objectives as a list, grouped by team or theme; long lists arrive part by part while one scrolls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from sextant.people import queries as people
from sextant.reports.drawing import escaped
from sextant.web.objective_rows import Rows
from sextant.web.okr_links import url_of

AT_FIRST, MORE = 25, 100


@dataclass(frozen=True, slots=True)
class ListPart:
    """A stretch of the list; `rest_url` fetches what follows it, empty where nothing does."""

    markup: SafeString
    rest_url: str


def list_part(rows: Rows, chosen: Sequence[int], *, first: int, count: int | None) -> ListPart:
    """Rows from the place `first` on: `count` of them (None: all, 0: as many as are usual)."""
    ordered = list(_ordered(rows, chosen))
    usual = MORE if first else AT_FIRST
    end = len(ordered) if count is None else first + max(count, usual)
    parts = []
    before = ordered[first - 1][0] if 0 < first <= len(ordered) else None
    for group, pk in ordered[first:end]:
        if group != before:
            parts.append(_heading(group, sum(one == group for one, _pk in ordered)))
            before = group
        parts.append(rows.objective(pk))
    rest = f"/objectives/rows?{rows.look.query}&after={end}" if end < len(ordered) else ""
    return ListPart(mark_safe("".join(parts)), rest)  # noqa: S308 - escaped where it was made


Group = tuple[str, str]
"""Words and address of a heading; both empty where the list is not grouped."""


def _ordered(rows: Rows, chosen: Sequence[int]) -> Iterator[tuple[Group, int]]:
    """Objectives in the order of the teams in their tree, or of the themes; within them by title."""
    standings = rows.board.objectives
    if rows.look.group == "none":
        yield from ((("", ""), pk) for pk in chosen)
        return
    grouped: dict[int | None, list[int]] = {}
    by_theme = rows.look.group == "theme"
    for pk in chosen:
        grouped.setdefault(rows.found.ways.reached.get(pk) if by_theme else standings[pk].row.team_id, []).append(pk)
    for identity, group in _theme_groups(rows) if by_theme else _team_groups():
        yield from ((group, pk) for pk in grouped.pop(identity, ()))
    nowhere = (_("No path to the vision"), "")
    for left in grouped.values():
        yield from ((nowhere, pk) for pk in left)


def _team_groups() -> Iterator[tuple[int | None, Group]]:
    for node in people.team_tree():
        yield node.pk, (node.path_words, url_of("team", node.key))


def _theme_groups(rows: Rows) -> Iterator[tuple[int | None, Group]]:
    for theme in sorted(rows.found.ways.themes.values(), key=lambda one: (one.position, one.name)):
        yield theme.pk, (theme.name, url_of("theme", theme.key))


def _heading(group: Group, count: int) -> str:
    words, url = group
    if not words:
        return ""
    inside = f'<a href="{escaped(url)}">{escaped(words)}</a>' if url else escaped(words)
    return f'<h2 class="okr-group">{inside} <span class="count">{count}</span></h2>'
