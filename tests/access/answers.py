"""Who gets which answer from an address: one line of the table, and short ways to write it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Answer = int | str
SIGN_IN = "sign-in"


@dataclass(frozen=True)
class Route:
    name: str
    anonymous: Answer = SIGN_IN
    member: Answer = 200
    outsider: Answer = 200
    admin: Answer = 200
    args: tuple[str, ...] = ()
    method: str = "get"
    data: Mapping[str, str] = field(default_factory=dict)


def page(name: str, *args: str, **answers: Answer) -> Route:
    """A page everybody inside may read."""
    return Route(name, args=args, **answers)  # type: ignore[arg-type]


def admins_page(name: str, *args: str) -> Route:
    return Route(name, member=403, outsider=403, args=args)


def act(
    route: str, /, *args: str, member: Answer = 403, outsider: Answer = 403, admin: Answer = 302, **data: str
) -> Route:
    """A change by POST: refused for those without the right, done and redirected for the others."""
    return Route(route, member=member, outsider=outsider, admin=admin, args=args, method="post", data=data)


def open_page(name: str, *args: str, answer: int = 200) -> Route:
    """A page before sign-in."""
    return Route(name, answer, answer, answer, answer, args=args)
