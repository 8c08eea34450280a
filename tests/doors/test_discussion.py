"""Talking about a thing through the pages and the API; what one may not see is told by neither."""

from __future__ import annotations

import re

import pytest

from sextant.core.access import visible
from sextant.kpis.commands import change_kpi
from sextant.kpis.models import Kpi
from sextant.notifications import queries
from sextant.notifications.commands import comment, remove_comment
from sextant.notifications.models import Comment
from sextant.people.queries import actor_of_person
from tests.access.crawl import pages
from tests.doors.calls import script, without
from tests.make import admin, make_kpi
from tests.world import World

pytestmark = pytest.mark.django_db
WORD = "Zanzibar"


@pytest.fixture
def kpi(world: World) -> Kpi:
    """A KPI everybody may see, owned by Lea."""
    return make_kpi()


@pytest.fixture
def hidden(world: World) -> Kpi:
    """A KPI for Lea and Cem alone, talked about while everybody could see it, and after."""
    kpi = make_kpi("golden-parachutes", name="Golden parachutes")
    comment(world.otto, "kpi", kpi.key, f"{WORD} for @otto-outsider, @vic-viewer and @cem-contributor")
    comment(world.cem, "kpi", kpi.key, f"{WORD} again")
    kpi.refresh_from_db()
    change_kpi(admin(), kpi, version=kpi.version, visibility="people", viewers=[world.person("cem")])
    comment(world.lea, "kpi", kpi.key, f"{WORD} at last, @otto-outsider")
    return kpi


@pytest.mark.parametrize("person", ["otto", "vic"])
def test_no_page_tells_what_was_said_about_a_hidden_thing(world: World, hidden: Kpi, person: str) -> None:
    starts = (
        "/", "/inbox", "/inbox?show=all", "/inbox/bell", "/audit", "/audit.csv", "/search?q=Zanz", "/search?q=golden",
        "/comments/kpi/golden-parachutes", "/kpis/golden-parachutes/", "/kpis/", "/people/otto-outsider",
    )  # fmt: skip
    for address, body in pages(world.client(person), *starts, most=120):
        assert WORD not in body, address
        assert "Golden" not in body, address
        assert not re.search(r"Inbox: \d", body), address


@pytest.mark.parametrize("person", ["otto", "vic"])
def test_no_answer_of_the_api_tells_what_was_said_about_a_hidden_thing(world: World, hidden: Kpi, person: str) -> None:
    call = script(world, person)
    ids = list(Comment.objects.values_list("pk", flat=True))
    assert call.get("/notifications")["items"] == []
    assert not [one for one in call.get("/events", subject=hidden.key)["items"] if one["name"].startswith("comment.")]
    tries = [
        ("GET", "/comments?kind=kpi&key={}", None), ("POST", "/comments", {"kind": "kpi", "key": "{}", "text": "x"}),
        ("GET", "/follows/kpi/{}", None), ("PUT", "/follows/kpi/{}", None), ("DELETE", "/follows/kpi/{}", None),
    ]  # fmt: skip
    for method, path, body in tries:
        told = []
        for key in (hidden.key, "no-such-thing"):
            sent = {name: value.replace("{}", key) for name, value in body.items()} if body else None
            answer = call(method, path.format(key), sent)
            told.append((answer.status, without(key, answer.body)))
        assert told[0] == told[1]
        assert told[0][0] == (404 if "follows" in path else 422)
    for method, body in (("GET", None), ("PATCH", {"version": 1, "text": "x"}), ("DELETE", None)):
        for one in ids:
            answer = call(method, f"/comments/{one}", body)
            missing = call(method, "/comments/999999", body)
            assert answer.status == 404
            assert without(str(one), answer.body) == without("999999", missing.body)
    reply = call("POST", "/comments", {"kind": "kpi", "key": "golden-parachutes", "text": "x", "reply_to": ids[0]})
    assert reply.keys == ["unknown-thing"]


def test_a_comment_is_not_answered_from_a_thing_one_may_see(world: World, hidden: Kpi, kpi: Kpi) -> None:
    said = Comment.objects.latest("pk")
    client = world.client("otto")
    sent = {"text": "x", "reply_to": str(said.pk)}
    assert client.post(f"/comments/kpi/{kpi.key}", sent).status_code == 404
    assert script(world, "otto")(
        "POST", "/comments", {"kind": "kpi", "key": kpi.key, "text": "x", "reply_to": said.pk}
    ).keys == ["unknown-comment"]


