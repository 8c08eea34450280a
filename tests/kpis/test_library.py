"""The library of KPIs: complete, right about what is better, and installed in one go."""

from __future__ import annotations

import pytest

from sextant.calc.formula import parse
from sextant.core.errors import NotAllowed, Refused
from sextant.kpis import library as shelf
from sextant.kpis.commands import activate_kpi, complete_kpis, install_from_library
from sextant.kpis.library import LibraryError, functions, library, search
from sextant.kpis.models import Kpi
from sextant.kpis.queries.library import installed
from sextant.kpis.queries.standing import standing
from sextant.metrics.models import Metric
from sextant.metrics.queries.standpoint import standpoint
from tests.make import make_metric, record_values
from tests.world import World

# What the field asks for by name: key -> (direction, unit).
ASKED_FOR = {
    "adoption-rate-of-new-tools": ("up", "percent"),
    "average-deployment-time": ("down", "duration:d"),
    "roi-of-digital-projects": ("up", "percent"),
    "projects-delivered-on-time": ("up", "percent"),
    "budget-vs-actual": ("within", "percent"),
    "stakeholder-satisfaction": ("up", "rating"),
    "burn-rate": ("down", "currency"),
    "cash-flow": ("up", "currency"),
    "operational-margin": ("up", "percent"),
    "turnover-rate": ("down", "percent"),
    "employee-satisfaction": ("up", "rating"),
    "time-to-hire": ("down", "duration:d"),
}
# What is said of these in any organisation.
LOWER_IS_BETTER = ("time", "days", "cost of", "fault", "overdue", "churn", "complaint", "accident", "error", "absence")


def test_the_library_has_the_kpis_people_ask_for_and_many_more() -> None:
    assert set(ASKED_FOR) <= set(library())
    assert len(library()) >= 72
    assert len(functions()) >= 15


@pytest.mark.parametrize("key", ASKED_FOR)
def test_a_kpi_asked_for_has_the_right_direction_and_unit(key: str) -> None:
    assert (library()[key].direction, library()[key].unit) == ASKED_FOR[key]


@pytest.mark.parametrize("entry", library().values(), ids=library())
def test_a_kpi_of_the_library_says_everything(entry: shelf.LibraryKpi) -> None:
    words = (entry.sentence, entry.formula, entry.decision, entry.how_measured, entry.does_not_show, entry.owner_role)
    assert all(text.strip() == text and len(text) > 3 for text in words)
    assert entry.sentence[0].isupper()
    assert entry.sentence.endswith(".")
    assert not entry.formula.endswith(".")
    assert library()[entry.guard].key != entry.key


@pytest.mark.parametrize("entry", library().values(), ids=library())
def test_percentages_can_always_be_aggregated_or_say_why_not(entry: shelf.LibraryKpi) -> None:
    assert entry.aggregation not in ("sum", "mean") or entry.unit != "percent"
    if entry.is_ratio:
        assert parse(entry.machine_formula).inputs


def test_what_nobody_wants_more_of_counts_down() -> None:
    fine = {"equipment-effectiveness", "decisions-in-time", "security-updates-in-time"}
    wrong = [
        entry.key
        for entry in library().values()
        if entry.name.lower().startswith(LOWER_IS_BETTER) and entry.direction != "down" and entry.key not in fine
    ]
    assert not wrong


def test_names_are_unique() -> None:
    names = [entry.name for entry in library().values()]
    assert len(names) == len(set(names))


def test_every_kpi_can_be_installed(world: World) -> None:
    for key, entry in library().items():
        kpi = install_from_library(world.ada, key, world.hospital)
        metric = kpi.metric
        assert kpi.state == "draft"
        assert kpi.library_key == key
        assert metric.direction == entry.direction
        assert metric.unit == ("currency:EUR" if entry.unit == "currency" else entry.unit)
        assert (metric.numerator is not None) == entry.is_ratio
        assert kpi.decision == entry.decision
        assert metric.definitions.get().description == entry.sentence
    assert Kpi.objects.count() == len(library())
    assert set(installed(world.ada)) == set(library())


def test_an_installed_ratio_works_as_soon_as_its_inputs_have_values(world: World) -> None:
    kpi = install_from_library(world.ada, "turnover-rate", world.emergency, owner=world.person("lea"))
    assert kpi.metric.numerator is not None
    assert kpi.metric.denominator is not None
    record_values(kpi.metric.numerator, {"2026-01": 3, "2026-02": 1})
    record_values(kpi.metric.denominator, {"2026-01": 150, "2026-02": 250})
    assert standing(kpi, standpoint()).value == pytest.approx(0.4)
    complete_kpis(world.ada, [kpi], reason="People leave.")
    assert activate_kpi(world.ada, Kpi.objects.get(pk=kpi.pk)).state == "active"


def test_installing_twice_for_the_same_team_says_so(world: World) -> None:
    install_from_library(world.lea, "time-to-hire", world.emergency)
    metrics = Metric.objects.count()
    with pytest.raises(Refused, match="has “Time to hire” from the library already") as refusal:
        install_from_library(world.lea, "time-to-hire", world.emergency)
    assert refusal.value.problems[0].key == "already-installed"
    assert Metric.objects.count() == metrics
    assert install_from_library(world.otto, "time-to-hire", world.surgery).key == "time-to-hire-2"


def test_two_kpis_share_an_input_they_have_in_common(world: World) -> None:
    first = install_from_library(world.ada, "operational-margin", world.hospital)
    second = install_from_library(world.ada, "cost-of-poor-quality", world.hospital)
    assert first.metric.denominator == second.metric.denominator


def test_an_input_in_another_unit_is_not_taken_for_the_same(world: World) -> None:
    other = make_metric("revenue", name="Revenue", unit="currency:USD", team=world.hospital)
    kpi = install_from_library(world.ada, "operational-margin", world.hospital)
    assert kpi.metric.denominator != other


def test_a_viewer_cannot_install(world: World) -> None:
    with pytest.raises(NotAllowed):
        install_from_library(world.vic, "time-to-hire", world.emergency)


def test_a_key_the_library_does_not_have_is_refused(world: World) -> None:
    with pytest.raises(Refused) as refusal:
        install_from_library(world.ada, "no-such-kpi", world.emergency)
    assert refusal.value.problems[0].key == "not-in-library"


def test_search_looks_at_all_words_and_prefers_names() -> None:
    found = [entry.key for entry in search("TIME hire")]
    assert found[0] == "time-to-hire"
    assert search("no such words anywhere") == []
    assert len(search("")) == len(library())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"direction": "sideways"}, "is no direction"),
        ({"unit": "bananas"}, "is no unit"),
        ({"numerator": ""}, "names its two inputs"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_library_file_is_refused_by_name(change: dict[str, str], said: str) -> None:
    entry = library()["turnover-rate"]
    table = {name: value for name, value in entry.as_json().items() if name not in ("function", "machine_formula")}
    with pytest.raises(LibraryError, match=f"x.toml, turnover-rate.*{said}"):
        shelf._kpi("x.toml", "People", table | change)
