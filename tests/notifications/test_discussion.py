"""Saying something: who hears of it, what stays of it, and who may take it back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from sextant.core import clock
from sextant.core.access import find, visible
from sextant.core.errors import Hidden, NotAllowed, Refused, Stale
from sextant.core.models import Event
from sextant.kpis.commands import change_kpi
from sextant.kpis.models import Kpi
from sextant.notifications import commands, queries
from sextant.notifications.commands import (
    change_comment,
    comment,
    follow,
    mark_read,
    remove_comment,
    restore_comment,
    unfollow,
)
from sextant.notifications.models import Comment, Notification
from sextant.people.commands import archive_person, create_person, create_token, erase_person
from sextant.people.queries import actor_of_token
from tests.make import admin, make_kpi
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def kpi(world: World) -> Kpi:
    """A KPI everybody may see, owned by Lea."""
    return make_kpi()


def restrict(kpi: Kpi, visibility: str = "team") -> None:
    kpi.refresh_from_db()
    change_kpi(admin(), kpi, version=kpi.version, visibility=visibility)


def heard(world: World, name: str, *, unread: bool = True) -> list[str]:
    return [row.notice for row in queries.notifications_of(world.actor(name), unread=unread)]


def test_a_mention_is_in_the_inbox_at_once(world: World, kpi: Kpi) -> None:
    comment(world.lea, "kpi", kpi.key, "What do you think, @vic-viewer? And you, @Otto Outsider?")
    assert heard(world, "vic") == heard(world, "otto") == ["mention"]
    assert heard(world, "cem") == heard(world, "lea") == []


def test_a_mention_of_somebody_who_may_not_see_the_thing_tells_them_nothing(world: World, kpi: Kpi) -> None:
    restrict(kpi)
    said = comment(world.lea, "kpi", kpi.key, "Not for @otto-outsider, but for @cem-contributor")
    assert heard(world, "otto") == []
    assert heard(world, "cem") == ["mention"]
    ids = [world.person("otto").pk, world.person("cem").pk]
    assert queries.not_told(world.lea, said, ids) == [world.person("otto")]


def test_the_one_answered_and_the_owner_hear_of_it_once_each(world: World, kpi: Kpi) -> None:
    said = comment(world.cem, "kpi", kpi.key, "Why the jump?")
    assert heard(world, "lea") == ["comment"]
    comment(world.lea, "kpi", kpi.key, "A new desk, @cem-contributor", reply_to=said)
    assert heard(world, "cem") == ["mention"]
    comment(world.otto, "kpi", kpi.key, "We saw it too", reply_to=said)
    assert sorted(heard(world, "cem")) == ["mention", "reply"]
    assert sorted(heard(world, "lea")) == ["comment", "comment"]


def test_who_comments_follows_from_then_on_and_may_stop_even_as_owner(world: World, kpi: Kpi) -> None:
    comment(world.cem, "kpi", kpi.key, "First")
    assert queries.followers(world.cem, "kpi", kpi.key) == [world.person("cem"), world.person("lea")]
    unfollow(world.lea, "kpi", kpi.key)
    unfollow(world.cem, "kpi", kpi.key)
    comment(world.cem, "kpi", kpi.key, "Second")
    comment(world.otto, "kpi", kpi.key, "Third")
    assert heard(world, "cem") == []
    assert heard(world, "lea") == ["comment"]
    follow(world.cem, "kpi", kpi.key)
    comment(world.otto, "kpi", kpi.key, "Fourth")
    assert heard(world, "cem") == ["comment"]


def test_a_follower_who_lost_sight_of_the_thing_hears_no_more_and_finds_nothing_old(world: World, kpi: Kpi) -> None:
    follow(world.otto, "kpi", kpi.key)
    comment(world.cem, "kpi", kpi.key, "Seen by all")
    assert queries.unread_count(world.otto) == 1
    restrict(kpi)
    comment(world.cem, "kpi", kpi.key, "Among us")
    assert queries.unread_count(world.otto) == 0
    assert heard(world, "otto", unread=False) == []
    assert Notification.objects.filter(person=world.person("otto")).count() == 1
    assert world.person("otto") not in queries.followers(world.cem, "kpi", kpi.key)


def test_a_comment_is_as_visible_as_its_thing(world: World, kpi: Kpi) -> None:
    said = comment(world.cem, "kpi", kpi.key, "Among us")
    assert find("comment", world.otto, str(said.pk)) == said
    restrict(kpi)
    assert not visible("comment", world.otto).exists()
    assert visible("comment", world.cem).get() == said
    with pytest.raises(Hidden):
        queries.comment_seen(world.otto, said.pk)
    for act in (queries.comments_of, queries.feed, queries.followers, follow):
        with pytest.raises(Hidden):
            act(world.otto, "kpi", kpi.key)
    with pytest.raises(Hidden):
        comment(world.otto, "kpi", kpi.key, "Let me in")
    with pytest.raises(Hidden):
        change_comment(world.otto, said, "Mine now")


def test_the_events_of_a_conversation_are_hidden_with_its_thing(world: World, kpi: Kpi) -> None:
    comment(world.cem, "kpi", kpi.key, "Before")
    assert visible("event", world.otto).filter(name="comment.written").exists()
    restrict(kpi, "people")
    comment(world.lea, "kpi", kpi.key, "After")
    assert not visible("event", world.otto).filter(name__startswith="comment.").exists()
    assert not visible("event", world.cem).filter(name__startswith="comment.").exists()
    assert visible("event", world.lea).filter(name="comment.written").count() == 2


def test_an_event_of_a_comment_holds_no_text_and_names_the_open_pages(world: World, kpi: Kpi) -> None:
    comment(world.cem, "kpi", kpi.key, "Zanzibar, @otto-outsider")
    event = Event.objects.get(name="comment.written")
    assert "Zanzibar" not in str(event.data)
    wanted = {f"discussion:kpi:{kpi.key}", f"inbox:{world.person('otto').pk}", f"inbox:{world.person('lea').pk}"}
    assert wanted <= set(event.topics)


def test_what_was_changed_can_still_be_read_as_it_was(world: World, kpi: Kpi) -> None:
    start = timezone.now() - timedelta(days=10)
    with clock.writing_at(start):
        said = comment(world.cem, "kpi", kpi.key, "Up by ten")
    with clock.writing_at(start + timedelta(days=4)):
        said = change_comment(world.cem, said, "Up by eleven", version=1)
    [now] = queries.comments_of(world.cem, "kpi", kpi.key)
    assert (now.text, now.is_edited, [one.text for one in now.former]) == ("Up by eleven", True, ["Up by ten"])
    [then] = queries.comments_of(world.cem, "kpi", kpi.key, known_at=start + timedelta(days=2))
    assert (then.text, then.is_edited) == ("Up by ten", False)
    assert queries.comments_of(world.cem, "kpi", kpi.key, known_at=start) == []


def test_two_who_change_a_comment_at_once_both_learn_of_it(world: World, kpi: Kpi) -> None:
    said = comment(world.cem, "kpi", kpi.key, "One")
    change_comment(world.cem, said, "Two", version=1)
    with pytest.raises(Stale) as stale:
        change_comment(world.cem, said, "Three", version=1)
    assert stale.value.theirs["text"] == "Two"


def test_a_change_tells_only_who_is_mentioned_anew(world: World, kpi: Kpi) -> None:
    said = comment(world.cem, "kpi", kpi.key, "See this, @vic-viewer")
    assert heard(world, "lea") == ["comment"]
    mark_read(world.lea)
    mark_read(world.vic)
    change_comment(world.cem, said, "See this, @vic-viewer and @lea-lead and @otto-outsider")
    assert heard(world, "vic") == []
    assert heard(world, "lea") == heard(world, "otto") == ["mention"]


def test_only_its_author_changes_a_comment_and_only_they_or_a_lead_remove_it(world: World, kpi: Kpi) -> None:
    said = comment(world.cem, "kpi", kpi.key, "Mine")
    for other in (world.lea, world.vic, world.otto, world.ada):
        with pytest.raises(NotAllowed):
            change_comment(other, said, "Yours")
    for other in (world.vic, world.otto):
        with pytest.raises(NotAllowed):
            remove_comment(other, said)
    remove_comment(world.lea, said)
    with pytest.raises(NotAllowed):
        restore_comment(world.cem, said)
    restore_comment(world.ada, said)
    remove_comment(world.cem, said)
    restore_comment(world.cem, said)
    assert [one.text for one in queries.comments_of(world.vic, "kpi", kpi.key)] == ["Mine"]


def test_what_is_taken_back_is_gone_everywhere_until_it_is_brought_back(world: World, kpi: Kpi) -> None:
    said = comment(world.cem, "kpi", kpi.key, "Oops, @vic-viewer")
    answer = comment(world.otto, "kpi", kpi.key, "What?", reply_to=said)
    remove_comment(world.cem, said)
    assert heard(world, "vic") == []
    assert [one.comment for one in queries.comments_of(world.vic, "kpi", kpi.key)] == [answer]
    assert "Oops" not in str(queries.feed(world.vic, "kpi", kpi.key))
    [place] = queries.conversation(world.vic, "kpi", kpi.key)
    assert place.comment.is_removed
    assert [one.comment for one in place.answers] == [answer]
    with pytest.raises(Hidden):
        change_comment(world.cem, said, "Again")
    with pytest.raises(Refused):
        comment(world.vic, "kpi", kpi.key, "To nothing", reply_to=said)
    remove_comment(world.otto, answer)
    assert queries.conversation(world.vic, "kpi", kpi.key) == []
    restore_comment(world.cem, said)
    assert heard(world, "vic") == ["mention"]


def test_an_answer_belongs_to_the_thing_it_answers_on(world: World, kpi: Kpi) -> None:
    other = make_kpi("visits")
    said = comment(world.cem, "kpi", kpi.key, "Here")
    with pytest.raises(Refused) as refused:
        comment(world.cem, "kpi", other.key, "There", reply_to=said)
    assert refused.value.problems[0].field == "reply_to"


@pytest.mark.parametrize(("text", "key"), [("  \n ", "text-missing"), ("a\0b", "bad-text"), ("x" * 20_001, "too-long")])
def test_a_comment_that_cannot_be_kept_is_refused(world: World, kpi: Kpi, text: str, key: str) -> None:
    with pytest.raises(Refused) as refused:
        comment(world.cem, "kpi", kpi.key, text)
    assert refused.value.problems[0].key == key
    assert not Comment.objects.exists()


def test_of_namesakes_the_key_has_to_say_who_is_meant(world: World, kpi: Kpi) -> None:
    create_person(admin(), "Vic Viewer")
    with pytest.raises(Refused) as refused:
        comment(world.cem, "kpi", kpi.key, "Hello @Vic Viewer")
    assert "@vic-viewer, @vic-viewer-2" in refused.value.problems[0].message
    comment(world.cem, "kpi", kpi.key, "Hello @vic-viewer")
    assert heard(world, "vic") == ["mention"]


def test_things_nobody_can_discuss_are_not_there(world: World) -> None:
    for kind, key in (
        ("team", "emergency"),
        ("no-kind", "x"),
        ("kpi", "no-such-kpi"),
        ("kpi", "a\0b"),
        ("comment", "1"),
    ):
        with pytest.raises(Hidden):
            comment(world.ada, kind, key, "Hello")


def test_a_token_that_only_reads_says_nothing_and_one_that_writes_speaks_for_its_owner(world: World, kpi: Kpi) -> None:
    owner = world.person("cem")
    reader, writer = (
        actor_of_token(create_token(world.cem, name="t", scope=scope, person=owner).secret)
        for scope in ("read", "write")
    )
    assert reader is not None
    assert writer is not None
    with pytest.raises(NotAllowed):
        comment(reader, "kpi", kpi.key, "Hello")
    assert comment(writer, "kpi", kpi.key, "Hello").author == owner


def test_what_happened_and_what_was_said_stand_in_one_line_of_time(world: World, kpi: Kpi) -> None:
    comment(world.cem, "kpi", kpi.key, "First")
    kpi.refresh_from_db()
    change_kpi(admin(), kpi, version=kpi.version, decision="Open a second desk")
    comment(world.cem, "kpi", kpi.key, "Second")
    entries = queries.feed(world.otto, "kpi", kpi.key)
    told = [one.said.text if one.said else one.event.name for one in entries if one.said or one.event]
    assert told[:3] == ["Second", "kpi.changed", "First"]
    assert "metric.created" in told
    assert entries == sorted(entries, key=lambda one: one.at, reverse=True)


def test_reading_is_marked_for_oneself_alone(world: World, kpi: Kpi) -> None:
    follow(world.vic, "kpi", kpi.key)
    for text in ("One", "Two", "Three"):
        comment(world.cem, "kpi", kpi.key, text)
    newest, *_rest = queries.notifications_of(world.vic)
    assert mark_read(world.otto, [newest.pk]) == 0
    assert mark_read(world.vic, [newest.pk]) == 1
    assert queries.unread_count(world.vic) == 2
    assert mark_read(world.vic, [newest.pk], is_read=False) == 1
    assert mark_read(world.vic) == 3
    assert queries.unread_count(world.vic) == 0
    assert queries.unread_count(world.lea) == 3


def test_an_archived_person_is_told_nothing(world: World, kpi: Kpi) -> None:
    archive_person(admin(), world.person("vic"))
    comment(world.cem, "kpi", kpi.key, "Hello @vic-viewer")
    assert not Notification.objects.filter(person__key="vic-viewer").exists()


def test_other_packages_tell_people_in_their_own_words(world: World, kpi: Kpi) -> None:
    told = commands.notify(world.lea, "kpi", kpi.key, [world.person("cem"), world.person("lea")], "mention")
    assert told == [world.person("cem")]
    [waiting] = queries.in_words(world.cem, list(queries.notifications_of(world.cem)))
    assert (waiting.words, waiting.label) == ("mentioned you on Waiting time", "Waiting time")


def test_an_erased_person_is_named_in_no_comment_and_keeps_no_inbox(world: World, kpi: Kpi) -> None:
    said = comment(world.cem, "kpi", kpi.key, "Ask @lea-lead or @LEA LEAD; Lea Lead knows")
    change_comment(world.cem, said, "Ask @lea-lead. Lea Lead knows best")
    comment(world.lea, "kpi", kpi.key, "I do")
    erase_person(admin(), world.person("lea"))
    texts = [one.text for one in queries.comments_of(world.cem, "kpi", kpi.key)]
    former = [old.text for one in queries.comments_of(world.cem, "kpi", kpi.key) for old in one.former]
    assert not any("lea" in text.lower() for text in (*texts, *former))
    assert "I do" in texts
    assert [one.author for one in queries.comments_of(world.cem, "kpi", kpi.key)] == [
        "Cem Contributor",
        "former member",
    ]
    assert not Notification.objects.filter(person__erased_at__isnull=False).exists()
