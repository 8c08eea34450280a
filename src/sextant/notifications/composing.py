"""What a message says: made when it is sent, so that it holds nothing its reader may not see at that moment."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sextant.core.actors import Actor
from sextant.notifications import notices, subjects
from sextant.notifications.mentions import People
from sextant.notifications.models import Delivery, Message
from sextant.notifications.muting import CHANNEL, GROUP, THING, Muting, link
from sextant.notifications.rendering import plain
from sextant.notifications.sight import audience
from sextant.people.models import Person
from sextant.people.queries import organisation

MOST_LINES = 20
EXCERPT = 160
AT_ONCE = 500
# What would call a whole channel to attention when a name or a comment holds it.
_CALLS = re.compile(r"@(?=(channel|here|everyone|all|team)\b)|<(?=[!@#])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """One notice in a message."""

    words: str  # who did what
    story: str  # how the thing it is about stands
    excerpt: str  # of a comment
    why: str
    url: str
    mute_url: str  # "" where nobody in particular could mute it


@dataclass(frozen=True, slots=True)
class Part:
    """The notices of one group: how many there are, and the first of them; untitled in a message of one notice."""

    title: str
    count: int
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it is written out, for mail and chat alike. `more` notices are counted in the parts, not shown."""

    title: str
    intro: str
    parts: Sequence[Part]
    more: int
    inbox_url: str
    settings_url: str
    mute_url: str  # of the group when all lines are of one, else of the channel
    mute_words: str
    organisation: str

    def as_text(self) -> str:
        return render_to_string("notifications/message.txt", {"letter": self}).strip() + "\n"

    def as_html(self) -> str:
        return render_to_string("notifications/message.html", {"letter": self})

    def as_chat(self) -> str:
        return _CALLS.sub(
            lambda found: found.group() + "\u200b", render_to_string("notifications/chat.txt", {"letter": self}).strip()
        )


def compose(message: Message) -> tuple[Letter | None, dict[str, list[int]]]:
    """The letter made of the message's deliveries, None when nothing is left to say.

    Also the ids of deliveries to drop, by the reason: what its reader may not see any more, what was taken back, what
    was read in the inbox meanwhile.
    """
    channel = message.channel
    actor = audience(channel)
    rows = list(
        message.deliveries.filter(state="sending").values_list(
            "pk", "subject_kind", "subject_key", "group", "notification__read_at", "notification__comment__deleted_at"
        )
    )
    seen = _things(actor, {(kind, key) for _pk, kind, key, *_rest in rows})
    dropped: dict[str, list[int]] = defaultdict(list)
    kept: list[tuple[int, str]] = []
    for pk, kind, key, group, read_at, deleted_at in rows:
        if (kind, key) not in seen:
            dropped["hidden"].append(pk)
        elif deleted_at is not None:
            dropped["taken-back"].append(pk)
        elif read_at is not None:
            dropped["read"].append(pk)
        else:
            kept.append((pk, group))
    return (_letter(message, kept, seen) if kept else None), dropped


