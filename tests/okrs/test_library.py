"""The OKR library: complete, sound by its own rules, and right about what is better."""

from __future__ import annotations

import pytest

from sextant.calc.wording import check_objective
from sextant.kpis.library import library
from sextant.okrs import library as shelf
from sextant.okrs.library import Template, TemplateError, TemplateKeyResult, search, shelves, template, templates

KEY_RESULTS = [(one, key_result) for one in templates() for key_result in one.key_results]


def test_the_library_covers_many_functions() -> None:
    assert len(templates()) >= 24
    assert {each.key for each in shelves()} >= {
        "transformation", "pmo", "finance", "hr", "sales", "customer-service", "it", "product", "sustainability",
        "quality", "healthcare",
    }  # fmt: skip


def test_the_digitisation_objective_has_its_three_key_results() -> None:
    time, trained, satisfaction = template("digital-daily-work").key_results
    assert (time.relative, time.amount, time.direction, time.unit) == ("percent", 30, "down", "duration:min")
    assert (trained.target, trained.baseline, trained.unit, trained.due_months) == (100, 0, "percent", 6)
    assert (satisfaction.target, satisfaction.direction, satisfaction.unit) == (9, "up", "rating")


@pytest.mark.parametrize("one", templates(), ids=lambda one: one.key)
def test_a_template_passes_the_wording_checks(one: Template) -> None:
    assert check_objective(one.draft()) == []


@pytest.mark.parametrize("one", templates(), ids=lambda one: one.key)
def test_a_template_is_complete(one: Template) -> None:
    assert 3 <= len(one.key_results) <= 4
    assert one.why.endswith(".")
    assert len(one.initiatives) >= 3
    assert all(check.strip() == check and not check.endswith(".") for check in one.initiatives)


@pytest.mark.parametrize(("one", "key_result"), KEY_RESULTS, ids=lambda each: getattr(each, "title", ""))
def test_a_key_result_is_coached_measurable_and_guarded(one: Template, key_result: TemplateKeyResult) -> None:
    assert key_result.good.endswith(".")
    assert 1 <= key_result.due_months <= 12
    assert key_result.kpi or key_result.how_measured.endswith(".")
    assert key_result.guard or key_result.kind == "guardrail"


@pytest.mark.parametrize(("one", "key_result"), KEY_RESULTS, ids=lambda each: getattr(each, "title", ""))
def test_a_key_result_on_a_kpi_of_the_library_means_the_same(one: Template, key_result: TemplateKeyResult) -> None:
    if key_result.kpi:
        kpi = library()[key_result.kpi]
        assert (key_result.unit, key_result.direction) == (kpi.unit, kpi.direction)


def test_titles_and_keys_are_unique() -> None:
    assert len({one.key for one in templates()}) == len(templates())
    assert len({one.title for one in templates()}) == len(templates())
    assert len({key_result.title for _, key_result in KEY_RESULTS}) == len(KEY_RESULTS)


def test_search_looks_at_key_results_and_prefers_titles() -> None:
    assert [one.key for one in search("digital easy")] == ["digital-daily-work"]
    assert "a-place-people-stay" in [one.key for one in search("TURNOVER")]
    assert search("no such words") == []
    assert len(search("")) == len(templates())


def test_a_template_nobody_has_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        template("no-such-template")


FILE = """
function = "Test"
about = "Test"
[[objective]]
key = "one"
title = "Be good"
why = "Because."
ambition = "committed"
initiatives = []
[[objective.key_result]]
title = "Uptime"
kind = "metric"
unit = "percent"
direction = "up"
due_months = 3
good = "Good."
target = 5
"""


def test_a_file_is_read() -> None:
    assert shelf.read("x.toml", FILE).templates[0].key_results[0].target == 5


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('kind = "metric"', 'kind = "wish"'), "'wish' is no kind"),
        (('direction = "up"', 'direction = "sideways"'), "is no direction"),
        (("target = 5", ""), "has a target or an amount"),
        (("target = 5", "target = 5\namount = 3"), "a relative target, and only one"),
        (('kind = "metric"', 'kind = "guardrail"'), "a guardrail has a bound"),
        (("target = 5", 'target = 5\nkpi = "none"'), "not in the KPI library"),
        (('"committed"', '"hopeful"'), "is no ambition"),
        (("target = 5", "colour = 5"), "colour"),
        (('function = "Test"', ""), "function"),
        (("target = 5", "target = "), "x.toml"),
    ],
)
def test_a_wrong_file_is_refused_by_name(change: tuple[str, str], said: str) -> None:
    with pytest.raises(TemplateError, match=said):
        shelf.read("x.toml", FILE.replace(*change))
