"""How allauth behaves here: nobody signs up by themselves."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class ClosedSignUp(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-up is closed; people come by invitation (PRODUCT 4.3b)."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_from_email(self) -> str:
        return str(settings.DEFAULT_FROM_EMAIL)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return "/"
