"""The discussion of a thing and the inbox, ready to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sextant.core.actors import Actor
from sextant.core.errors import Problem
from sextant.metrics.queries.standpoint import Standpoint
from sextant.notifications import notices, queries
from sextant.notifications.access import keeps_order
from sextant.notifications.mentions import People
from sextant.notifications.models import Notification
from sextant.notifications.queries import Entry, Said, Waiting
from sextant.notifications.rendering import plain, to_html
from sextant.notifications.subjects import Subject
from sextant.people.models import Person
from sextant.people.queries import organisation
from sextant.web.audit import page_of
from sextant.web.kpi_subject import Tab

TABS = ("comments", "activity")
FIRST_CONVERSATIONS = 10
ENTRIES = 40
# Kinds whose page does not show what is said about them, and kinds that have no page of their own.
DISCUSSED_ELSEWHERE = frozenset({"scorecard"})
WITHOUT_A_PAGE = frozenset({"check_in"})


@dataclass(frozen=True, slots=True)
class Line:
    """A comment as its readers see it."""

    id: int
    author: str
    author_url: str
    at: datetime  # the wall clock of the organisation
    body: SafeString
    text: str
    version: int
    is_removed: bool
    answered: str  # who is answered, where that is not plain from the place
    former: Sequence[tuple[datetime, SafeString]]
    may_change: bool
    may_remove: bool
    answers: Sequence[Line] = ()

    @property
    def number(self) -> str:
        return str(self.id)


@dataclass(frozen=True, slots=True)
class Happened:
    """A line of the activity."""

    at: datetime
    who: str
    who_url: str
    words: str
    excerpt: str
    url: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What was sent and refused, to be shown again where it was typed: `place` is "new", "answer-7" or "text-7"."""

    place: str
    text: str
    problems: Sequence[Problem]


@dataclass(frozen=True, slots=True)
class Panel:
    """The discussion of one thing."""

    thing: Subject
    url: str
    page_url: str  # where the thing itself is shown, "" for nowhere
    tab: str
    tabs: Sequence[Tab]
    count: int
    may_write: bool
    is_following: bool
    followers: Sequence[Person]
    is_past: bool
    lines: Sequence[Line] = ()
    more: int = 0
    entries: Sequence[Happened] = ()
    older: str = ""
    draft: Draft | None = None
    said: str = ""
    undo_url: str = ""
    keeps_drafts: bool = True
    topic: str = ""


def person_url(key: str) -> str:
    return page_of("person", key)


def local(moment: datetime) -> datetime:
    """The wall clock of the organisation, without a zone, so that a template shows it as it is."""
    return moment.astimezone(ZoneInfo(organisation().time_zone)).replace(tzinfo=None)


def _own_page(kind: str, key: str) -> str:
    if kind == "alert_bundle":  # many alerts told of in one line
        return reverse("alerts")
    return "" if kind in WITHOUT_A_PAGE else page_of(kind, key)


def address_of(kind: str, key: str, comment_id: int | None = None) -> str:
    """Where a thing, or a comment on it, is read: its own page, else the page of its discussion."""
    page = "" if kind in DISCUSSED_ELSEWHERE and comment_id is not None else _own_page(kind, key)
    page = page or reverse("comments", args=[kind, key])
    return page if comment_id is None else f"{page}?comment={comment_id}#comment-{comment_id}"