def test_who_may_see_it_finds_everything(world: World, hidden: Kpi) -> None:
    cem = world.client("cem")
    assert cem.get("/inbox").content.decode().count(WORD) == 2
    assert cem.get(f"/kpis/{hidden.key}/").content.decode().count(f"{WORD} at last") == 1
    assert visible("comment", world.cem).count() == 3


def test_the_page_of_a_kpi_takes_a_comment_without_scripts(world: World, kpi: Kpi) -> None:
    cem = world.client("cem")
    page = cem.get(f"/kpis/{kpi.key}/").content.decode()
    assert f'action="/comments/kpi/{kpi.key}"' in page
    sent = {"text": "Why, **@lea-lead**? <b>", "next": f"/kpis/{kpi.key}/"}
    answer = cem.post(f"/comments/kpi/{kpi.key}", sent)
    said = Comment.objects.get()
    assert answer.headers["Location"] == f"/kpis/{kpi.key}/#comment-{said.pk}"
    page = cem.get(f"/kpis/{kpi.key}/").content.decode()
    assert "Told: Lea Lead." in page
    assert '<strong><a href="/people/lea-lead" class="mention">@Lea Lead</a></strong>? &lt;b&gt;' in page
    page = cem.post(f"/comments/{said.pk}/text", {"text": "Why?", "version": "1"}, follow=True).content.decode()
    assert "edited" in page
    page = cem.post(f"/comments/{said.pk}/removal", follow=True).content.decode()
    assert f'action="/comments/{said.pk}/restoral"' in page
    assert 'class="said"' not in page
    cem.post(f"/comments/{said.pk}/restoral")
    assert "<p>Why?</p>" in world.client("vic").get(f"/kpis/{kpi.key}/").content.decode()


def test_a_comment_that_is_refused_is_still_in_its_field(world: World, kpi: Kpi) -> None:
    said = comment(world.cem, "kpi", kpi.key, "Before")
    cem = world.client("cem")
    long = "x" * 20_001
    for address, sent in (
        (f"/comments/kpi/{kpi.key}", {"text": long}),
        (f"/comments/kpi/{kpi.key}", {"text": long, "reply_to": str(said.pk)}),
        (f"/comments/{said.pk}/text", {"text": long, "version": "1"}),
    ):
        answer = cem.post(address, sent)
        assert answer.status_code == 422
        body = answer.content.decode()
        assert body.count(long) == 1
        assert "Use at most 20000 characters." in body
        part = cem.post(address, sent, headers={"HX-Request": "true"})
        assert part.status_code == 200
        assert "Use at most 20000 characters." in part.content.decode()
        assert "<html" not in part.content.decode()


def test_a_stale_edit_shows_both_texts(world: World, kpi: Kpi) -> None:
    said = comment(world.cem, "kpi", kpi.key, "One")
    cem = world.client("cem")
    cem.post(f"/comments/{said.pk}/text", {"text": "Two", "version": "1"})
    answer = cem.post(f"/comments/{said.pk}/text", {"text": "Three", "version": "1"})
    assert answer.status_code == 409
    assert "Two" in answer.content.decode()
    assert "Three" in answer.content.decode()


def test_somebody_who_was_not_told_is_named_to_the_author(world: World, kpi: Kpi) -> None:
    change_kpi(admin(), kpi, version=kpi.version, visibility="team")
    cem = world.client("cem")
    page = cem.post(f"/comments/kpi/{kpi.key}", {"text": "@otto-outsider, @Lea Lead"}, follow=True).content.decode()
    assert "Told: Lea Lead. Not told, because this is not shown to them: Otto Outsider." in page
    offered = cem.get(f"/comments/kpi/{kpi.key}/people?q=o").content.decode()
    assert "Otto" not in offered
    assert "Vic Viewer" in cem.get(f"/comments/kpi/{kpi.key}/people?q=vi").content.decode()
    assert "Vic Viewer" in cem.get(f"/comments/kpi/{kpi.key}/people?q=View").content.decode()


