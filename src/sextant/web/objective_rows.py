"""Rows of objectives and of their key results, put together by hand: a page has a thousand of them.

A row keeps itself up to date: it names the objective and the metrics it listens to (`data-topics`), and
objectives.js fetches it again when one of them is named by the live stream.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sextant.okrs.queries.alignment import Alignment
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.standing import ObjectiveStanding
from sextant.people import queries as people
from sextant.people.models import Person
from sextant.reports.drawing import escaped
from sextant.reports.key_result_bar import small_bar
from sextant.web.objective_look import Look
from sextant.web.okr_chances import chance_mark
from sextant.web.okr_links import path_markup, url_of
from sextant.web.okr_words import (
    STATE_WORDS,
    STATUS_WORDS,
    bar_of,
    bar_of_objective,
    counted_words,
    now_and_target,
    share_words,
    shown_status,
)
from sextant.web.templatetags.okrs import okr_status, watermelon_mark

GOOD = ("on_track", "too_early")


class Rows:
    """Makes the rows of one alignment in one look; what they share is looked up once."""

    def __init__(self, found: Alignment, look: Look) -> None:
        self.found, self.look = found, look
        self.board = found.board
        self.teams = {node.pk: node.name for node in people.team_tree()}

    @cached_property
    def owners(self) -> dict[int, str]:
        """Names of all owners on the board, by id."""
        ids = {one.row.owner_id or 0 for one in self.board.objectives.values()}
        ids |= {one.facts.row.owner_id or 0 for one in self.board.key_results.values()}
        return dict(Person.objects.filter(pk__in=ids).order_by().values_list("pk", "name"))

    def objective(self, pk: int, *, is_open: bool = False, with_path: bool = True) -> str:
        """One objective: where it stands, how far it is, and its key results unfolded or on demand."""
        one = self.found.standing(pk)
        key = escaped(one.key)
        return (
            f'<article class="okr-row{" is-context" if pk in self.found.context else ""}" id="o-{key}" '
            f'data-objective="{key}" data-topics="{self.topics(one)}">'
            f'<div class="okr-name">{self._title(one)}{self._beside(one, with_path)}</div>'
            f'<div class="okr-status">{self._status(one)}</div>'
            f'<div class="okr-way">{self._way(one)}</div>{self._results(one, is_open)}</article>'
        )

    def topics(self, one: ObjectiveStanding) -> str:
        """What the row listens to: itself and the metrics of its key results."""
        metrics = [f"metric:{kr.metric.key}" for kr in one.key_results if kr.metric is not None]
        return escaped(" ".join([f"objective:{one.key}", *dict.fromkeys(metrics)]))

    def _title(self, one: ObjectiveStanding) -> str:
        state = ""
        if one.state != "active":
            kind = "chip draft" if one.state in ("draft", "proposed") else "chip"
            state = f' <span class="{kind}">{escaped(STATE_WORDS[one.state])}</span>'
        if one.row.visibility != "organisation":
            state += f' <span class="chip">{escaped(_("Restricted"))}</span>'
        link = f'<a class="okr-title" href="{url_of("objective", one.key)}">{escaped(one.title)}</a>'
        return f"{link}{state} {watermelon_mark(len(one.watermelons))}"

    def _beside(self, one: ObjectiveStanding, with_path: bool) -> str:
        team = self.teams.get(one.row.team_id, "")
        owner = self.owners.get(one.row.owner_id or 0) or _("nobody owns it")
        said = f'<p class="okr-sub">{escaped(team)} · {escaped(owner)}{self._supports(one)}</p>'
        if not with_path:
            return said
        steps = self.found.ways.path(one.pk)[:-1]
        return said + path_markup(steps)

    def _supports(self, one: ObjectiveStanding) -> str:
        """Other objectives it supports: a link, and no part of their number."""
        found = [self.found.ways.rows.get(link.parent_id) for link in self.found.supports(one.pk)]
        links = [f'<a href="{url_of("objective", row.key)}">{escaped(row.title)}</a>' for row in found if row]
        return f' · <span class="supports">{escaped(_("supports"))} {", ".join(links)}</span>' if links else ""

    def _status(self, one: ObjectiveStanding) -> str:
        shown = okr_status(shown_status(one.status, one.progress, one.state))
        worst = self._worst(one) if one.state != "draft" else ""
        said = f'<span class="okr-worst" title="{escaped(worst)}">{escaped(worst)}</span>' if worst else ""
        return f"{shown}{said}"

    def _worst(self, one: ObjectiveStanding) -> str:
        """The part that gives the objective its status, where it is not all of it; nothing hides a failing one."""
        if one.override is not None and one.override.status:
            return _("by %(author)s's word") % {"author": one.override.author}
        if one.status in GOOD or one.total < 2:
            return ""
        for part in one.key_results:
            if part.status == one.status:
                return part.title
        for pk in one.children:
            child = self.board.objectives.get(pk)
            if child is not None and child.status == one.status:
                return child.title if pk in self.found.ways.visible else _("one that is not visible to you")
        return ""

    def _way(self, one: ObjectiveStanding) -> str:
        if one.is_guardrail_only and one.progress is None:
            return f'<span class="quiet">{escaped(_("Guardrails only: health, no percentage"))}</span>'
        bar = small_bar(bar_of_objective(one, self.expected(one)))
        counted = f'<span class="okr-counted">{escaped(counted_words(one.counted, one.total))}</span>'
        return f'{bar}<strong class="okr-share">{share_words(one.progress)}</strong>{counted if one.total else ""}'

    def expected(self, one: ObjectiveStanding) -> float | None:
        """Where the mean of its key results should be by now."""
        known = [kr.expected for kr in one.key_results if kr.is_published and kr.expected is not None]
        return sum(known) / len(known) if known and one.row.rollup != "children" else None

    def _results(self, one: ObjectiveStanding, is_open: bool) -> str:
        count = len(one.key_results)
        hidden = self.found.hidden_children(one.pk)
        incomplete = sum(not kr.is_published and one.state != "draft" for kr in one.key_results)
        said = [ngettext("%(count)s key result", "%(count)s key results", count) % {"count": count}]
        if incomplete:
            words = ngettext("%(count)s incomplete", "%(count)s incomplete", incomplete)
            said.append(words % {"count": incomplete})
        children = len(one.children) - hidden
        if children:
            words = ngettext("%(count)s objective contributes", "%(count)s objectives contribute", children)
            said.append(words % {"count": children})
        if hidden:
            said.append(ngettext("%(count)s not visible", "%(count)s not visible", hidden) % {"count": hidden})
        summary = f"<summary>{escaped(' · '.join(said))}</summary>"
        if not count:
            return f'<p class="okr-results quiet small">{escaped(" · ".join(said))}</p>'
        if is_open:
            return f'<details class="okr-results" open>{summary}{self.key_results(one)}</details>'
        url = escaped(f"{url_of('objective_results', one.key)}?{self.look.query}")
        link = f'<a href="{url_of("objective", one.key)}">{escaped(_("Open the objective"))}</a>'
        return (
            f'<details class="okr-results" hx-get="{url}" hx-trigger="toggle once" hx-target="find .okr-filled" '
            f'hx-swap="innerHTML">{summary}<div class="okr-filled">{link}</div></details>'
        )

    def key_results(self, one: ObjectiveStanding) -> SafeString:
        """The key results of an objective, one line each."""
        lines = "".join(self.key_result(kr) for kr in one.key_results)
        return mark_safe(f'<ul class="kr-list">{lines}</ul>')  # noqa: S308 - escaped where it was made

    def key_result(self, kr: KeyResultStanding) -> str:
        state = kr.facts.objective.state
        status = shown_status(kr.status, kr.progress, state)
        owner = self.owners.get(kr.facts.row.owner_id or 0, "")
        lacking = ""
        if not kr.is_published:
            lacks = ", ".join(problem.message for problem in kr.missing)
            words = _("Incomplete: %(what)s") % {"what": lacks} if lacks else _("Complete, not published yet")
            lacking = f'<span class="kr-missing">{escaped(words)}</span>'
        weight = "" if kr.weight == 1 else f' <span class="chip">× {kr.weight:g}</span>'
        return (
            f'<li class="kr-row" id="kr-{escaped(kr.key)}"><div class="kr-name">{okr_status(status, "", True)}'
            f'<a href="{url_of("key_result", kr.key)}">{escaped(kr.title)}</a>{weight} '
            f'{watermelon_mark(int(kr.truths.is_watermelon))}<span class="kr-said">{escaped(now_and_target(kr))}'
            f"{f' · {escaped(owner)}' if owner else ''}{self._chance(kr)}</span>{lacking}</div>"
            f'<div class="kr-way">{small_bar(bar_of(kr))}</div>'
            f'<strong class="kr-share">{share_words(kr.progress)}</strong></li>'
        )

    def _chance(self, kr: KeyResultStanding) -> str:
        found = chance_mark(kr)
        return f" · {found}" if found else ""


def status_counts(found: Alignment, ids: Iterable[int]) -> dict[str, int]:
    """How many of the objectives have which status, drafts told apart."""
    counts = dict.fromkeys(STATUS_WORDS, 0)
    for pk in ids:
        one = found.standing(pk)
        counts["draft" if one.state == "draft" else one.status] += 1
    return counts
