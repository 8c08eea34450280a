"""Verbs of alerts: handling one, answering its response, setting rules, dismissing insights."""

from sextant.alerts.commands.dismissals import dismiss, restore_insight
from sextant.alerts.commands.life import acknowledge, assign, close, reopen, snooze
from sextant.alerts.commands.responses import answer_response, postpone_answer, take_back_answer
from sextant.alerts.commands.setting import mute_rule, restore_rule, set_rule, unmute_rule
from sextant.alerts.commands.settling import reopen_deviation, settle_deviation

__all__ = [
    "acknowledge", "answer_response", "assign", "close", "dismiss", "mute_rule", "postpone_answer", "reopen",
    "reopen_deviation", "restore_insight", "restore_rule", "set_rule", "settle_deviation", "snooze", "take_back_answer",
    "unmute_rule",
]  # fmt: skip
