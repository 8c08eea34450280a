"""The REST API: every resource under `/api/v1`, every refusal as a problem document."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI, Router

from sextant.api import (
    alert_rules,
    alerts,
    alignment,
    check_ins,
    closing,
    discussion,
    document,
    drivers,
    events,
    findings,
    forecasts,
    imports,
    key_results,
    kpis,
    lifecycle,
    measurements,
    metrics,
    notification_settings,
    objectives,
    people,
    planning,
    practice,
    promotions,
    proposals,
    rules,
    scorecards,
    second_looks,
    series,
    strategy,
    surveys,
    targets,
    teams,
)
from sextant.api.actors import SIGNED_IN
from sextant.api.problems import HANDLERS, problem_answer
from sextant.core.errors import Problem

EVERY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]
View = Callable[..., HttpResponse]


class Api(NinjaAPI):
    """Ninja, with the answers it gives by itself in our one form."""

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        found = super()._get_urls()
        for one in found:
            if isinstance(one, URLPattern):
                one.callback = with_problem(one.callback)
        return found


def with_problem(view: View) -> View:
    """A method that an address does not know is answered as a problem too, with `Allow` kept."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        response = view(request, *args, **named)
        if response.status_code != 405 or response.headers.get("Content-Type", "").startswith("application/"):
            return response
        message = f"This address knows {response.headers['Allow']}, not {request.method}."
        problem = problem_answer(405, [Problem("method-not-allowed", message)])
        problem.headers["Allow"] = response.headers["Allow"]
        return problem

    return answered


api = Api(title="Sextant", version="1", docs_url=None, openapi_url=None, auth=SIGNED_IN, urls_namespace="api")
for exception, handler in HANDLERS.items():
    api.add_exception_handler(exception, handler)
for part in (
    teams, people, planning, closing, rules, strategy, metrics, series, measurements, kpis, targets, scorecards,
    objectives, key_results, findings, forecasts, drivers, proposals, second_looks,
    alignment, alerts, alert_rules, lifecycle, promotions,
    check_ins, discussion, notification_settings, imports, surveys, practice, events,
):  # fmt: skip
    api.add_router("", part.router)
document.add_to(api)

# Last: whatever no address above took.
nowhere = Router()


@nowhere.api_operation(EVERY_METHOD, "/{path:rest}", include_in_schema=False, auth=None)
def nothing_here(request: HttpRequest, rest: str) -> HttpResponse:
    raise Http404


api.add_router("", nowhere)
