"""Verbs: say something; tell people; follow, read and mute; keep channels and choose what comes through them."""

from sextant.notifications.commands.channels import (
    add_channel,
    add_team_channel,
    ask_account,
    ask_confirmation,
    change_team_channel,
    confirm_address,
    remove_channel,
    send_test,
)
from sextant.notifications.commands.comments import (
    change_comment,
    comment,
    follow,
    mark_read,
    mark_seen,
    remove_comment,
    restore_comment,
    unfollow,
)
from sextant.notifications.commands.muting import mute, unmute
from sextant.notifications.commands.telling import notify, notify_many
from sextant.notifications.commands.wishes import choose, choose_hours
from sextant.notifications.telling import Telling

__all__ = [
    "Telling", "add_channel", "add_team_channel", "ask_account", "ask_confirmation", "change_comment",
    "change_team_channel", "choose", "choose_hours", "comment", "confirm_address", "follow", "mark_read", "mark_seen",
    "mute", "notify", "notify_many", "remove_channel", "remove_comment", "restore_comment", "send_test", "unfollow",
    "unmute",
]  # fmt: skip
