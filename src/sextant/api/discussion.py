"""`/comments`, `/follows` and `/notifications`: what is said about a thing, who follows it, and the inbox."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import Page, answer
from sextant.api.asking import LONGEST_NUMBER, Asked, Change, Key, Line, Listed, Version, Words, place, written
from sextant.core.actors import Actor
from sextant.core.errors import Hidden, refuse
from sextant.core.writing import writing
from sextant.metrics.queries.standpoint import standpoint
from sextant.notifications import commands, queries
from sextant.notifications.mentions import People
from sextant.notifications.queries import Said
from sextant.notifications.rendering import mentioned, to_html
from sextant.notifications.subjects import subject

router = Router(tags=["Discussion"])


class SubjectOut(BaseModel):
    kind: str = Field(description="kpi, metric, scorecard, objective, key_result, initiative or check_in.")
    key: str
    label: str


class AuthorOut(BaseModel):
    key: str
    name: str


class FormerTextOut(BaseModel):
    text: str
    until: datetime


class CommentOut(BaseModel):
    id: int
    subject: SubjectOut
    author: AuthorOut | None = Field(description="null: Sextant itself.")
    text: str = Field(description="Markdown as written.")
    html: str = Field(description="Computed: the text as safe HTML, mentions and addresses as links.")
    mentions: list[str] = Field(description="Computed: keys of the people the text mentions.")
    reply_to: int | None
    at: datetime
    edited: bool
    former: list[FormerTextOut] = Field(description="How it read before, oldest first.")
    removed: bool
    version: int


class CommentsAsked(Asked):
    kind: Line = Field(description="What kind of thing it is, such as kpi.")
    key: Key = Field(description="The key of the thing; the number of a check-in.")


class CommentList(BaseModel):
    items: list[CommentOut]


class NewComment(Change):
    kind: Line
    key: Key
    text: Words = Field(description="Markdown; “@key” or “@Name” mentions somebody.")
    reply_to: int | None = Field(None, ge=1, le=LONGEST_NUMBER, description="The id of the comment this answers.")


class CommentChange(Change):
    version: Version
    text: Words = Field(default_factory=str)
    removed: bool = Field(default_factory=bool, description="true takes the comment back, false brings it back.")


class FollowersOut(BaseModel):
    following: bool = Field(description="Whether you follow it.")
    followers: list[AuthorOut]


class NotificationOut(BaseModel):
    id: int
    notice: str = Field(description="mention, reply, comment, or a notice of another part.")
    subject: SubjectOut
    sentence: str
    who: str
    excerpt: str = Field(description="The beginning of the comment; empty where there is none.")
    comment: int | None
    at: datetime
    read_at: datetime | None


class NotificationsAsked(Listed):
    unread: bool = Field(False, description="1: only what is not marked as read.")


class Reading(Change):
    ids: list[int] | None = Field(None, max_length=500, description="Which; null or left out: all of them.")
    read: bool = Field(True, description="false marks them as unread again.")


class Counted(BaseModel):
    changed: int
    unread: int = Field(description="How many are unread now.")


def _person_url(key: str) -> str:
    return f"/people/{key}"


def shown(said: list[Said]) -> list[CommentOut]:
    people = People.read(one.text for one in said)
    return [_shown(one, people) for one in said]


def _shown(one: Said, people: People) -> CommentOut:
    comment = one.comment
    text = "" if comment.is_removed else one.text
    author = comment.author
    return CommentOut(
        id=comment.pk,
        subject=SubjectOut(kind=comment.subject_kind, key=comment.subject_key, label=comment.subject_label),
        author=AuthorOut(key=author.key, name=author.name) if author else None,
        text=text,
        html=to_html(text, people, _person_url),
        mentions=[person.key for person in mentioned(text, people)],
        reply_to=comment.parent_id,
        at=comment.known_at,
        edited=one.is_edited,
        former=[]
        if comment.is_removed
        else [FormerTextOut(text=old.text, until=old.superseded_at) for old in one.former],
        removed=comment.is_removed,
        version=comment.version,
    )


def _one(comment_id: int) -> CommentOut:
    [one] = shown([queries.said(comment_id)])
    return one


@router.get("/comments", response=CommentList, summary="What was said about a thing, oldest first")
def list_comments(request: ApiRequest, asked: Query[CommentsAsked]) -> HttpResponse:
    known_at = standpoint(asked.as_of).known_at
    _named(request.actor, asked.kind, asked.key)
    return answer(
        CommentList(items=shown(queries.comments_of(request.actor, asked.kind, asked.key, known_at=known_at)))
    )


@router.post("/comments", response={201: CommentOut}, summary="Say something about a thing")
def add_comment(request: ApiRequest, body: NewComment) -> HttpResponse:
    actor = request.actor
    _named(actor, body.kind, body.key)
    try:
        reply_to = queries.comment_seen(actor, body.reply_to) if body.reply_to is not None else None
    except Hidden as hidden:
        raise refuse("unknown-comment", str(hidden), "reply_to") from None
    return answer(_one(commands.comment(actor, body.kind, body.key, body.text, reply_to=reply_to).pk), 201)


def _named(actor: Actor, kind: str, key: str) -> None:
    """Refused (422) unless kind and key name something the actor may see and talk about."""
    try:
        subject(actor, kind, key)
    except Hidden as hidden:
        raise refuse("unknown-thing", str(hidden), "key") from None


@router.get("/comments/{int:comment_id}", response=CommentOut, summary="One comment")
def get_comment(request: ApiRequest, comment_id: int) -> HttpResponse:
    return answer(_one(queries.comment_seen(request.actor, _number(comment_id)).pk))


@router.patch(
    "/comments/{int:comment_id}", response=CommentOut, summary="Change a comment, take it back, bring it back"
)
def patch_comment(request: ApiRequest, comment_id: int, body: CommentChange) -> HttpResponse:
    actor = request.actor
    found = queries.comment_seen(actor, _number(comment_id), even_removed=body.model_fields_set >= {"removed"})
    with writing():
        if "removed" in body.model_fields_set:
            found = (commands.remove_comment if body.removed else commands.restore_comment)(actor, found)
        if "text" in body.model_fields_set:
            seen = None if "removed" in body.model_fields_set else body.version
            found = commands.change_comment(actor, found, body.text, version=seen)
    return answer(_one(found.pk))


@router.delete("/comments/{int:comment_id}", response={204: None}, summary="Take a comment back")
def delete_comment(request: ApiRequest, comment_id: int) -> HttpResponse:
    commands.remove_comment(request.actor, queries.comment_seen(request.actor, _number(comment_id)))
    return HttpResponse(status=204)


def _number(comment_id: int) -> int:
    """The number as far as a database holds it; beyond that there is no comment."""
    return min(comment_id, LONGEST_NUMBER)


@router.get("/follows/{kind}/{key}", response=FollowersOut, summary="Who follows a thing")
def get_followers(request: ApiRequest, kind: str, key: str) -> HttpResponse:
    return answer(_followers(request.actor, kind, key))


@router.put("/follows/{kind}/{key}", response=FollowersOut, summary="Follow a thing")
def put_follow(request: ApiRequest, kind: str, key: str) -> HttpResponse:
    commands.follow(request.actor, kind, key)
    return answer(_followers(request.actor, kind, key))


@router.delete("/follows/{kind}/{key}", response=FollowersOut, summary="Stop following a thing")
def delete_follow(request: ApiRequest, kind: str, key: str) -> HttpResponse:
    commands.unfollow(request.actor, kind, key)
    return answer(_followers(request.actor, kind, key))


def _followers(actor: Actor, kind: str, key: str) -> FollowersOut:
    people = queries.followers(actor, kind, key)
    mine = any(one.pk == actor.person_id for one in people)
    return FollowersOut(following=mine, followers=[AuthorOut(key=one.key, name=one.name) for one in people])


@router.get("/notifications", response=Page[NotificationOut], summary="Your inbox, newest first")
def list_notifications(request: ApiRequest, asked: Query[NotificationsAsked]) -> HttpResponse:
    actor = request.actor
    rows = queries.notifications_of(actor, unread=asked.unread).order_by("-pk")
    if (after := place(asked.cursor, int)) is not None:
        rows = rows.filter(pk__lt=after[0])
    page = list(rows[: asked.limit + 1])
    following = written([page[asked.limit - 1].pk]) if len(page) > asked.limit else None
    items = [
        NotificationOut(
            id=one.row.pk,
            notice=one.row.notice,
            subject=SubjectOut(kind=one.row.subject_kind, key=one.row.subject_key, label=one.label),
            sentence=one.words,
            who=one.who,
            excerpt=one.excerpt,
            comment=one.row.comment_id,
            at=one.row.created_at,
            read_at=one.row.read_at,
        )
        for one in queries.in_words(actor, page[: asked.limit])
    ]
    return answer(Page[NotificationOut](items=items, next=following))


@router.post("/notifications/read", response=Counted, summary="Mark notifications as read, or as unread again")
def read_notifications(request: ApiRequest, body: Reading) -> HttpResponse:
    ids = None if body.ids is None else [one for one in body.ids if 0 < one <= LONGEST_NUMBER]
    changed = commands.mark_read(request.actor, ids, is_read=body.read)
    return answer(Counted(changed=changed, unread=queries.unread_count(request.actor)))
