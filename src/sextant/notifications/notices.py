"""The kinds of notices, each with its sentence and the group people choose by. A package above adds its own."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.core.words import Words

# When a comment concerns somebody in several ways, the first of these is said.
OF_COMMENTS = ("mention", "reply", "comment")

# What people choose by, in the order they read it. "team_alerts" is nobody's to register: alerts and red flags of
# what somebody does not own are theirs.
GROUPS: dict[str, Words] = {
    "mentions": gettext_lazy("Mentions, answers and requests to you"),
    "red_flags": gettext_lazy("Red flags of what you own"),
    "alerts": gettext_lazy("Other alerts of what you own or follow"),
    "team_alerts": gettext_lazy("Alerts of your team"),
    "responses": gettext_lazy("Responses due"),
    "check_ins": gettext_lazy("Check-ins due"),
    "comments": gettext_lazy("Comments on what you own or follow"),
    "recovered": gettext_lazy("Back to normal"),
    "lifecycle": gettext_lazy("KPIs being restored"),
    "system": gettext_lazy("About Sextant itself"),
}
# What a team's channel can be told; the rest concerns one person.
OF_TEAMS = ("alerts", "red_flags", "recovered")

MENTIONED, ANSWERED, OWNS, FOLLOWS, ASKED, IN_TEAM, OF_TEAM = (
    "mentioned", "answered", "owns", "follows", "asked", "in_team", "of_team",
)  # fmt: skip
_REASONS: dict[str, Words] = {
    MENTIONED: gettext_lazy("You were mentioned."),
    ANSWERED: gettext_lazy("You were answered."),
    OWNS: gettext_lazy("You own %(subject)s."),
    FOLLOWS: gettext_lazy("You follow %(subject)s."),
    ASKED: gettext_lazy("You were asked."),
    IN_TEAM: gettext_lazy("It concerns your team."),
    OF_TEAM: gettext_lazy("This channel hears of its team."),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A registered notice."""

    sentence: Words
    group: str
    reason: Words = ""


_kinds: dict[str, Kind] = {}


def register(notice: str, sentence: Words, *, group: str = "system", reason: Words = "") -> None:
    """Give a kind of notice its sentence, such as "mentioned you on %(subject)s"; who did it stands before it.

    `group` is one of GROUPS: what people choose by where they want to hear of it. Raises LookupError for another one.
    `reason` says why somebody is told, where owning and following do not, such as of many things at once.
    """
    if group not in GROUPS or group == "team_alerts":
        raise LookupError(f"There is no group of notices '{group}'.")
    _kinds[notice] = Kind(sentence, group, reason)


def registered() -> dict[str, Words]:
    """The sentences of all kinds of notices, by kind."""
    return {notice: kind.sentence for notice, kind in _kinds.items()}


def sentence(notice: str, subject: str) -> str:
    """The notice in words, without who caused it."""
    return str(_kinds[notice].sentence if notice in _kinds else "%(subject)s") % {"subject": subject}


def group_of(notice: str, why: str = OWNS) -> str:
    """The group the notice is in for somebody who is told for this reason."""
    group = _kinds[notice].group if notice in _kinds else "system"
    if group in ("alerts", "red_flags") and why in (IN_TEAM, ASKED):
        return "team_alerts"
    return "alerts" if group == "red_flags" and why == FOLLOWS else group


def reason(notice: str, why: str, subject: str) -> str:
    """Why somebody is told, in words."""
    own = _kinds[notice].reason if notice in _kinds and why != OF_TEAM else ""
    return str(own or _REASONS.get(why, _("It concerns you."))) % {"subject": subject}


def register_own() -> None:
    """Register what comments make notices of."""
    register("mention", gettext_lazy("mentioned you on %(subject)s"), group="mentions")
    register("reply", gettext_lazy("answered you on %(subject)s"), group="mentions")
    register("comment", gettext_lazy("commented on %(subject)s"), group="comments")
