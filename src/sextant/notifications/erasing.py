"""Where the rows of this package name people, for the day somebody is to be forgotten."""

from __future__ import annotations

import re

from django.db.models import Q

from sextant.core import erasure
from sextant.core.erasure import Erased
from sextant.notifications.models import Channel, Comment, Delivery, Follow, FormerText, Notification, Wishes


def forget(who: Erased) -> None:
    """Texts name the former member instead; what the person followed, was told and wished for goes, and where to."""
    Channel.objects.filter(person_id=who.person_id).delete()
    Wishes.objects.filter(person_id=who.person_id).delete()
    Follow.objects.filter(person_id=who.person_id).delete()
    Notification.objects.filter(person_id=who.person_id).delete()
    written = Q(text__contains=f"@{who.old_key}")
    for label in who.old_labels:
        written |= Q(text__icontains=label)
    for model in (Comment, FormerText):
        for row in model._default_manager.filter(written).iterator():
            row.text = _without(row.text, who)
            row.save(update_fields=["text"])
    for label in who.old_labels:
        _forget_labels(Comment, label, who)
        _forget_labels(Notification, label, who)
        _forget_labels(Delivery, label, who)
        for channel in Channel.objects.filter(name__contains=label).iterator():
            channel.name = str(erasure.without_names(channel.name, who))[:100]
            channel.save(update_fields=["name"])


def _forget_labels(model: type[Comment] | type[Notification] | type[Delivery], label: str, who: Erased) -> None:
    for row in model._default_manager.filter(subject_label__contains=label).iterator():
        row.subject_label = str(erasure.without_names(row.subject_label, who))[:300]
        row.save(update_fields=["subject_label"])


def _without(text: str, who: Erased) -> str:
    text = re.sub(rf"(?<!\w)@{re.escape(who.old_key)}(?![\w-])", f"@{who.new_key}", text)
    for label in who.old_labels:  # a mention is understood however its letters are cased
        text = re.sub(rf"(?<!\w){re.escape(label)}(?!\w)", who.new_label, text, flags=re.IGNORECASE)
    return text


def register() -> None:
    erasure.register(forget)
