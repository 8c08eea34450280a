"""Every part pages are made of, rendered."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from sextant.calc.why import Why
from sextant.core.errors import Problem
from tests.reports.pictures import picture, steady


def render(source: str, **context: Any) -> str:
    return Template("{% load sextant %}" + source).render(Context(context))


def at(address: str) -> Any:
    return RequestFactory().get(address)


STATUSES = {
    "on_target": "On target",
    "watch": "Watch",
    "off_target": "Off target",
    "no_target": "No target",
    "no_data": "No data",
    "stale": "Stale",
    "exceeded": "Exceeded",
}


@pytest.mark.parametrize("key", STATUSES)
def test_a_status_is_shape_word_and_colour(key: str) -> None:
    drawn = render("{% status key %}", key=key)
    assert f"#s-{key}" in drawn
    assert STATUSES[key] in drawn
    assert f"status-{key}" in drawn


def test_a_status_nobody_knows_is_never_healthy() -> None:
    assert "No data" in render("{% status 'splendid' %}")


def test_a_compact_status_keeps_its_word_for_screen_readers() -> None:
    drawn = render("{% status 'watch' '61 %' True %}")
    assert '<span class="unseen">Watch</span>' in drawn
    assert 'title="Watch: 61 %"' in drawn


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("fresh", "Up to Mar 2026"),
        ("stale", "No value since Mar 2026"),
        ("never", "No value yet"),
        ("due", "due 4 Apr"),
    ],
)
def test_freshness_is_said_in_words(state: str, words: str) -> None:
    assert words in render("{% freshness state 'Mar 2026' '4 Apr' %}", state=state)


def test_a_trust_grade_opens_its_reasons_without_javascript() -> None:
    drawn = render("{% trust 'C' reasons 'uptime' %}", reasons=["No owner", "<b>"])
    assert 'popovertarget="trust-uptime"' in drawn
    assert 'id="trust-uptime"' in drawn
    assert "No owner" in drawn
    assert "&lt;b&gt;" in drawn


def test_a_number_opens_its_definition_and_is_a_link_without_javascript() -> None:
    drawn = render("{% definition_link '/metrics/uptime' '61 %' %}")
    assert 'href="/metrics/uptime"' in drawn
    assert "data-sheet" in drawn


def test_why_lists_inputs_formula_rule_and_source() -> None:
    said = Why("status-watch", "target > value", {"value": 61.5, "red_flag": None}, "method#status")
    drawn = render("{% why said %}", said=said)
    for part in ("<details", "61.5", "red flag", "–", "target &gt; value", "status-watch", '/help/method#status"'):
        assert part in drawn


class Sample(forms.Form):
    name = forms.CharField(help_text="As people know it")
    limit = forms.FloatField(required=False)
    wanted = forms.BooleanField(required=False)


def test_a_field_ties_label_hint_and_error_to_its_control() -> None:
    form = Sample({"name": "", "limit": "ten"})
    assert not form.is_valid()
    drawn = render("{% field form.name %}{% field form.limit kept='What you typed is kept.' %}", form=form)
    assert 'for="id_name"' in drawn
    assert 'aria-describedby="id_name-hint id_name-error"' in drawn
    assert 'aria-invalid="true"' in drawn
    assert 'id="id_name-error"' in drawn
    assert "What you typed is kept." in drawn
    assert 'value="ten"' in drawn


def test_a_form_says_above_which_fields_to_look_at() -> None:
    form = Sample({"name": ""})
    form.add_error(None, "The two dates are the same.")
    drawn = render("{% form_problems form %}", form=form)
    assert "The two dates are the same." in drawn
    assert 'href="#id_name"' in drawn
    assert render("{% form_problems form %}", form=Sample()).strip() == ""


def test_a_stale_edit_shows_both_versions_and_marks_the_difference() -> None:
    drawn = render("{% stale_edit theirs yours %}", theirs={"name": "A", "goal": 9.0}, yours={"name": "A", "goal": 8.0})
    assert drawn.count('class="differs"') == 1
    assert "<mark>8</mark>" in drawn


def test_a_message_carries_its_undo_only_to_our_own_addresses() -> None:
    good = SimpleNamespace(level_tag="success", extra_tags="undo:/imports/7/undo", __str__=None)
    drawn = render("{% toast message %}", message=good, csrf_token="t0ken")
    assert 'action="/imports/7/undo"' in drawn
    assert "t0ken" in drawn
    for address in ("undo://evil.example/x", "undo:https://evil.example"):
        evil = SimpleNamespace(level_tag="success", extra_tags=address)
        assert "<form" not in render("{% toast message %}", message=evil)


def test_same_page_keeps_the_view_and_changes_one_thing() -> None:
    request = at("/kpis?team=er&page=3&as_of=2026-03-03")
    assert render("{% same_page page=None %}", request=request) == "?team=er&amp;as_of=2026-03-03"
    assert render("{% same_page team='it' page=None as_of=None %}", request=request) == "?team=it"
    assert render("{% same_page team=None page=None as_of=None %}", request=request) == "/kpis"


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("https://here.example/kpis?team=er", "/kpis?team=er"),
        ("https://here.example//evil", "/"),
        ("", "/"),
        ("javascript:x", "/"),
    ],
)
def test_back_never_leads_to_another_site(address: str, path: str) -> None:
    assert render("{{ address|safe_back }}", address=address) == path


def test_teams_below_are_the_children_or_the_two_top_levels() -> None:
    rows = [(1, None), (2, 1), (3, 2), (4, 1)]
    teams = [SimpleNamespace(pk=pk, parent_id=parent, name=str(pk)) for pk, parent in rows]
    named = "{% teams_below as below %}{% for one in below %}{{ one.name }} {% endfor %}"
    assert render(named, teams=teams, team=None) == "1 2 4 "
    assert render(named, teams=teams, team=teams[1]) == "3 "
    assert render(named, teams=None, team=None) == ""


@pytest.mark.parametrize(("name", "letters"), [("Ingrid Solberg", "IS"), ("per", "P"), ("", "?"), ("a. b. c", "AC")])
def test_initials_are_at_most_two_letters(name: str, letters: str) -> None:
    assert render("{{ name|initials }}", name=name) == letters


def test_a_wide_table_scrolls_in_a_named_region_the_keyboard_reaches() -> None:
    drawn = render("{% scroll_region label='Values' %}<table></table>{% endscroll_region %}")
    assert 'role="region"' in drawn
    assert 'aria-label="Values"' in drawn
    assert 'tabindex="0"' in drawn


def test_a_dialog_is_named_and_closes_without_javascript() -> None:
    drawn = render("{% dialog identity='sure' title='Archive?' %}<p>Sure?</p>{% enddialog %}")
    assert '<dialog id="sure"' in drawn
    assert 'aria-labelledby="sure-title"' in drawn
    assert 'method="dialog"' in drawn


def test_an_empty_state_keeps_the_action_given() -> None:
    drawn = render(
        "{% empty_state title='No KPIs yet' %}<a class='button primary' href='/import'>Import</a>{% endempty_state %}"
    )
    assert "No KPIs yet" in drawn
    assert "/import" in drawn


def test_breadcrumbs_end_with_the_page_itself() -> None:
    drawn = render("{% breadcrumbs 'KPIs' '/kpis' 'Uptime' %}")
    assert '<a href="/kpis">KPIs</a>' in drawn
    assert '<span aria-current="page">Uptime</span>' in drawn


def test_pages_of_a_list_link_to_their_neighbours() -> None:
    page = Paginator(range(50), 10).page(2)
    drawn = render_to_string("components/_pagination.html", {"page_obj": page, "request": at("/audit?page=2&kind=kpi")})
    assert "?page=1&amp;kind=kpi" in drawn
    assert "Page 2 of 5" in drawn


def test_search_results_are_options_of_one_list() -> None:
    groups = [{"label": "KPIs", "items": [{"label": "Uptime", "url": "/kpis/uptime"}]}]
    drawn = render_to_string("components/_search_results.html", {"groups": groups, "query": "up"})
    assert 'role="option"' in drawn
    assert 'href="/kpis/uptime"' in drawn
    assert "Nothing here" in render_to_string("components/_search_results.html", {"groups": [], "query": "zz"})


def test_tabs_say_which_one_is_open() -> None:
    tabs = [
        {"label": "Values", "url": "?tab=values", "current": True, "count": 3},
        {"label": "Targets", "url": "?tab=targets"},
    ]
    drawn = render_to_string("components/_tabs.html", {"tabs": tabs, "label": "Views"})
    assert drawn.count('aria-current="page"') == 1


def test_a_kpi_chart_holds_a_wide_and_a_narrow_drawing_with_ids_of_their_own() -> None:
    drawn = render(
        "{% kpi_chart picture=shown %}<form data-chart-form></form>{% endkpi_chart %}", shown=picture(steady())
    )
    assert drawn.count("<svg xmlns") == 4
    for name in ("chart-wide-title", "chart-narrow-title", "chart-ranges-title", "chart-narrow-ranges-title"):
        assert drawn.count(f'id="{name}"') == 1
    assert "<form data-chart-form></form>" in drawn


def frame(kind: str = "person") -> dict[str, Any]:
    nav = [
        SimpleNamespace(key=f"n{at}", label=f"Page {at}", url=f"/{at}", icon="home", current=at == 1) for at in range(6)
    ]
    return {
        "actor": SimpleNamespace(kind=kind, label="Ingrid Solberg", key="ingrid"),
        "organisation": SimpleNamespace(name="Nordby"),
        "nav": nav,
        "request": at("/kpis?as_of=2026-03-03"),
        "csrf_token": "t0ken",
    }


def test_the_frame_has_landmarks_a_skip_link_and_says_where_one_is() -> None:
    drawn = render_to_string("base.html", frame())
    for part in ('<main id="content"', 'href="#content"', "<nav", 'aria-current="page"', "· Nordby</title>", "t0ken"):
        assert part in drawn
    assert "includeIndicatorStyles" in drawn


def test_before_signing_in_there_is_no_menu() -> None:
    drawn = render_to_string("base.html", frame("nobody"))
    assert 'class="rail"' not in drawn
    assert 'id="palette"' not in drawn


def test_a_past_day_is_announced_with_the_way_back() -> None:
    from datetime import date

    drawn = render_to_string("base.html", frame() | {"as_of": date(2026, 3, 3)})
    assert "3 March 2026" in drawn
    assert 'href="/kpis"' in drawn


@pytest.mark.parametrize(("cookie", "said"), [("dark", 'data-theme="dark"'), ('"><b>', None)])
def test_the_theme_is_kept_in_a_cookie_that_cannot_inject(cookie: str, said: str | None) -> None:
    context = frame()
    context["request"].COOKIES["theme"] = cookie
    head = render_to_string("base.html", context).split("<head>")[0]
    assert (said in head) if said else ("data-theme" not in head)


def test_a_refusal_is_a_page_that_says_what_to_do() -> None:
    context = frame() | {
        "problems": [Problem("not-found", "There is no KPI 'x' here.")],
        "status": 404,
        "refusal": None,
    }
    drawn = render_to_string("problem.html", context)
    assert "There is no KPI &#x27;x&#x27; here." in drawn
    assert "Nothing was changed." in drawn
