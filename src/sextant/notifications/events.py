"""What can happen to comments, in sentences. An event is about the thing that was talked about.

It carries no text: what is taken back must not stay readable in the log.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sextant.core import events


def register() -> None:
    events.register("comment.written", _("commented on %(subject)s"))
    events.register("comment.answered", _("answered a comment on %(subject)s"))
    events.register("comment.changed", _("changed a comment on %(subject)s"))
    events.register("comment.removed", _("removed a comment on %(subject)s"))
    events.register("comment.restored", _("brought back a comment on %(subject)s"))
