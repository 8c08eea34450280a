"""`/events`: what happened, in the order it happened: the audit log of what the actor may see."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import answer
from sextant.api.asking import LONGEST_NUMBER, Asked, Key, Line
from sextant.core.access import visible
from sextant.core.events import sentence
from sextant.core.models import Event
from sextant.metrics.queries.standpoint import standpoint

router = Router(tags=["Events"])


class ActorOut(BaseModel):
    kind: str = Field(description="person, token or system.")
    key: str
    label: str


class SubjectOut(BaseModel):
    kind: str
    key: str
    label: str


class EventOut(BaseModel):
    id: int
    at: datetime
    name: str
    actor: ActorOut
    subject: SubjectOut
    sentence: str
    topics: list[str]
    data: dict[str, Any]


class EventPage(BaseModel):
    items: list[EventOut]
    next: int | None = Field(description="Send it as `after` to go on; null when there is nothing newer yet.")


class EventsAsked(Asked):
    after: int = Field(0, ge=0, le=LONGEST_NUMBER, description="Only events with a larger id.")
    name: Line = Field("", description="Only events of this name, or of names that begin so: kpi.changed, kpi.")
    subject: Key = Field("", description="Only events about the thing with this key.")
    limit: int = Field(100, ge=1, le=500)


def shown(event: Event) -> EventOut:
    return EventOut(
        id=event.pk,
        at=event.at,
        name=event.name,
        actor=ActorOut(kind=event.actor_kind, key=event.actor_key, label=event.actor_label),
        subject=SubjectOut(kind=event.subject_kind, key=event.subject_key, label=event.subject_label),
        sentence=sentence(event),
        topics=event.topics,
        data=event.data,
    )


@router.get("/events", response=EventPage, summary="What happened")
def list_events(request: ApiRequest, asked: Query[EventsAsked]) -> HttpResponse:
    events = visible("event", request.actor).filter(pk__gt=asked.after)
    if asked.name:
        events = events.filter(name__startswith=asked.name)
    if asked.subject:
        events = events.filter(subject_key=asked.subject)
    if (known_at := standpoint(asked.as_of).known_at) is not None:
        events = events.filter(at__lt=known_at)
    page = list(events.order_by("pk")[: asked.limit + 1])
    more = len(page) > asked.limit
    page = page[: asked.limit]
    return answer(EventPage(items=[shown(event) for event in page], next=page[-1].pk if more else None))
