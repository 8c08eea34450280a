"""Refusals as `application/problem+json` (RFC 9457): a stable key, words for people, every problem at once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from ninja.errors import AuthenticationError, HttpError, ValidationError

from sextant.core.errors import Problem, Refused, Stale

CONTENT_TYPE = "application/problem+json"
logger = logging.getLogger(__name__)
# What the validator calls it -> what we call it; all else is "bad-value".
KEYS = {"missing": "field-missing", "extra_forbidden": "unknown-field", "string_too_long": "too-long"}


def problem_answer(status: int, problems: Iterable[Problem], **more: object) -> HttpResponse:
    """The problem document: the first problem in `key` and `detail`, all of them in `problems`."""
    listed = [_as_json(problem) for problem in problems]
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "key": listed[0]["key"],
        "detail": listed[0]["message"],
        "problems": listed,
        **more,
    }
    response = HttpResponse(msgspec.json.encode(body, enc_hook=str), status=status, content_type=CONTENT_TYPE)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Sextant"'
    return response


def _as_json(problem: Problem) -> dict[str, object]:
    shown: dict[str, object] = {"key": problem.key, "message": str(problem.message), "field": problem.field}
    return shown | {"details": dict(problem.details)} if problem.details else shown


def of_refusal(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """A stale edit shows both versions, so that who asked can compare."""
    if isinstance(refusal, Stale):
        return problem_answer(refusal.status, refusal.problems, theirs=refusal.theirs, yours=refusal.yours)
    return problem_answer(refusal.status, refusal.problems)


def of_validation(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Everything that does not have the form it should have, each with its field."""
    return problem_answer(422, [_of_field(one) for one in error.errors])


def _of_field(error: Mapping[str, Any]) -> Problem:
    place = [str(part) for part in error["loc"]]
    # Bodies are named by the parameter that takes them, which nobody outside knows.
    names = place[2:] if place[:1] == ["body"] else place[1:]
    return Problem(KEYS.get(error["type"], "bad-value"), f"{error['msg']}.", ".".join(names) or None)


def of_http(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error, AuthenticationError):
        message = "Send a token in the header “Authorization: Bearer …”, or sign in."
        return problem_answer(401, [Problem("not-signed-in", message)])
    if error.status_code == HTTPStatus.FORBIDDEN:
        message = "A signed-in browser has to send the CSRF token in the header X-CSRFToken."
        return problem_answer(403, [Problem("csrf-failed", message)])
    return problem_answer(400, [Problem("bad-json", "The body is not JSON that can be read; nothing was changed.")])


def of_absence(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem_answer(404, [Problem("not-found", "There is nothing at this address.")])


def of_size(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return too_large("The body is too large. Send it in several parts.")


def too_large(message: str) -> HttpResponse:
    return problem_answer(413, [Problem("too-large", message)])


def of_suspicion(request: HttpRequest, error: SuspiciousOperation) -> HttpResponse:
    return problem_answer(400, [Problem("bad-request", "The request cannot be understood.")])


def of_fault(request: HttpRequest, error: Exception) -> HttpResponse:
    """Our own fault: it goes to the log, and whoever asked learns that it is not theirs."""
    logger.exception("A request to %s failed", request.path, exc_info=error)
    return problem_answer(500, [Problem("internal-error", "This is a fault in Sextant; it was written to the log.")])


HANDLERS: dict[type[Exception], Any] = {
    Refused: of_refusal,
    ValidationError: of_validation,
    HttpError: of_http,
    Http404: of_absence,
    RequestDataTooBig: of_size,
    SuspiciousOperation: of_suspicion,
    Exception: of_fault,
}