def test_the_past_shows_what_was_said_by_then_and_takes_no_word(world: World, kpi: Kpi) -> None:
    comment(world.cem, "kpi", kpi.key, "Said today")
    cem = world.client("cem")
    for address in (f"/kpis/{kpi.key}/?as_of=2026-01-31", f"/comments/kpi/{kpi.key}?as_of=2026-01-31&tab=activity"):
        page = cem.get(address).content.decode()
        assert "Said today" not in page
        assert "<textarea" not in page
    assert cem.post(f"/comments/kpi/{kpi.key}?as_of=2026-01-31", {"text": "Then"}).status_code == 422


def test_the_newest_conversations_are_shown_and_a_link_to_an_old_one_finds_it(world: World, kpi: Kpi) -> None:
    first = comment(world.cem, "kpi", kpi.key, "The very first")
    for number in range(12):
        comment(world.otto, "kpi", kpi.key, f"Number {number}")
    comment(world.otto, "kpi", kpi.key, "An answer, @vic-viewer", reply_to=first)
    vic = world.client("vic")
    page = vic.get(f"/kpis/{kpi.key}/").content.decode()
    assert "The very first" not in page
    assert "3 earlier conversations" in page
    inbox = vic.get("/inbox").content.decode()
    [link] = re.findall(r'href="(/kpis/[^"#]+)#comment-\d+"', inbox)
    assert "The very first" in vic.get(link).content.decode()


def test_the_inbox_counts_opens_and_marks_as_read(world: World, kpi: Kpi) -> None:
    for text in ("@vic-viewer one", "@vic-viewer two"):
        comment(world.cem, "kpi", kpi.key, text)
    vic = world.client("vic")
    assert "Inbox: 2 unread" in vic.get("/kpis/").content.decode()
    assert "Inbox: 2 unread" in vic.get("/inbox/bell").content.decode()
    newest, oldest = queries.notifications_of(world.vic)
    answer = vic.post("/inbox/reading", {"id": str(newest.pk)})
    assert answer.headers["Location"] == "/inbox"
    page = vic.get("/inbox").content.decode()
    assert "Inbox: 1 unread" in page
    assert (
        page.count('class="inbox-what"'),
        vic.get("/inbox?show=all").content.decode().count('class="inbox-what"'),
    ) == (1, 2)
    vic.post("/inbox/reading", {"id": str(newest.pk), "unread": "yes"})
    opened = vic.post("/inbox/reading", {"id": str(oldest.pk), "open": "1"}, headers={"HX-Request": "true"})
    assert opened.headers["HX-Redirect"] == f"/kpis/{kpi.key}/?comment={oldest.comment_id}#comment-{oldest.comment_id}"
    assert queries.unread_count(world.vic) == 0
    assert (
        world.client("otto").post("/inbox/reading", {"id": str(oldest.pk), "open": "1"}).headers["Location"] == "/inbox"
    )


def test_following_is_a_button_on_the_page(world: World, kpi: Kpi) -> None:
    vic = world.client("vic")
    vic.post(f"/comments/kpi/{kpi.key}/following", {"on": "yes"})
    comment(world.cem, "kpi", kpi.key, "News")
    assert queries.unread_count(world.vic) == 1
    vic.post(f"/comments/kpi/{kpi.key}/following", {"on": "no"})
    comment(world.cem, "kpi", kpi.key, "More news")
    assert queries.unread_count(world.vic) == 1