def _things(actor: Actor, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Today's names of those of the things (kind, key) that the actor may see."""
    keys: dict[str, list[str]] = defaultdict(list)
    for kind, key in wanted:
        keys[kind].append(key)
    return {
        (kind, key): subjects.label_of(kind, thing)
        for kind in keys
        for start in range(0, len(keys[kind]), AT_ONCE)
        for key, thing in subjects.things_visible(actor, kind, keys[kind][start : start + AT_ONCE]).items()
    }


def _letter(message: Message, kept: Sequence[tuple[int, str]], seen: dict[tuple[str, str], str]) -> Letter:
    channel, order = message.channel, list(notices.GROUPS)
    counts = Counter(group for _pk, group in kept)
    first = sorted(kept, key=lambda one: (order.index(one[1]), -one[0]))[:MOST_LINES]
    rows = Delivery.objects.filter(pk__in=[pk for pk, _group in first]).select_related(
        "event", "notification__comment__author"
    )
    by_id = {row.pk: row for row in rows}
    people = People.read(_comment_text(row) for row in by_id.values())
    about = _about(audience(channel), by_id.values())
    groups = sorted(counts, key=order.index)
    lines: dict[str, list[Line]] = {group: [] for group in groups}
    for pk, group in first:
        lines[group].append(_line(by_id[pk], channel.person, seen, about, people))
    if channel.person is None:
        settings_url, mute_url, mute_words = (
            reverse("team_channels", args=[channel.team.key if channel.team else ""]),
            "",
            "",
        )
    else:
        settings_url = reverse("notification_settings")
        muting, mute_words = _all_of(channel.person, channel.pk, groups)
        mute_url = link(muting)
    return Letter(
        title=_title(message, lines[groups[0]], len(kept)),
        intro=_("What has gathered since the last time:") if message.kind == "digest" else "",
        parts=[
            Part(str(notices.GROUPS[group]) if len(kept) > 1 else "", counts[group], lines[group]) for group in groups
        ],
        more=len(kept) - len(first),
        inbox_url=settings.SITE_URL + reverse("inbox") if channel.person is not None else "",
        settings_url=settings.SITE_URL + settings_url,
        mute_url=mute_url,
        mute_words=mute_words,
        organisation=organisation().name,
    )


def _title(message: Message, lines: Sequence[Line], count: int) -> str:
    if count == 1:
        return " ".join(lines[0].words.split())[:200]
    if message.kind == "digest":
        return ngettext("Your digest: %(count)d notice", "Your digest: %(count)d notices", count) % {"count": count}
    return ngettext("%(count)d notice", "%(count)d notices", count) % {"count": count}


def _all_of(person: Person, channel_id: int, groups: Sequence[str]) -> tuple[Muting, str]:
    """What the mail program's own "unsubscribe" ends: the one group the message is made of, else all of the channel."""
    if len(groups) == 1:
        words = _("Send me no more “%(group)s” here") % {"group": str(notices.GROUPS[groups[0]])}
        return Muting(person.pk, GROUP, channel_id=channel_id, group=groups[0]), words
    return Muting(person.pk, CHANNEL, channel_id=channel_id), _("Send me nothing more here")


Thing = tuple[str, str]


@dataclass(frozen=True, slots=True)
class About:
    """What a notice is about: its story, and what it is a part of, such as the KPI of an alert, with the name of that:
    it is what people own and mute.
    """

    story: str
    whole: Thing
    name: str


def _about(actor: Actor, rows: Iterable[Delivery]) -> dict[Thing, About]:
    """By subject, for all the actor may see of them."""
    found = {}
    for thing in {(row.subject_kind, row.subject_key) for row in rows}:
        part = subjects.things_visible(actor, thing[0], [thing[1]])[thing[1]]
        whole = subjects.whole_of(*thing, part)
        named = part if whole == thing else subjects.things_visible(actor, whole[0], [whole[1]]).get(whole[1])
        if named is not None:
            found[thing] = About(subjects.story_of(thing[0], part), whole, subjects.label_of(whole[0], named))
    return found


def _line(
    row: Delivery,
    person: Person | None,
    seen: Mapping[Thing, str],
    about: Mapping[Thing, About],
    people: People,
) -> Line:
    subject = (row.subject_kind, row.subject_key)
    label = seen[subject]
    known = about.get(subject, About("", subject, label))
    comment = row.notification.comment if row.notification is not None else None
    if comment is not None:
        who = comment.author.name if comment.author else "Sextant"
    else:
        who = row.event.actor_label if row.event else "Sextant"
    url = settings.SITE_URL + reverse("go", args=[row.subject_kind, row.subject_key])
    muting = None
    if person is not None and subjects.lasts(known.whole[0]):
        muting = Muting(person.pk, THING, *known.whole)
    elif person is not None:
        muting = Muting(person.pk, GROUP, channel_id=row.channel_id, group=row.group)
    return Line(
        f"{who} {notices.sentence(row.notice, label)}",
        known.story if comment is None else "",
        plain(comment.text, EXCERPT, people) if comment is not None else "",
        notices.reason(row.notice, row.why, known.name),
        url if comment is None else f"{url}?comment={comment.pk}",
        link(muting) if muting is not None else "",
    )


def _comment_text(row: Delivery) -> str:
    comment = row.notification.comment if row.notification is not None else None
    return comment.text if comment is not None else ""
