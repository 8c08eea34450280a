"""Verbs of the life of KPIs: promoting, deciding, graduating, and taking any of it back."""

from sextant.lifecycle.commands.deciding import accept, answer, extend, replan, set_aside, withdraw
from sextant.lifecycle.commands.promoting import promote

__all__ = ["accept", "answer", "extend", "promote", "replan", "set_aside", "withdraw"]
