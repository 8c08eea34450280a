"""The audit page: sentences, filters, pages and the file."""

from __future__ import annotations

import csv
from io import StringIO

from django.utils import timezone

from sextant.core.events import registered, sentence
from sextant.core.models import Event
from sextant.people.commands import archive_team, create_team, rename_team
from sextant.web.audit import PER_PAGE, harmless
from tests.world import World


def rows(world: World, query: str = "") -> list[str]:
    """What happened, as the page says it."""
    page = world.client("ada").get(f"/audit?{query}")
    assert page.status_code == 200
    return [row.words for row in page.context["rows"]]


def test_events_are_sentences(world: World) -> None:
    rename_team(world.lea, world.emergency, name="Acute care", version=None)
    assert rows(world)[0] == "renamed the team Emergency to Acute care"


def test_the_log_is_filtered_by_who_what_kind_thing_and_day(world: World) -> None:
    rename_team(world.lea, world.emergency, name="Acute care", version=None)
    archive_team(world.ada, world.surgery)
    assert rows(world, "who=lea")[0].startswith("renamed")
    assert all("archived" not in words for words in rows(world, "who=Lea+Lead"))
    assert rows(world, "name=team.archived") == ["archived the team Surgery"]
    assert all("team" in words for words in rows(world, "kind=team"))
    assert rows(world, "thing=surgery")[0] == "archived the team Surgery"
    today = timezone.now().date().isoformat()
    assert rows(world, f"since={today}&until={today}")
    assert rows(world, "until=2001-01-01") == []


def test_a_filter_that_makes_no_sense_says_so_and_breaks_nothing(world: World) -> None:
    page = world.client("ada").get("/audit?since=yesterday&kind=dragon&before=x")
    assert page.status_code == 200
    assert "since" in page.context["form"].errors


def test_older_events_are_on_the_next_pages_each_once(world: World) -> None:
    for number in range(PER_PAGE + 5):
        create_team(world.ada, f"Ward {number}")
    browser = world.client("ada")
    first = browser.get("/audit?kind=team")
    second = browser.get(f"/audit{first.context['next_url']}")
    told = [row.words for page in (first, second) for row in page.context["rows"]]
    assert len(first.context["rows"]) == PER_PAGE
    assert len(told) == len(set(told)) == Event.objects.filter(name__startswith="team.").count()


def test_the_file_holds_the_same_events_and_no_formulas(world: World) -> None:
    create_team(world.ada, "=HYPERLINK(1)")
    page = world.client("ada").get("/audit.csv?kind=team")
    text = b"".join(page.streaming_content).decode()  # type: ignore[attr-defined]
    lines = list(csv.DictReader(StringIO(text)))
    assert len(lines) == Event.objects.filter(name__startswith="team.").count()
    assert lines[0]["subject"] == "'=HYPERLINK(1)"
    assert harmless("plain") == "plain"


def test_every_registered_sentence_can_be_said_of_an_event_that_carries_nothing() -> None:
    for name in registered():
        assert sentence(Event(name=name, subject_key="thing"))
