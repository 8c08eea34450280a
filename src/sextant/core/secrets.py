"""Texts that are kept only encrypted, such as the address of a chat channel, whose knowledge is the right to post.

The key is derived from the signing key (`SEXTANT_SECRET_KEY`): who has the database alone reads nothing, and with
another signing key the texts cannot be read any more (ADR 0019).
"""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class UnreadableError(Exception):
    """The text was sealed under another key, or is damaged."""


def seal(text: str) -> str:
    """The text encrypted and signed, fit for a text column; different every time."""
    return _box(settings.SECRET_KEY).encrypt(text.encode()).decode("ascii")


def unseal(sealed: str) -> str:
    """The text that was sealed. Raises UnreadableError when the key has changed or the text was tampered with."""
    try:
        return _box(settings.SECRET_KEY).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise UnreadableError from None


@lru_cache(maxsize=2)
def _box(key: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"sextant.core.secrets").derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
