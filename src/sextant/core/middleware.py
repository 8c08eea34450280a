"""Plumbing around every request: a strict content policy, and refusals rendered in one place."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import DataError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from sextant.core.errors import Refused, Stale, refuse

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
logger = logging.getLogger(__name__)
Next = Callable[[HttpRequest], HttpResponse]


class ContentSecurityPolicy:
    """No inline script, no inline style, nothing from elsewhere."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response


class Problems:
    """Turns a `Refused` that no page handled itself into a page or a problem document."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, DataError):  # such as a NUL, which PostgreSQL does not keep
            logger.warning("Refused what the database does not keep: %s", exception)
            message = _("It holds a character that cannot be kept, or a text that is too long.")
            exception = refuse("unreadable-text", message)
        if not isinstance(exception, Refused):
            return None
        if "application/json" in request.headers.get("Accept", ""):
            problems = [{"key": p.key, "message": p.message, "field": p.field} for p in exception.problems]
            body = {"status": exception.status, "key": problems[0]["key"], "problems": problems}
            return JsonResponse(body, status=exception.status, content_type="application/problem+json")
        if isinstance(exception, Stale) and request.method == "POST":
            return render(request, "stale.html", both_versions(request, exception), status=exception.status)
        context = {"problems": exception.problems, "status": exception.status, "refusal": exception}
        return render(request, "problem.html", context, status=exception.status)


def both_versions(request: HttpRequest, stale: Stale) -> dict[str, object]:
    """Theirs and yours for the eye, and the form as it was sent, ready to be sent again on the newer version."""
    now = stale.theirs.get("version")
    sent = [(name, value) for name in request.POST for value in request.POST.getlist(name)]
    resend = [(name, now if name == "version" else value) for name, value in sent if name != "csrfmiddlewaretoken"]
    return {
        "theirs": {name: value for name, value in stale.theirs.items() if name != "version"},
        "yours": {name: value for name, value in stale.yours.items() if name != "version"},
        "resend": resend if now is not None else [],
    }
