"""What must not stand in a log: the secrets of one-time links, which are part of their addresses."""

from __future__ import annotations

import logging
import re

_SECRETS = re.compile(r"(/(?:invitation|password|mute|confirmation|s)/|\bsx[tp]_)[A-Za-z0-9_:-]{4,}")
_KEPT = ("forgotten",)


class WithoutSecrets(logging.Filter):
    """Takes them out of every record; nothing is left out altogether."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        cleaned = without_secrets(said)
        if cleaned != said:
            record.msg, record.args = cleaned, ()
        return True


def without_secrets(text: str) -> str:
    """The same text with the secrets of one-time links and tokens left out."""
    return _SECRETS.sub(_shortened, text)


def _shortened(found: re.Match[str]) -> str:
    whole, beginning = found.group(0), found.group(1)
    return whole if whole.removeprefix(beginning) in _KEPT else f"{beginning}…"
