"""The services a message can go to, and how an address somebody pastes is understood.

An address is kept as the chat library writes it. It is a secret: who knows it may post there.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.core.errors import Refused, refuse
from sextant.core.words import Words
from sextant.notifications.outgoing import is_understood
from sextant.notifications.posting import is_public

MAIL = "mail"
LONGEST_ADDRESS = 2000
# Of the library's services those that speak HTTP to an address of one's choice or to a well-known host, and no more:
# it also knows ways to this very machine.
SCHEMES = frozenset(
    {
        "slack", "workflow", "workflows", "msteams", "mmost", "mmosts", "rocket", "rockets", "discord", "gchat",
        "zulip", "ntfy", "ntfys", "gotify", "gotifys", "matrix", "matrixs", "tgram", "wxteams", "webex",
        "nctalk", "nctalks", "synology", "synologys", "cliq", "feishu", "lark", "dingtalk", "wecombot",
        "pagerduty", "opsgenie", "signl4", "json", "jsons", "form", "forms", "xml", "xmls",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Service:
    """One way to reach a chat. `read` turns what was pasted into the library's address, "" when it is not one."""

    key: str
    name: Words
    hint: Words
    read: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Address:
    """An address that was understood: as the library takes it, and as it may be shown."""

    url: str
    shown: str


def _is_native(pattern: str) -> Callable[[str], str]:
    """The library reads such an address as it is."""
    return lambda pasted: pasted if re.match(pattern, pasted, re.IGNORECASE) else ""


def _mattermost(pasted: str) -> str:
    parts = urlsplit(pasted)
    path, found, token = parts.path.rpartition("/hooks/")
    if parts.scheme not in ("http", "https") or not found or not re.fullmatch(r"[A-Za-z0-9_-]+/?", token):
        return ""
    return f"mmost{_s(parts.scheme)}://{parts.netloc}{path}/{token.strip('/')}"


def _rocket_chat(pasted: str) -> str:
    parts = urlsplit(pasted)
    found = re.fullmatch(r"/hooks/([A-Za-z0-9]+)/([A-Za-z0-9]+)/?", parts.path)
    if parts.scheme not in ("http", "https") or found is None:
        return ""
    return f"rocket{_s(parts.scheme)}://{found[1]}/{found[2]}@{parts.netloc}"


def _webhook(pasted: str) -> str:
    parts = urlsplit(pasted)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    # The library keeps plain parameters for itself and hands on those that begin with a minus.
    query = urlencode([(f"-{name}", value) for name, value in parse_qsl(parts.query, keep_blank_values=True)])
    return f"json{_s(parts.scheme)}://{parts.netloc}{quote(parts.path or '/', safe='/%')}{'?' if query else ''}{query}"


def _other(pasted: str) -> str:
    return pasted if pasted.partition("://")[0].lower() in SCHEMES else ""


def _s(scheme: str) -> str:
    return "s" if scheme == "https" else ""


SERVICES = {
    one.key: one
    for one in (
        Service(
            "slack", "Slack", gettext_lazy("The address of an incoming webhook: https://hooks.slack.com/services/…"),
            _is_native(r"https://hooks\.slack(-gov)?\.com/(services|workflows|triggers)/"),
        ),
        Service(
            "teams", "Microsoft Teams",
            gettext_lazy("The address of the workflow “Post to a channel when a webhook request is received”."),
            _is_native(r"https://[^/]+/(powerautomate/automations/direct/(cu/\d+/)?)?workflows/[^/]+/triggers/manual/paths/invoke\?"),
        ),
        Service(
            "mattermost", "Mattermost",
            gettext_lazy("The address of an incoming webhook: https://chat.example.org/hooks/…"), _mattermost,
        ),
        Service(
            "rocketchat", "Rocket.Chat",
            gettext_lazy("The address of an incoming integration: https://chat.example.org/hooks/…/…"), _rocket_chat,
        ),
        Service(
            "google_chat", "Google Chat", gettext_lazy("The address of a webhook of the space."),
            _is_native(r"https://chat\.googleapis\.com/v1/spaces/[^/]+/messages\?"),
        ),
        Service(
            "discord", "Discord", gettext_lazy("The address of a webhook of the channel."),
            _is_native(r"https://discord(app)?\.com/api/webhooks/"),
        ),
        Service(
            "webhook", gettext_lazy("Webhook"),
            gettext_lazy("Any http or https address; it gets JSON with title and message by POST."), _webhook,
        ),
        Service(
            "other", gettext_lazy("Another service"),
            gettext_lazy("An address as Apprise writes it, such as ntfys://, matrixs:// or zulip://."), _other,
        ),
    )
}  # fmt: skip


def service_name(key: str) -> str:
    """What people call a service; its key where nobody knows it any more."""
    if key == MAIL:
        return _("E-mail")
    return str(SERVICES[key].name) if key in SERVICES else key


def read_address(service: str, pasted: str) -> Address:
    """Understand an address, without calling it. Takes about half a second; never call it inside a transaction.

    Refused when the service is none of SERVICES, when the address is not one of it, or leads into this network.
    """
    pasted = pasted.strip()
    if service not in SERVICES:
        raise refuse("unknown-service", _("Choose a service."), "service")
    if not pasted or len(pasted) > LONGEST_ADDRESS or not pasted.isprintable() or " " in pasted:
        raise _not_one(service)
    try:
        url, host = SERVICES[service].read(pasted), urlsplit(pasted).hostname or ""
    except ValueError:  # such as a bracket that is not closed
        raise _not_one(service) from None
    if not url:
        raise _not_one(service)
    if not settings.ALLOW_PRIVATE_CHAT and leads_inside(host):
        message = _("This address leads into the own network. An administrator may allow that in the settings.")
        raise refuse("private-address", message, "address")
    if not is_understood(url):
        raise _not_one(service)
    return Address(url, _masked(pasted, host))


def _not_one(service: str) -> Refused:
    message = _("This is not an address of %(service)s. %(hint)s")
    words = {"service": service_name(service), "hint": SERVICES[service].hint}
    return refuse("bad-address", message % words, "address")


def leads_inside(host: str) -> bool:
    """Whether a host is a number of a private network, however it is written. Names are judged on sending."""
    try:
        return not is_public(ipaddress.ip_address(host))
    except ValueError:
        pass
    if re.fullmatch(r"[0-9a-fxA-FX.]+", host) and not re.search(r"[g-wyzG-WYZ-]", host):
        try:
            return not is_public(ipaddress.ip_address(socket.inet_aton(host)))
        except OSError:
            return False
    return host.lower().rstrip(".") == "localhost" or host.lower().rstrip(".").endswith(".localhost")


def _masked(pasted: str, host: str) -> str:
    """Enough to tell two channels apart, too little to post there."""
    where = host if "." in host else pasted.partition("://")[0]
    return f"{where} … {pasted[-3:]}"[:200]


def masked_mail(email: str) -> str:
    """A mail address as far as others may read it: "a…@example.org"."""
    name, _at, domain = email.partition("@")
    return f"{name[:1]}…@{domain}"[:200]


def fingerprint(email: str) -> str:
    """What is remembered of a mail address that was confirmed: enough to notice another one."""
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()
