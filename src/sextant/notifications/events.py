"""What can happen to comments and channels, in sentences. An event of a comment is about what was talked about.

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
    events.register("channel.added", _("added the channel %(subject)s"))
    events.register("channel.changed", _("changed what comes to the channel %(subject)s"))
    events.register("channel.confirmed", _("confirmed the mail address of %(subject)s"))
    events.register("channel.removed", _("removed the channel %(subject)s"))
    events.register("channel.failed", _("could not reach the channel %(subject)s"))
