"""First run, sign-in and sign-out, passwords, invitations: the pages before one is inside."""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth_views
from allauth.account.forms import ChangePasswordForm, LoginForm
from allauth.core import ratelimit
from django import forms
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from sextant.core.errors import Hidden, Refused
from sextant.people import commands, queries
from sextant.people.commands.invitations import JOIN, PASSWORD, open_link
from sextant.people.models import Invitation, Person
from sextant.people.sentences import roles_in_words
from sextant.web.requests import carry_out, say, status_of
from sextant.web.settings_pages import OrganisationFields

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
LOOPBACK = ("127.0.0.1", "::1")
GONE, NOT_FOUND = 410, 404


class NewPassword(forms.Form):
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("At least 10 characters; a few unrelated words are good."),
    )


class Welcome(OrganisationFields):
    admin_name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
        help_text=gettext_lazy("You sign in with it. Nothing is sent anywhere."),
    )
    password = NewPassword.base_fields["password"]
    field_order = ["name", "admin_name", "email", "password"]


class Joining(NewPassword):
    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    field_order = ["name", "password"]


class Forgotten(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )


class SignInForm(LoginForm):  # type: ignore[misc]
    """The library's form in our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_our_words(
            self,
            login=_("E-mail address"),
            password=_("Password"),
            remember=_("Stay signed in in this browser for two weeks"),
        )


class ChangePassword(ChangePasswordForm):  # type: ignore[misc]
    """The library's form in our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_our_words(
            self,
            oldpassword=_("Present password"),
            password1=_("New password"),
            password2=_("New password, again"),
        )


def in_our_words(form: forms.Form, **labels: str) -> None:
    """Give the fields of a library's form our labels, and neither placeholders nor hints."""
    for name, label in labels.items():
        if name in form.fields:
            form.fields[name].label, form.fields[name].help_text = label, ""
            form.fields[name].widget.attrs.pop("placeholder", None)


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """The first run: the organisation and its first administrator. Afterwards there is nothing here."""
    if queries.is_set_up():
        return redirect("/" if request.user.is_authenticated else "account_login")
    form = Welcome(request.POST or None)
    if request.method == "POST" and form.is_valid():
        admin = carry_out(form, lambda: commands.set_up_organisation(**form.cleaned_data))
        if admin is not None and admin.user is not None:
            login(request, admin.user, backend=MODEL_BACKEND)
            say(request, _("Welcome, %(name)s. Your organisation is ready.") % {"name": admin.name})
            return redirect("/")
    return render(request, "account/welcome.html", {"form": form}, status=status_of(form))


@method_decorator(login_not_required, name="dispatch")
class SignIn(allauth_views.LoginView):  # type: ignore[misc]
    """E-mail and password. Before the first run there is nobody to sign in, so it leads to the first run."""

    form_class = SignInForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not queries.is_set_up():
            return redirect("welcome")
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "personas": personas(self.request)}


class PasswordChange(allauth_views.PasswordChangeView):  # type: ignore[misc]
    """A new password for who knows the present one; other sessions of theirs end."""

    form_class = ChangePassword
    success_url = reverse_lazy("profile")


def may_choose_persona(request: HttpRequest) -> bool:
    """Signing in without a password is for the demo organisation, and for people at this very machine."""
    # A forwarded request comes from elsewhere, whatever the address of the proxy.
    is_near = request.META.get("REMOTE_ADDR", "") in LOOPBACK and "X-Forwarded-For" not in request.headers
    return settings.DEMO_SIGN_IN and is_near and queries.organisation().is_demo


def personas(request: HttpRequest) -> list[dict[str, str]]:
    """Whom one may be in the demo, each with what they are there: [{key, name, roles}]."""
    if not may_choose_persona(request):
        return []
    people = queries.people_at_work().filter(user__isnull=False).order_by("-is_admin", "pk")
    return [{"key": person.key, "name": person.name, "roles": roles_in_words(person)} for person in people[:20]]


@login_not_required
@require_POST
def sign_in_as(request: HttpRequest) -> HttpResponse:
    """Become a persona of the demo."""
    if not may_choose_persona(request):
        raise Hidden
    person = Person.objects.filter(key=request.POST.get("person", ""), archived_at=None).first()
    if person is None or person.user is None:
        raise Hidden("person", request.POST.get("person", ""))
    login(request, person.user, backend=MODEL_BACKEND)
    return redirect("/")


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Accept an invitation: say your name, choose a password, and you are in."""
    found = _open(request, secret, JOIN)
    if isinstance(found, HttpResponse):
        return found
    form = Joining(request.POST or None, initial={"name": found.person.name})
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data
        user = carry_out(
            form, lambda: commands.accept_invitation(secret, password=words["password"], name=words["name"])
        )
        if user is not None:
            login(request, user, backend=MODEL_BACKEND)
            say(request, _("Welcome to %(name)s.") % {"name": queries.organisation().name})
            return redirect("/")
    context = {"form": form, "person": found.person}
    return render(request, "account/invitation.html", context, status=status_of(form))


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def password_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Choose a new password through a one-time link."""
    found = _open(request, secret, PASSWORD)
    if isinstance(found, HttpResponse):
        return found
    form = NewPassword(request.POST or None)
    if request.method == "POST" and form.is_valid():
        password = form.cleaned_data["password"]
        user = carry_out(form, lambda: commands.set_password_by_link(secret, password=password))
        if user is not None:
            login(request, user, backend=MODEL_BACKEND)
            say(request, _("Your new password holds. Everywhere else you are signed out."))
            return redirect("/")
    context = {"form": form, "person": found.person}
    return render(request, "account/new_password.html", context, status=status_of(form))


def _open(request: HttpRequest, secret: str, purpose: str) -> Invitation | HttpResponse:
    """The open link, or the page that says why it is not."""
    try:
        return open_link(secret, purpose)
    except Refused as refusal:
        problem = refusal.problems[0]
        status = NOT_FOUND if problem.key == "link-unknown" else GONE
        return render(request, "account/link_closed.html", {"problem": problem}, status=status)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a password link by mail; without a mail server the page says whom to ask."""
    form = Forgotten(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        limited = ratelimit.consume_or_429(request, action="reset_password", key=email.lower())
        if limited:
            return limited  # type: ignore[no-any-return]
        if carry_out(form, lambda: _ask_link(email)):
            return render(request, "account/password_sent.html", {"email": email})
    context = {"form": form, "has_mail": settings.HAS_MAIL_SERVER}
    return render(request, "account/forgotten.html", context, status=status_of(form))


def _ask_link(email: str) -> bool:
    commands.ask_password_link(email)
    return True


urlpatterns = [
    path("welcome", welcome, name="welcome"),
    path("sign-in", SignIn.as_view(), name="account_login"),
    path("sign-in/demo", sign_in_as, name="sign_in_as"),
    path("sign-out", allauth_views.logout, name="account_logout"),
    path("sign-up", allauth_views.signup, name="account_signup"),
    path("account/inactive", allauth_views.account_inactive, name="account_inactive"),
    path("account/reauthenticate", allauth_views.reauthenticate, name="account_reauthenticate"),
    path("account/password", PasswordChange.as_view(), name="account_change_password"),
    path("account/password/first", allauth_views.password_set, name="account_set_password"),
    path("password/forgotten", forgotten, name="account_reset_password"),
    path("password/<str:secret>", password_link, name="password_link"),
    path("invitation/<str:secret>", invitation, name="invitation"),
]
