"""Vision, themes and cycles."""

from __future__ import annotations

from datetime import date

import pytest

from sextant.calc.periods import Calendar
from sextant.core.errors import NotAllowed, Refused, Stale
from sextant.core.events import sentence
from sextant.core.models import Event
from sextant.strategy import queries
from sextant.strategy.commands import (
    archive_cycle,
    archive_theme,
    change_cycle,
    change_theme,
    change_vision,
    create_cycle,
    create_theme,
    order_themes,
    restore_cycle,
    restore_theme,
)
from sextant.strategy.models import Cycle, Theme, Vision
from tests.world import World

START, END = date(2026, 1, 1), date(2026, 3, 31)


def key_of(refusal: pytest.ExceptionInfo[Refused]) -> str:
    return refusal.value.problems[0].key


def test_a_changed_vision_keeps_its_earlier_wording_and_is_an_event(world: World) -> None:
    first = change_vision(world.ada, "Everyone is seen in time.", version=None)
    change_vision(world.ada, "Everyone is seen in time and leaves better.", version=first.pk)
    assert [one.text for one in queries.visions(world.vic)] == [
        "Everyone is seen in time and leaves better.",
        "Everyone is seen in time.",
    ]
    assert Vision.objects.filter(superseded_at=None).count() == 1
    event = Event.objects.filter(name="vision.changed").latest("pk")
    assert "leaves better" in sentence(event)
    assert event.data["before"] == "Everyone is seen in time."


def test_the_same_vision_again_is_no_event(world: World) -> None:
    vision = change_vision(world.ada, "Everyone is seen in time.", version=None)
    assert change_vision(world.ada, " Everyone is seen in time. ", version=vision.pk) == vision
    assert Event.objects.filter(name="vision.changed").count() == 1


def test_two_who_write_the_vision_at_once_see_both_wordings(world: World) -> None:
    change_vision(world.ada, "One wording.", version=0)
    with pytest.raises(Stale) as refusal:
        change_vision(world.ada, "Another wording.", version=0)
    assert refusal.value.theirs["text"] == "One wording."
    page = world.client("ada").post("/strategy/vision", {"text": "Another wording.", "version": 0})
    assert page.status_code == 409
    assert "One wording." in page.content.decode()
    assert "Another wording." in page.content.decode()


@pytest.mark.parametrize(("text", "key"), [("  ", "vision-missing"), ("x" * 2001, "vision-too-long")])
def test_a_vision_is_a_text_of_sensible_length(world: World, text: str, key: str) -> None:
    with pytest.raises(Refused) as refusal:
        change_vision(world.ada, text, version=None)
    assert key_of(refusal) == key


def test_a_lead_steers_by_the_vision_but_does_not_write_it(world: World) -> None:
    with pytest.raises(NotAllowed):
        change_vision(world.lea, "Mine.", version=None)
    assert world.client("lea").post("/strategy/vision", {"text": "Mine.", "version": 0}).status_code == 403


def test_themes_stand_in_the_order_they_were_put_in(world: World) -> None:
    for name in ("Digital", "People"):
        create_theme(world.ada, name)
    order_themes(world.ada, ["people", "patient-safety"])
    assert [theme.name for theme in queries.themes(world.vic)] == ["People", "Patient safety", "Digital"]
    world.client("ada").post("/themes/order", {"key": "digital", "to": "up"})
    assert [theme.name for theme in queries.themes(world.vic)] == ["People", "Digital", "Patient safety"]
    world.client("ada").post("/themes/order", {"key": "people", "to": "up"})
    assert next(theme.name for theme in queries.themes(world.vic)) == "People"


def test_a_theme_is_renamed_without_losing_its_key(world: World) -> None:
    change_theme(world.ada, world.safety, version=1, name="Safe care")
    assert Theme.objects.get(key="patient-safety").name == "Safe care"
    with pytest.raises(Stale):
        change_theme(world.ada, world.safety, version=1, name="Safest care")


def test_an_archived_theme_leaves_the_list_and_comes_back(world: World) -> None:
    archive_theme(world.ada, world.safety)
    assert not queries.themes(world.vic).exists()
    restore_theme(world.ada, world.safety)
    assert queries.themes(world.vic).get() == world.safety