def test_the_part_of_a_page_comes_without_the_page(world: World, kpi: Kpi) -> None:
    comment(world.cem, "kpi", kpi.key, "Hello")
    vic = world.client("vic")
    part = vic.get(f"/comments/kpi/{kpi.key}", headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert part.headers["Vary"].count("HX-Request") == 1
    activity = vic.get(f"/comments/kpi/{kpi.key}?tab=activity", headers={"HX-Request": "true"}).content.decode()
    assert "added the KPI Waiting time" in activity
    assert "commented on Waiting time" in activity
    for before in ("x", "nan", "1e400", "-1e18", "0"):
        assert vic.get(f"/comments/kpi/{kpi.key}?tab=activity&before={before}").status_code == 200


def test_talking_by_api(world: World, kpi: Kpi) -> None:
    cem, lea = script(world, "cem"), script(world, "lea")
    body = {"kind": "kpi", "key": kpi.key, "text": "Why, *@lea-lead*?"}
    added = cem("POST", "/comments", body)
    assert added.status == 201
    said = added.body
    assert (said["author"]["key"], said["mentions"], said["edited"]) == ("cem-contributor", ["lea-lead"], False)
    assert said["html"].startswith("<p>Why, <em><a")
    reply = lea("POST", "/comments", {**body, "text": "A new desk.", "reply_to": said["id"]}).body
    assert [one["id"] for one in cem.get("/comments", kind="kpi", key=kpi.key)["items"]] == [said["id"], reply["id"]]
    assert reply["reply_to"] == said["id"]
    [waiting] = cem.all("/notifications", unread=1)
    assert (waiting["notice"], waiting["sentence"]) == ("reply", "answered you on Waiting time")
    assert (waiting["who"], waiting["excerpt"]) == ("Lea Lead", "A new desk.")
    assert cem("POST", "/notifications/read", {"ids": [waiting["id"]]}).body == {"changed": 1, "unread": 0}
    changed = cem("PATCH", f"/comments/{said['id']}", {"version": said["version"], "text": "Why?"})
    assert (changed.body["edited"], changed.body["former"][0]["text"]) == (True, "Why, *@lea-lead*?")
    assert cem("PATCH", f"/comments/{said['id']}", {"version": said["version"], "text": "What?"}).status == 409
    assert lea("PATCH", f"/comments/{said['id']}", {"version": 2, "text": "x"}).keys == ["not-allowed"]
    assert cem("DELETE", f"/comments/{said['id']}").status == 204
    assert cem("GET", f"/comments/{said['id']}").status == 404
    back = cem("PATCH", f"/comments/{said['id']}", {"version": 3, "removed": False})
    assert (back.status, back.body["text"]) == (200, "Why?")
    assert cem("POST", "/comments", {**body, "text": " "}).keys == ["text-missing"]
    assert cem("POST", "/comments", {**body, "kind": "team"}).keys == ["unknown-thing"]


def test_following_by_api(world: World, kpi: Kpi) -> None:
    vic = script(world, "vic")
    assert vic("PUT", f"/follows/kpi/{kpi.key}").body["following"]
    told = vic.get(f"/follows/kpi/{kpi.key}")
    assert [one["key"] for one in told["followers"]] == ["lea-lead", "vic-viewer"]
    assert not vic("DELETE", f"/follows/kpi/{kpi.key}").body["following"]
    assert script(world, "vic", "read")("PUT", f"/follows/kpi/{kpi.key}").status == 403


def test_the_inbox_by_api_comes_in_pages(world: World, kpi: Kpi) -> None:
    for number in range(5):
        comment(world.cem, "kpi", kpi.key, f"Number {number}")
    listed = script(world, "lea").all("/notifications", limit=2)
    assert [one["excerpt"] for one in listed] == [f"Number {number}" for number in (4, 3, 2, 1, 0)]


def test_a_page_with_a_long_discussion_takes_no_more_statements(
    world: World,
    kpi: Kpi,
    django_assert_max_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    cem = world.client("cem")
    comment(world.otto, "kpi", kpi.key, "One, @cem-contributor")
    cem.get(f"/comments/kpi/{kpi.key}")
    comment(world.otto, "kpi", kpi.key, "Two")  # news: what is counted for the frame is counted both times
    with django_assert_max_num_queries(30) as counted:
        cem.get(f"/comments/kpi/{kpi.key}")
    for number in range(8):
        said = comment(world.otto, "kpi", kpi.key, f"{number} @cem-contributor")
        comment(world.lea, "kpi", kpi.key, f"{number} @otto-outsider", reply_to=said)
    with django_assert_max_num_queries(len(counted)):
        cem.get(f"/comments/kpi/{kpi.key}")
    cem.get("/inbox")
    with django_assert_max_num_queries(20):
        assert cem.get("/inbox").content.decode().count('class="inbox-what"') == 9


def test_what_a_former_member_said_stays_without_a_link_to_them(world: World, kpi: Kpi) -> None:
    from sextant.people.commands import erase_person

    said = comment(world.cem, "kpi", kpi.key, "It was the desk")
    remove_comment(world.cem, comment(world.cem, "kpi", kpi.key, "Oops"))
    erase_person(actor_of_person(world.person("ada")), world.person("cem"))
    page = world.client("lea").get(f"/comments/kpi/{kpi.key}").content.decode()
    assert "It was the desk" in page
    assert "Cem" not in page
    assert f'id="comment-{said.pk}"' in page
    assert "former-member" not in page
