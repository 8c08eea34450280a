"""All addresses: the pages, the REST API, the health answers."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from sextant.api.api import api
from sextant.project import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("api/v1/", api.urls),
    path("", include("sextant.web.urls")),
]
