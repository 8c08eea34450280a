"""The parts pages about objectives are made of: status, shares, bars, the three truths and the path."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.template import Context, Template
from django.template.loader import render_to_string

from sextant.calc.pace import STATUSES
from sextant.calc.truths import truths
from sextant.okrs.queries.paths import HIDDEN, Step
from sextant.web.okr_links import path_markup, stations
from sextant.web.okr_words import SHAPES, STATUS_WORDS, share_words, shown_status


def render(source: str, **context: Any) -> str:
    return Template("{% load okrs %}" + source).render(Context(context))


@pytest.mark.parametrize("key", [*STATUSES, "exceeded", "draft"])
def test_every_status_is_shape_and_word(key: str) -> None:
    drawn = render("{% okr_status key %}", key=key)
    assert f"#s-{SHAPES[key]}" in drawn
    assert str(STATUS_WORDS[key]) in drawn
    assert f'<span class="unseen">{STATUS_WORDS[key]}' in render("{% okr_status key '' True %}", key=key)


def test_a_status_nobody_knows_is_never_healthy() -> None:
    assert "No data" in render("{% okr_status 'splendid' %}")
    assert {key for key, shape in SHAPES.items() if shape in ("on_target", "exceeded")} == {"on_track", "exceeded"}


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.75, "75 %"), (-19.0, "−1,900 %"), (11.0, "1,100 %"), (None, "–"), (0.0, "0 %"), (0.999, "99 %"), (1.0, "100 %"),
     (0.625, "63 %"), (float("nan"), "–")],
)  # fmt: skip
def test_progress_is_said_as_it_is(share: float | None, words: str) -> None:
    assert share_words(share) == words


def test_what_is_past_its_target_has_exceeded_it_and_a_draft_is_a_draft() -> None:
    assert shown_status("on_track", 1.2) == "exceeded"
    assert shown_status("on_track", 1.0) == "on_track"
    assert shown_status("stale", 1.2) == "stale"
    assert shown_status("on_track", 0.4, "draft") == "draft"


def test_the_disagreement_of_the_three_truths_is_named() -> None:
    standing = SimpleNamespace(
        truths=truths("on_track", "off_track", "fresh"), progress=0.1, metric=None, reading=None, latest_check_in=None
    )
    drawn = render("{% three_truths standing %}", standing=standing)
    assert "What was reported is better than what the numbers say." in drawn
    assert "reported-better-than-computed" in drawn
    standing.truths = truths("on_track", "on_track", "fresh")
    assert "Watermelon" not in render("{% three_truths standing %}", standing=standing)


@pytest.mark.django_db
def test_a_path_leads_by_links_and_names_nothing_hidden() -> None:
    steps = [Step("vision", "", "Nobody <waits>."), Step("theme", "safe", "Safe care"), HIDDEN,
             Step("objective", "triage", "T" * 80)]  # fmt: skip
    for drawn in (path_markup(steps), render_to_string("objectives/_path.html", {"steps": stations(steps)})):
        assert 'href="/strategy" title="Nobody &lt;waits&gt;."' in drawn
        assert 'href="/themes/safe"' in drawn
        assert "not visible to you" in drawn
        assert f"{'T' * 59}…" in drawn
        assert drawn.count("<a ") == 3
    assert "No path to the vision yet" in path_markup([])
