"""Short, unique, readable keys: what people see in addresses and integrations write in their calls."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from django.db import connection, models

from sextant.core.writing import alone

LONGEST = 60
# Words that stand in the same place of an address as a key.
RESERVED = frozenset({"new", "order", "compare", "mine", "all", "me", "none", "archived"})

_LETTERS = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h",
    "&": " and ", "%": " percent ", "€": " eur ", "+": " plus ", "’": "", "'": "",
    # Cyrillic
    "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "є": "ie", "ж": "zh", "з": "z",
    "и": "i", "і": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s",
    "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "",
    "ы": "y", "ь": "",
    "э": "e", "ю": "iu", "я": "ia", "ј": "j", "љ": "lj", "њ": "nj", "ћ": "c", "ђ": "dj", "џ": "dz",
    # Greek
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k",
    "λ": "l", "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t",
    "υ": "y", "φ": "f", "χ": "ch", "ψ": "ps", "ω": "o",
}  # fmt: skip
_TRANSLATION = str.maketrans(_LETTERS)


def slug(name: str) -> str:
    """The name in lower-case Latin letters, digits and hyphens; empty when nothing of it can be written."""
    composed = unicodedata.normalize("NFKC", name).lower().translate(_TRANSLATION)
    bare = "".join(c for c in unicodedata.normalize("NFKD", composed) if not unicodedata.combining(c))
    words = re.sub(r"[^a-z0-9]+", "-", bare.translate(_TRANSLATION)).strip("-")
    if len(words) <= LONGEST:
        return words
    return words[: LONGEST + 1].rpartition("-")[0] or words[:LONGEST]


def new_keys(model: type[models.Model], names: Sequence[str]) -> list[str]:
    """One unused key per name, in the same order and different from each other, with one query.

    Call it inside `writing()`, in the transaction that saves the rows: there no key can be taken in between.
    """
    if connection.in_atomic_block:
        alone(model._meta.db_table)
    stems = [slug(name) or model._meta.model_name or "thing" for name in names]
    taken = _taken(model, set(stems)) | RESERVED
    found, next_number = [], dict.fromkeys(stems, 1)
    for stem in stems:
        key = stem
        while key in taken:
            next_number[stem] += 1
            key = f"{stem}-{next_number[stem]}"
        taken.add(key)
        found.append(key)
    return found


def is_taken(model: type[models.Model], key: str) -> bool:
    """Whether the key is in use. Inside `writing()` nobody can take it in between."""
    alone(model._meta.db_table)
    return model._default_manager.filter(key=key).exists()


def new_key(model: type[models.Model], name: str) -> str:
    """An unused key made from the name, such as "share-seen-within-4-hours" or "sales-2"."""
    return new_keys(model, [name])[0]


def _taken(model: type[models.Model], stems: set[str]) -> set[str]:
    """The keys in use that could collide with one made from these stems."""
    rows = model._default_manager.values_list("key", flat=True)
    if len(stems) == 1:
        rows = rows.filter(key__startswith=next(iter(stems)))
    return set(rows)
