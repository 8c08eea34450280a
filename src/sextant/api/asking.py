"""What can be asked of every list and every read, and finding things by their keys."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, TypeVar

import msgspec
from django.db.models import Model, QuerySet
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from sextant.calc.periods import Period, PeriodError, parse_period
from sextant.core.access import find
from sextant.core.actors import Actor
from sextant.core.errors import Hidden, refuse
from sextant.people import queries as people

MOST_AT_ONCE = 500
LONGEST_NUMBER = 2**53
M = TypeVar("M", bound=Model)


def _readable(text: str) -> str:
    if "\0" in text:
        raise ValueError("it holds a character that cannot be kept")
    return text


Line = Annotated[str, StringConstraints(max_length=300), AfterValidator(_readable)]
Words = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(_readable)]
Key = Annotated[str, StringConstraints(max_length=120), AfterValidator(_readable)]
Figure = Annotated[float, Field(allow_inf_nan=False)]
Version = Annotated[int, Field(ge=0, le=LONGEST_NUMBER, description="The version you saw; 409 when it is older.")]
Day = Annotated[date, Field(ge=date(1000, 1, 1), le=date(9998, 12, 31))]


class Asked(BaseModel):
    """What every read understands."""

    as_of: date | None = Field(
        None,
        ge=date(1900, 1, 1),
        description="Answer as it was known at the end of this day. Names, people and access are today's.",
    )
    why: bool = Field(False, description="1: explain every computed field under `why`.")


class Listed(Asked):
    """What every list understands."""

    cursor: Annotated[str, StringConstraints(max_length=400)] = Field("", description="`next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST_AT_ONCE)


class Change(BaseModel):
    """Base of what is sent to be written: a field nobody knows is refused, not dropped."""

    model_config = ConfigDict(extra="forbid")

    def given(self, *without: str) -> dict[str, Any]:
        """The fields that were sent."""
        return {name: getattr(self, name) for name in self.model_fields_set if name not in without}


def written(cursor: Sequence[object]) -> str:
    """A place in a list as the opaque text of `next`."""
    return base64.urlsafe_b64encode(msgspec.json.encode(list(cursor))).decode().rstrip("=")


def place(cursor: str, *kinds: type) -> list[Any] | None:
    """The place a cursor names, checked; None at the beginning. Raises Refused when it was not made by us."""
    if not cursor:
        return None
    try:
        read = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, msgspec.DecodeError):
        read = None
    fits = isinstance(read, list) and len(read) == len(kinds)
    if not fits or not all(isinstance(one, kind) for one, kind in zip(read, kinds, strict=True)):
        raise refuse("bad-cursor", "The cursor is not one this list gave. Begin again without it.", "cursor")
    if any(isinstance(one, int) and abs(one) > LONGEST_NUMBER for one in read):
        raise refuse("bad-cursor", "The cursor is not one this list gave. Begin again without it.", "cursor")
    return list(read)


def by_key(things: QuerySet[M], asked: Listed) -> tuple[list[M], str | None]:
    """One page in the order of the keys, and the cursor of the next one."""
    after = place(asked.cursor, str)
    if after is not None:
        things = things.filter(key__gt=after[0].replace("\0", ""))
    found = list(things.order_by("key")[: asked.limit + 1])
    if len(found) <= asked.limit:
        return found, None
    return found[: asked.limit], written([getattr(found[asked.limit - 1], "key")])  # noqa: B009 - any model with a key


def found(kind: str, actor: Actor, key: str, action: str | None = None) -> Any:
    """The thing with this key. Raises Hidden (404) when there is none the actor may see."""
    if "\0" in key:
        raise Hidden(kind, "?")
    return find(kind, actor, key, action=action)


def named(kind: str, actor: Actor, key: str | None, field: str) -> Any:
    """The thing a field of the body names, None for null. Refused (422) when there is none they may see."""
    if key is None:
        return None
    try:
        return find(kind, actor, key)
    except Hidden as hidden:
        raise refuse(f"unknown-{kind}", str(hidden), field) from None


def named_all(actor: Actor, changes: dict[str, Any], kinds: Mapping[str, str]) -> dict[str, Any]:
    """The changes with keys replaced by the things they name; `kinds` maps field to kind."""
    return {
        field: named(kinds[field], actor, value, field) if field in kinds else value for field, value in changes.items()
    }


def period_in(text: str, field: str) -> Period:
    """A period as written in an address or a body. Refused (422) with what is wrong."""
    try:
        return parse_period(text, calendar=people.calendar())
    except PeriodError as error:
        raise refuse(error.key, str(error), field) from None
