"""Saying that something happened.

A command calls `emit` inside its transaction. What happens then is `sextant.wiring`'s business.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from django.db import transaction
from django.db.models import Field, Func, Q, QuerySet, Value
from django.db.models.fields import BooleanField

from sextant.core import clock, jobs
from sextant.core.actors import SYSTEM, Actor
from sextant.core.models import Event
from sextant.core.words import Words

_sentences: dict[str, Words] = {}
_listeners: list[Callable[[], None]] = []
_reactions: dict[str, tuple[str, ...]] = {}


class _Words(dict[str, Any]):
    """The words of a sentence; one that an older event does not carry is left open."""

    def __missing__(self, word: str) -> str:
        return "…"


def register(name: str, sentence: Words) -> None:
    """Give an event name its sentence for people, such as "recorded values of %(subject)s"."""
    _sentences[name] = sentence


def registered() -> dict[str, Words]:
    """All event names with their sentences."""
    return dict(_sentences)


def sentence(event: Event) -> str:
    """The event in words, without the actor."""
    template = str(_sentences.get(event.name, event.name))
    return template % _Words(event.data, subject=event.subject_label or event.subject_key)


def listen(listener: Callable[[], None]) -> None:
    """Call `listener` after each commit of this process that holds an event. It must do next to nothing."""
    _listeners.append(listener)


def forget_listener(listener: Callable[[], None]) -> None:
    _listeners.remove(listener)


def react(name: str, job_names: Iterable[str]) -> None:
    """Add these jobs, with the event's id as `event`, in the transaction of every event of this name."""
    _reactions[name] = tuple(job_names)


def _tell() -> None:
    for listener in _listeners:
        listener()


def emit(
    actor: Actor,
    name: str,
    subject_kind: str,
    subject_key: str,
    subject_label: str,
    *,
    team_id: int | None = None,
    visibility: str = "organisation",
    viewer_ids: Iterable[int] = (),
    topics: Iterable[str] = (),
    **data: Any,
) -> Event:
    """Write the Event row. `topics` are what open pages listen to, such as "metric:churn"."""
    if name not in _sentences:
        raise LookupError(f"The event name '{name}' is not registered with a sentence.")
    own_topic = f"{subject_kind}:{subject_key}"
    if _listeners:
        transaction.on_commit(_tell)
    event = Event.objects.create(
        at=clock.now(),
        name=name,
        actor_kind=actor.kind,
        actor_key=actor.key,
        actor_label=actor.label,
        subject_kind=subject_kind,
        subject_key=subject_key,
        subject_label=subject_label[:300],
        team_id=team_id,
        visibility=visibility,
        viewer_ids=list(viewer_ids),
        topics=list(dict.fromkeys([own_topic, *topics])),
        data=data,
    )
    if name in _reactions and not clock.is_history():  # who writes history runs the rules of its days as well
        jobs.add([(job_name, {"event": event.pk}) for job_name in _reactions[name]])
    return event


def add_topics(event: Event, topics: Iterable[str]) -> None:
    """Let more open pages hear of an event. Only inside the transaction that wrote it does anybody."""
    event.topics = list(dict.fromkeys([*event.topics, *topics]))
    event.save(update_fields=["topics"])


def confine(
    things: Iterable[tuple[str, str]], team_id: int | None, visibility: str, viewer_ids: Iterable[int], topic: str = ""
) -> None:
    """Show what happened to these things (kind, key) in the past to whom they are shown from now on.

    `topic` names them in events about many things at once, which more people see: there it is taken out.
    """
    about = Q(pk__in=[])
    for kind, key in things:
        about |= Q(subject_kind=kind, subject_key=key)
    Event.objects.filter(about).update(team_id=team_id, visibility=visibility, viewer_ids=list(viewer_ids))
    if topic and visibility != "organisation":
        for event in Event.objects.filter(topics__icontains=f'"{topic}"').exclude(about).iterator():
            event.topics = [one for one in event.topics if one != topic]
            event.save(update_fields=["topics"])


class _Lists(Func):
    """Whether a JSON list of numbers holds a number; the same question on both databases."""

    output_field: Field[Any, Any] = BooleanField()
    arity = 2

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        column, column_params = compiler.compile(self.source_expressions[0])
        number, number_params = compiler.compile(self.source_expressions[1])
        sql = f"EXISTS(SELECT 1 FROM json_each({column}) WHERE json_each.value = {number})"  # noqa: S608 - both parts are compiled
        return sql, (*column_params, *number_params)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        column, column_params = compiler.compile(self.source_expressions[0])
        number, number_params = compiler.compile(self.source_expressions[1])
        return f"({column} @> to_jsonb({number}::bigint))", (*column_params, *number_params)


def visible_events(actor: Actor) -> QuerySet[Event]:
    """What happened to things the actor may see; the row carries who may, so no other table is asked."""
    if not actor.may_read:
        return Event.objects.none()
    mine = Q(_Lists("viewer_ids", Value(actor.person_id))) if actor.person_id is not None else Q(pk__in=[])
    if actor is SYSTEM:
        return Event.objects.all()
    if actor.is_admin:
        return Event.objects.filter(~Q(visibility="private") | mine)
    visible = Q(visibility="organisation") | Q(visibility="team", team_id__in=actor.team_ids)
    return Event.objects.filter(visible | mine)


def may_see(actor: Actor, visibility: str, team_id: int | None, viewer_ids: Collection[int]) -> bool:
    """The rule of `visible_events` for one event whose columns are at hand; a test keeps the two equal."""
    if not actor.may_read:
        return False
    if visibility == "organisation" or actor is SYSTEM or (actor.is_admin and visibility != "private"):
        return True
    return (visibility == "team" and team_id in actor.team_ids) or actor.person_id in viewer_ids
