"""The request as our views see it, and the one way a form hands its values to a command."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest

from sextant.core.actors import Actor
from sextant.core.errors import NotAllowed, Refused, Stale

T = TypeVar("T")
LONGEST_NUMBER = 18


class PageRequest(HttpRequest):
    """A request after the middleware: it knows who asks."""

    actor: Actor


def carry_out(form: BaseForm, command: Callable[[], T]) -> T | None:
    """Run a command with the values of a valid form; what it refuses becomes errors of the form, and None.

    A stale edit and a missing right are not the form's business and go on to the page for them.
    """
    try:
        return command()
    except (Stale, NotAllowed):
        raise
    except Refused as refusal:
        for problem in refusal.problems:
            form.add_error(problem.field if problem.field in form.fields else None, problem.message)
        return None


def say(request: HttpRequest, text: str, *, undo: str = "") -> None:
    """Tell on the next page what was done; `undo` is the address that takes it back by POST."""
    messages.success(request, text, extra_tags=f"undo:{undo}" if undo else "")


def whole(text: str) -> int | None:
    """A whole number from an address or a form, None where there is none that a database could hold."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < LONGEST_NUMBER else None


def status_of(form: BaseForm) -> int:
    """200 for a form not yet sent, 422 for one whose values were refused."""
    return 422 if form.errors else 200
