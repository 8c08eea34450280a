"""Two answers for whoever watches the server; both without sign-in and without details worth hiding."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse

from sextant.project.database import pending_migrations

Next = Callable[[HttpRequest], HttpResponse]


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is alive and answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and every migration is applied, else 503 with the check that failed."""
    checks = readiness()
    is_ready = all(answer == "ok" for answer in checks.values())
    return JsonResponse({"ready": is_ready, "checks": checks}, status=200 if is_ready else 503)


def readiness() -> dict[str, str]:
    """Each check with "ok" or what is wrong."""
    try:
        missing = pending_migrations()
    except DatabaseError:
        return {"database": "not reachable", "migrations": "unknown"}
    return {"database": "ok", "migrations": "ok" if not missing else f"{len(missing)} not applied"}
