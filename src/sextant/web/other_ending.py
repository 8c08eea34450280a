"""Addresses typed with a slash at the end that have none: people are led on instead of being told off."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import Resolver404, path, resolve


@login_not_required
def without_slash(request: HttpRequest, address: str) -> HttpResponse:
    """The same address without its last slash, when there is a page."""
    plain = "/" + address.strip("/")
    try:
        resolve(plain)
    except Resolver404:
        raise Http404 from None
    query = request.META.get("QUERY_STRING", "")
    return HttpResponsePermanentRedirect(f"{plain}?{query}" if query else plain)


urlpatterns = [path("<path:address>/", without_slash, name="without_slash")]
