"""What the addresses of the practice need to exist."""

from __future__ import annotations

from sextant.practice.commands.pulse import set_rhythm, start_round
from sextant.practice.queries.pulse import rhythm
from tests.make import admin


class PracticeWords:
    def make_pulse_rhythm(self) -> str:
        """How often the pulse is asked, once it is turned on."""
        version = rhythm().version
        return str(set_rhythm(admin(), is_on=True, every_months=3, open_days=14, version=version).every_months)

    def make_pulse_round(self) -> str:
        """The key of an open round of the pulse."""
        self.make_pulse_rhythm()
        return start_round(admin()).key