def test_two_themes_of_one_name_are_refused(world: World) -> None:
    with pytest.raises(Refused) as refusal:
        create_theme(world.ada, "patient SAFETY")
    assert key_of(refusal) == "theme-name-taken"


def test_a_cycle_that_ends_before_it_starts_is_refused_with_both_days(world: World) -> None:
    with pytest.raises(Refused) as refusal:
        create_cycle(world.lea, "Backwards", starts_on=END, ends_on=START)
    assert key_of(refusal) == "cycle-ends-before-start"
    assert "2026-01-01" in refusal.value.problems[0].message
    cycle = create_cycle(world.lea, "Q1", starts_on=START, ends_on=END)
    with pytest.raises(Refused):
        change_cycle(world.lea, cycle, version=None, ends_on=date(2025, 12, 31))


def test_cycles_of_any_length_run_side_by_side(world: World) -> None:
    create_cycle(world.lea, "One day", starts_on=date(2026, 2, 3), ends_on=date(2026, 2, 3))
    create_cycle(world.lea, "Quarter", starts_on=START, ends_on=END)
    create_cycle(world.lea, "Five years", starts_on=START, ends_on=date(2030, 12, 31))
    running = queries.running_cycles(world.vic, date(2026, 2, 3))
    assert [cycle.name for cycle in running] == ["One day", "Quarter", "Five years"]
    assert [cycle.name for cycle in queries.running_cycles(world.vic, date(2026, 3, 31))] == ["Quarter", "Five years"]


def test_a_stale_change_of_a_cycle_is_refused(world: World) -> None:
    cycle = create_cycle(world.lea, "Quarter", starts_on=START, ends_on=END)
    change_cycle(world.lea, cycle, version=1, name="First quarter")
    with pytest.raises(Stale) as refusal:
        change_cycle(world.lea, cycle, version=1, ends_on=date(2026, 4, 30))
    assert refusal.value.theirs["ends_on"] == "2026-03-31"


def test_an_archived_cycle_comes_back(world: World) -> None:
    cycle = create_cycle(world.ada, "Quarter", starts_on=START, ends_on=END)
    archive_cycle(world.ada, cycle)
    assert not queries.cycles(world.vic).exists()
    restore_cycle(world.ada, cycle)
    assert queries.cycles(world.vic).get() == cycle


@pytest.mark.parametrize(
    ("day", "share"), [(date(2025, 12, 31), 0), (START, 0), (date(2026, 2, 15), 0.5), (date(2026, 4, 1), 1)]
)
def test_the_share_of_a_cycle_gone_runs_from_nothing_to_all(day: date, share: float) -> None:
    assert queries.share_elapsed(Cycle(starts_on=START, ends_on=END), day) == share


def test_usual_cycles_are_offered_by_the_fiscal_year() -> None:
    ideas = {idea.name: idea for idea in queries.cycle_ideas(date(2026, 5, 10), Calendar(year_start_month=4))}
    quarters = [idea for idea in ideas.values() if (idea.ends_on - idea.starts_on).days < 100]
    assert quarters[0].starts_on == date(2026, 4, 1)
    taken = frozenset({quarters[0].name})
    assert quarters[0].name not in {
        idea.name for idea in queries.cycle_ideas(date(2026, 5, 10), Calendar(year_start_month=4), taken)
    }


def test_the_strategy_page_works_for_everybody_and_offers_changes_to_those_who_may(world: World) -> None:
    change_vision(world.ada, "Everyone is seen in time.", version=None)
    create_cycle(world.ada, "Quarter", starts_on=START, ends_on=END)
    reader = world.client("vic").get("/strategy").content.decode()
    assert "Everyone is seen in time." in reader
    assert "/themes/new" not in reader
    assert "/themes/new" in world.client("ada").get("/strategy").content.decode()
    form = {"name": "Half", "starts_on": "2026-06-30", "ends_on": "2026-01-01"}
    page = world.client("lea").post("/cycles/new", form)
    assert page.status_code == 422
    assert "before it starts" in page.content.decode()
