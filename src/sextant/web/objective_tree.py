"""The objectives as an indented tree: the vision, its themes, what contributes to what, and what hangs in the air."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sextant.okrs.queries.rows import LinkRow
from sextant.people.queries import term
from sextant.reports.drawing import escaped
from sextant.web.objective_rows import Rows
from sextant.web.okr_links import url_of
from sextant.web.okr_words import shown_status
from sextant.web.templatetags.okrs import okr_status

OPEN_UP_TO = 150
"""A larger tree is folded below the first level."""
DEEPEST = 40


def tree_markup(rows: Rows, chosen: Sequence[int]) -> SafeString:
    """The whole tree of what was chosen and what lies above it."""
    tree = _Tree(rows, chosen)
    vision = rows.found.ways.vision
    parts = []
    if vision:
        url = reverse("strategy")
        parts.append(f'<p class="tree-vision"><a href="{url}">{escaped(_("Vision"))}</a> {escaped(vision)}</p>')
    roots: dict[int | None, list[int]] = {}
    for pk in tree.roots:
        roots.setdefault(rows.found.ways.reached.get(pk), []).append(pk)
    themes = sorted(rows.found.ways.themes.values(), key=lambda one: (one.position, one.name))
    for theme in themes:
        own = roots.pop(theme.pk, [])
        if own:
            word = escaped(term("theme").capitalize())
            link = f'<a href="{url_of("theme", theme.key)}">{escaped(theme.name)}</a>'
            parts.append(
                f'<section class="tree-theme"><h2><span class="quiet">{word}</span> {link}</h2>{tree.level(own)}'
            )
            parts.append("</section>")
    left = [pk for own in roots.values() for pk in own]
    if left:
        words = escaped(_("No path to the vision"))
        why = escaped(_("They contribute to nothing that serves a theme. Say what each is for, or let it go."))
        parts.append(
            f'<section class="tree-theme tree-orphans" id="orphans"><h2>{words} <span class="count">{len(left)}</span>'
            f'</h2><p class="quiet small">{why}</p>{tree.level(left)}</section>'
        )
    return mark_safe("".join(parts))  # noqa: S308 - escaped where it was made


class _Tree:
    def __init__(self, rows: Rows, chosen: Sequence[int]) -> None:
        self.rows, self.found = rows, rows.found
        self.nodes = {*chosen, *(rows.found.ways.above(chosen) & rows.found.nodes)}
        self.is_open = len(self.nodes) <= OPEN_UP_TO
        order = {pk: place for place, pk in enumerate(rows.found.ordered)}
        self.children: dict[int, list[LinkRow]] = {}
        for pk in sorted(self.nodes, key=order.__getitem__):
            link = self.found.ways.up.get(pk)
            if link is not None and link.parent_id in self.nodes:
                self.children.setdefault(link.parent_id, []).append(link)
        below = {link.child_id for own in self.children.values() for link in own}
        self.roots = [pk for pk in rows.found.ordered if pk in self.nodes and pk not in below]

    def level(self, ids: Iterable[int], depth: int = 0) -> str:
        return f'<ul class="okr-branch">{"".join(self.node(pk, depth) for pk in ids)}</ul>'

    def node(self, pk: int, depth: int) -> str:
        """An objective with what contributes to it; what contributes to a key result hangs below that."""
        links = self.children.get(pk, []) if depth < DEEPEST else []
        row = self.rows.objective(pk, with_path=False)
        if not links:
            return f"<li>{row}</li>"
        own = [link.child_id for link in links if link.key_result_id is None]
        inside = self.level(own, depth + 1) if own else ""
        of_results: dict[int, list[int]] = {}
        for link in links:
            if link.key_result_id is not None:
                of_results.setdefault(link.key_result_id, []).append(link.child_id)
        for key_result, below in of_results.items():
            inside += f'<div class="tree-result">{self._result(key_result)}{self.level(below, depth + 1)}</div>'
        words = ngettext("%(count)s contributes", "%(count)s contribute", len(links)) % {"count": len(links)}
        is_open = " open" if self.is_open or (depth == 0 and len(self.nodes) <= OPEN_UP_TO * 4) else ""
        return (
            f'<li>{row}<details class="tree-fold"{is_open}><summary>{escaped(words)}</summary>{inside}</details></li>'
        )

    def _result(self, pk: int) -> str:
        one = self.rows.board.key_results.get(pk)
        if one is None:
            return ""
        status = okr_status(shown_status(one.status, one.progress), "", True)
        link = f'<a href="{url_of("key_result", one.key)}">{escaped(one.title)}</a>'
        return f'<p class="tree-kr">{status}<span class="quiet">{escaped(_("Key result"))}</span> {link}</p>'
