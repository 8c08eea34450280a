"""The alignment map as the page shows it: which cards, folded how, with which words; and its twin as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sextant.okrs.queries.alignment import Alignment
from sextant.people.queries import term
from sextant.reports import alignment_map
from sextant.reports.alignment_layout import Place, laid_out, unfolded
from sextant.reports.alignment_map import Card, Edge, MapPicture
from sextant.reports.drawing import escaped
from sextant.web.objective_look import Look
from sextant.web.okr_links import url_of
from sextant.web.okr_words import LINK_WORDS, STATUS_WORDS, share_words, shown_status

MOST_CARDS = 150
VISION = "!vision"  # no key of an objective looks like these
THEME = "!theme-"


class _Map:
    """The tree of one alignment by the keys of its objectives."""

    def __init__(self, found: Alignment, chosen: Sequence[int], look: Look) -> None:
        self.found, self.look = found, look
        self.nodes = {*chosen, *(found.ways.above(chosen) & found.nodes)}
        self.keys = {pk: found.standing(pk).key for pk in self.nodes}
        self.themes = {one.pk: one for one in found.ways.themes.values()}
        self.children: dict[str, list[str]] = {}
        self.orphans: list[str] = []
        self.words = [word.casefold() for word in look.q.split()]
        self.hits = self._hits()
        self._grow()

    def _hits(self) -> set[int]:
        """Objectives in whose title, or in that of a key result, every word occurs."""
        if not self.words:
            return set()
        found = set()
        for pk in self.nodes:
            one = self.found.standing(pk)
            text = " ".join([one.title, *(kr.title for kr in one.key_results)]).casefold()
            if all(word in text for word in self.words):
                found.add(pk)
        return found

    def _grow(self) -> None:
        ways, shown_themes = self.found.ways, set()
        for pk in self.found.ordered:
            if pk not in self.nodes:
                continue
            link, key = ways.up.get(pk), self.keys[pk]
            theme = ways.reached.get(pk)
            if link is not None and link.parent_id in self.nodes:
                self.children.setdefault(self.keys[link.parent_id], []).append(key)
            elif theme in self.themes:
                self.children.setdefault(f"{THEME}{theme}", []).append(key)
                shown_themes.add(theme)
            else:
                self.orphans.append(key)
        is_whole = not self.look.is_filtered and not self.look.team
        order = sorted(self.themes.values(), key=lambda one: (one.position, one.name))
        self.tops = [f"{THEME}{one.pk}" for one in order if one.pk in shown_themes or is_whole]
        if ways.vision and self.tops:
            self.children[VISION] = self.tops
            self.tops = [VISION]

    def shown(self) -> tuple[set[str], dict[str, int]]:
        """Cards that are not folded away, and how many are below which; what was searched for is always shown."""
        opened = set(self.look.unfold.split(",")) if self.look.unfold else set()
        for pk in self.hits:
            opened |= {self.keys[one] for one in self.found.ways.above([pk]) if one in self.keys}
            theme = self.found.ways.reached.get(pk)
            opened |= {f"{THEME}{theme}", VISION}
        most = 10**9 if "all" in opened or self.look.focus else MOST_CARDS
        return unfolded([*self.tops, *self.orphans], self.children, most, opened, self.look.fold.split(","))


def map_picture(found: Alignment, chosen: Sequence[int], look: Look) -> MapPicture:
    """The map of what was chosen and what lies above it."""
    tree = _Map(found, chosen, look)
    shown, folded = tree.shown()
    visible = {one: [child for child in below if child in shown] for one, below in tree.children.items()}
    first = len(tree.tops) and (1 + (tree.tops == [VISION]))
    lanes = [(tree.tops, 0)] if tree.tops else []
    if tree.orphans:
        lanes.append((tree.orphans, first))
    layout = laid_out(lanes, visible, first)
    pks = {key: pk for pk, key in tree.keys.items()}
    cards = {}
    for identity in layout.places:
        if identity in pks:
            cards[identity] = _card(tree, pks[identity], folded)
        else:
            cards[identity] = _top_card(tree, identity, folded)
    edges = [Edge(child, parent, "contributes") for parent, below in visible.items() for child in below]
    for link in found.links:
        if link.kind != "contributes" and link.child_id in tree.keys and link.parent_id in tree.keys:
            edges.append(Edge(tree.keys[link.child_id], tree.keys[link.parent_id], link.kind))
    return MapPicture(
        title=_("Alignment map"),
        layout=layout,
        cards=cards,
        edges=edges,
        heads=_heads(tree, first, len(layout.columns)),
        lane_heads=[_("Without a path to the vision")] if tree.tops else [],
    )


def _heads(tree: _Map, first: int, columns: int) -> list[str]:
    heads = []
    if tree.tops == [VISION]:
        heads.append(_("Vision"))
    if first:
        heads.append(term("theme").capitalize())
    for level in range(1, columns - first + 1):
        heads.append(_("Objectives") if level == 1 else _("Level %(level)s") % {"level": level})
    return heads


def _top_card(tree: _Map, identity: str, folded: dict[str, int]) -> Card:
    if identity == VISION:
        words = tree.found.ways.vision
        card = Card(VISION, "vision", words, reverse("strategy"), _("Vision: %(words)s") % {"words": words})
    else:
        theme = tree.themes[int(identity.removeprefix(THEME))]
        label = f"{term('theme').capitalize()}: {theme.name}"
        card = Card(identity, "theme", theme.name, url_of("theme", theme.key), label)
    return _with_fold(tree, card, folded)


def _card(tree: _Map, pk: int, folded: dict[str, int]) -> Card:
    found, one = tree.found, tree.found.standing(pk)
    status = shown_status(one.status, one.progress, one.state)
    share = _("health only") if one.is_guardrail_only and one.progress is None else share_words(one.progress)
    metrics = [f"metric:{kr.metric.key}" for kr in one.key_results if kr.metric is not None]
    card = Card(
        identity=one.key,
        kind="objective",
        title=one.title,
        url=url_of("objective", one.key),
        label=_label(found, pk, status, share),
        status=status,
        status_words=str(STATUS_WORDS[status]),
        share=one.progress,
        share_words=share,
        marks=[shown_status(kr.status, kr.progress, one.state) for kr in one.key_results],
        is_hit=pk in tree.hits,
        is_dimmed=bool(tree.words) and pk not in tree.hits,
        is_context=pk in found.context,
        topics=" ".join([f"objective:{one.key}", *dict.fromkeys(metrics)]),
    )
    return _with_fold(tree, card, folded)


def _with_fold(tree: _Map, card: Card, folded: dict[str, int]) -> Card:
    """The button that folds what hangs below a card, or brings it back."""
    below = tree.children.get(card.identity)
    if not below:
        return card
    look, count = tree.look, folded.get(card.identity, 0)
    opened = [one for one in look.unfold.split(",") if one and one != card.identity]
    closed = [one for one in look.fold.split(",") if one and one != card.identity]
    (opened if count else closed).append(card.identity)
    words = (
        ngettext("Show %(count)s below", "Show %(count)s below", count)
        if count
        else ngettext("Fold what is below", "Fold what is below", len(below))
    )
    url = look.url(unfold=",".join(opened), fold=",".join(closed))
    return replace(card, folded=count, fold_url=url, fold_label=f"{words % {'count': count}}: {card.title}")


def _label(found: Alignment, pk: int, status: str, share: str) -> str:
    """ "Objective Triage at once, on track, 63 %, contributes to Patients wait less"."""
    one = found.standing(pk)
    said = [_("Objective %(title)s") % {"title": one.title}, str(STATUS_WORDS[status]).lower(), share]
    for link in found.board.links_of.get(pk, ()):
        end = _end(found, link.objective_id, link.key_result_id)
        said.append(f"{LINK_WORDS[link.kind]} {end}")
    if len(one.children):
        count = len(one.children)
        said.append(ngettext("%(count)s contributes", "%(count)s contribute", count) % {"count": count})
    return ", ".join(said)


def _end(found: Alignment, objective_id: int | None, key_result_id: int | None) -> str:
    ways = found.ways
    if objective_id is not None and objective_id in ways.visible and objective_id in ways.rows:
        return ways.rows[objective_id].title
    if key_result_id is not None and key_result_id in found.board.key_results:
        result = found.board.key_results[key_result_id]
        if result.facts.objective.id in ways.visible:
            return result.title
    return _("one that is not visible to you")


def map_markup(found: Alignment, chosen: Sequence[int], look: Look) -> SafeString:
    """The map on its page, and the same as an indented list for who reads rather than sees."""
    picture = map_picture(found, chosen, look)
    label = escaped(_("Alignment map. Arrow keys move between cards, Enter opens one."))
    drawn = alignment_map.svg(picture)
    folded = any(card.folded for card in picture.cards.values())
    url = escaped(look.url(unfold="all", fold=""))
    everything = f'<a class="button small" href="{url}">{escaped(_("Unfold everything"))}</a>' if folded else ""
    twin = f'<details class="fold"><summary>{escaped(_("The same as a list"))}</summary>{_twin(picture)}</details>'
    return mark_safe(  # noqa: S308 - escaped where it was made
        f'<div class="amap-box" data-map role="region" aria-label="{label}" tabindex="0">{drawn}</div>'
        f'<p class="amap-foot">{_legend()}{everything}</p>{twin}'
    )


def _legend() -> str:
    kinds = (("contributes", _("contributes")), ("supports", _("supports")), ("step_of", _("is a step of")))
    return "".join(
        f'<span class="m-sign"><svg width="34" height="8" aria-hidden="true"><path class="m-{kind}" d="M0 4h34"/></svg>'
        f"{escaped(words)}</span>"
        for kind, words in kinds
    )


def _twin(picture: MapPicture) -> str:
    """Indented by column; nested lists would say the same with more words."""
    lines = []
    for identity, place in picture.layout.places.items():
        one = picture.cards[identity]
        link = f'<a href="{escaped(one.url)}">{escaped(one.label)}</a>'
        lines.append(f'<li class="step-{min(place.column, 8)}">{link}</li>')
    return f'<ul class="amap-twin">{"".join(lines)}</ul>'


def cards_markup(found: Alignment, ids: Iterable[int], look: Look) -> SafeString:
    """Some cards again, for a page that heard that they moved; the page puts them where they stood."""
    tree = _Map(found, found.shown, look)
    _shown, folded = tree.shown()
    drawn = "".join(alignment_map.card(_card(tree, pk, folded), Place(0, 0, 0)) for pk in ids if pk in tree.nodes)
    return mark_safe(f"<svg>{drawn}</svg>")  # noqa: S308 - escaped where it was made


def map_file(found: Alignment, chosen: Sequence[int], look: Look, theme: str) -> str:
    return alignment_map.svg(map_picture(found, chosen, look), theme=theme)
