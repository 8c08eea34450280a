"""Text for people: written already, or translated into the reader's language when it is shown."""

from __future__ import annotations

from django.utils.functional import Promise

Words = str | Promise
