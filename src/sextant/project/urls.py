"""All addresses: the pages, the REST API, the health answers."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from sextant.project import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
if find_spec("sextant.api.api"):
    from sextant.api.api import api

    urlpatterns.append(path("api/v1/", api.urls))
urlpatterns.append(path("", include("sextant.web.urls")))
