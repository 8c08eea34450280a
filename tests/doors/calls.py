"""Calling the API as a script does: a token, JSON in, JSON out."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from sextant.people.commands import create_token
from tests.world import World


@dataclass
class Answer:
    """Status, headers and the JSON of an answer."""

    status: int
    body: Any
    headers: Any = field(repr=False)

    @property
    def keys(self) -> list[str]:
        """The problem keys of a refusal."""
        assert self.headers["Content-Type"] == "application/problem+json", self.headers["Content-Type"]
        assert self.body["status"] == self.status
        assert self.body["key"] == self.body["problems"][0]["key"]
        return [problem["key"] for problem in self.body["problems"]]


@dataclass
class Script:
    """A program that calls the API with a token (or with none)."""

    secret: str = ""
    client: Client = field(default_factory=Client)

    def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> Answer:
        headers = {"Authorization": f"Bearer {self.secret}"} if self.secret else {}
        content = body if isinstance(body, (bytes, str)) else json.dumps(body) if body is not None else ""
        response = self.client.generic(
            method, f"/api/v1{path}", content, "application/json", query_params=query or None, headers=headers
        )
        raw = response.content
        return Answer(response.status_code, json.loads(raw) if raw else None, response.headers)

    def get(self, path: str, **query: Any) -> Any:
        """The body of a read that has to succeed."""
        answer = self("GET", path, **query)
        assert answer.status == 200, answer
        return answer.body

    def all(self, path: str, **query: Any) -> list[Any]:
        """The items of all pages of a list."""
        items, cursor = [], ""
        while True:
            page = self.get(path, **query, **({"cursor": cursor} if cursor else {}))
            items += page["items"]
            cursor = page["next"]
            if not cursor:
                return items


def script(world: World, person: str, scope: str = "write") -> Script:
    """A program with a token of this person."""
    secret = create_token(world.actor(person), name="a script", scope=scope, person=world.person(person)).secret
    return Script(secret)


def pusher(world: World, team: str = "emergency") -> Script:
    """A program that may only push values of a team."""
    secret = create_token(world.ada, name="the door counter", scope="push", team=getattr(world, team)).secret
    return Script(secret)


def without(key: str, body: Any) -> str:
    """An answer without its status and the key it was asked for, as a word of its own: the key may be a number."""
    said = {name: one for name, one in body.items() if name != "status"} if isinstance(body, dict) else body
    return re.sub(rf"\b{re.escape(key)}\b", "KEY", str(said))
