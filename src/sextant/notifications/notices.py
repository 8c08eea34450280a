"""The kinds of notices, each with its sentence. A package above adds its own."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# When a comment concerns somebody in several ways, the first of these is said.
OF_COMMENTS = ("mention", "reply", "comment")
_sentences: dict[str, str | Promise] = {}


def register(notice: str, sentence: str | Promise) -> None:
    """Give a kind of notice its sentence, such as "mentioned you on %(subject)s"; who did it stands before it."""
    _sentences[notice] = sentence


def registered() -> dict[str, str | Promise]:
    return dict(_sentences)


def sentence(notice: str, subject: str) -> str:
    """The notice in words, without who caused it."""
    return str(_sentences.get(notice, "%(subject)s")) % {"subject": subject}


def register_own() -> None:
    register("mention", _("mentioned you on %(subject)s"))
    register("reply", _("answered you on %(subject)s"))
    register("comment", _("commented on %(subject)s"))
