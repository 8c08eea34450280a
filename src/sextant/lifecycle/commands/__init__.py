"""Verbs of the life of KPIs: promoting, deciding, graduating, and taking any of it back."""

from sextant.lifecycle.commands.deciding import accept, answer, extend, replan, set_aside, withdraw
from sextant.lifecycle.commands.graduating import graduate
from sextant.lifecycle.commands.promoting import promote
from sextant.lifecycle.commands.undoing import undo

__all__ = ["accept", "answer", "extend", "graduate", "promote", "replan", "set_aside", "undo", "withdraw"]