def panel(
    actor: Actor,
    thing: Subject,
    point: Standpoint,
    *,
    tab: str = "comments",
    is_whole: bool = False,
    before: datetime | None = None,
    draft: Draft | None = None,
    said: str = "",
    undo_url: str = "",
    keeps_drafts: bool = True,
) -> Panel:
    """Everything the panel shows: comments with answers, or the activity."""
    url = reverse("comments", args=[thing.kind, thing.key])
    tab = tab if tab in TABS else TABS[0]
    past = point.as_of
    asked = f"&as_of={past.isoformat()}" if past else ""
    labels = (_("Comments"), _("Activity"))
    tabs = [Tab(label, f"{url}?tab={one}{asked}", one == tab) for one, label in zip(TABS, labels, strict=True)]
    conversation = queries.conversation_on(thing, known_at=point.known_at)
    followers = queries.followers_on(thing)
    lines, more, entries, older = _lines(actor, thing, conversation, is_past=past is not None), 0, [], ""
    if tab == "activity":
        found = queries.feed(actor, thing.kind, thing.key, known_at=point.known_at, most=ENTRIES + 1, before=before)
        people = People.read(one.said.text for one in found if one.said)
        entries = [_happened(thing, one, people) for one in found[:ENTRIES]]
        if len(found) > ENTRIES:
            older = f"{url}?tab=activity{asked}&before={found[ENTRIES - 1].at.timestamp():.6f}"
    elif not is_whole:
        more = max(0, len(lines) - FIRST_CONVERSATIONS)
        lines = lines[:FIRST_CONVERSATIONS]
    return Panel(
        thing=thing,
        url=url,
        page_url=_own_page(thing.kind, thing.key),
        tab=tab,
        tabs=tabs,
        count=sum(not one.comment.is_removed for top in conversation for one in (top, *top.answers)),
        may_write=actor.may_write and past is None,
        is_following=any(one.pk == actor.person_id for one in followers),
        followers=followers,
        is_past=past is not None,
        lines=lines if tab == "comments" else (),
        more=more,
        entries=entries,
        older=older,
        draft=draft,
        said=said,
        undo_url=undo_url,
        keeps_drafts=keeps_drafts,
        topic=thing.topic,
    )


def _lines(actor: Actor, thing: Subject, tops: Sequence[Said], *, is_past: bool) -> list[Line]:
    everything = [one for top in tops for one in (top, *top.answers)]
    people = People.read(text for one in everything for text in (one.text, *(old.text for old in one.former)))
    leads = keeps_order(actor, thing)

    def line(one: Said, top: Said | None = None) -> Line:
        comment = one.comment
        mine = actor.may_write and actor.person_id is not None and comment.author_id == actor.person_id
        parent = comment.parent
        answered = parent is not None and top is not None and parent.pk != top.comment.pk and not parent.is_removed
        is_former = comment.author is not None and comment.author.erased_at is not None
        return Line(
            comment.pk,
            _("former member") if is_former else one.author,
            person_url(comment.author.key) if comment.author and not is_former else "",
            local(comment.known_at),
            SafeString("") if comment.is_removed else to_html(one.text, people, person_url),
            "" if comment.is_removed else one.text,
            comment.version,
            comment.is_removed,
            parent.author.name if answered and parent is not None and parent.author else "",
            [] if comment.is_removed else [
                (local(old.superseded_at), to_html(old.text, people, person_url)) for old in reversed(one.former)
            ],
            mine and not is_past,
            (mine or leads) and not is_past and not comment.is_removed,
            [line(answer, one) for answer in one.answers],
        )  # fmt: skip

    return [line(top) for top in tops]


def _happened(thing: Subject, entry: Entry, people: People) -> Happened:
    comment = entry.said.comment if entry.said else None
    return Happened(
        local(entry.at),
        entry.who,
        person_url(entry.who_key),
        entry.words,
        plain(entry.said.text, people=people) if entry.said else "",
        f"{reverse('comments', args=[thing.kind, thing.key])}#comment-{comment.pk}" if comment else "",
    )


@dataclass(frozen=True, slots=True)
class InboxLine:
    """A notification as its reader sees it."""

    id: int
    at: datetime
    who: str
    words: str
    label: str
    excerpt: str
    url: str
    is_read: bool
    reason: str  # why they are told


def inbox_lines(actor: Actor, rows: Sequence[Notification]) -> list[InboxLine]:
    return [_inbox_line(one) for one in queries.in_words(actor, rows)]


def _inbox_line(one: Waiting) -> InboxLine:
    row = one.row
    url = address_of(row.subject_kind, row.subject_key, row.comment_id)
    why = notices.reason(row.notice, row.why, _("it"))
    return InboxLine(row.pk, local(row.created_at), one.who, one.words, one.label, one.excerpt, url, one.is_read, why)
