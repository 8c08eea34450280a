"""Words and signs around numbers: markers of missing values, marks, scales, and the shapes they stand in."""

from __future__ import annotations

import re

NOT_APPLICABLE = (
    "n/a|n.a.|n.a|n. a.|n.a./n.r.|not applicable|does not apply|inapplicable|z|s.o.|sans objet|ne s'applique pas"
    "|entfällt|nicht zutreffend|nicht anwendbar|no aplica|no procede|non applicabile|non pertinente|não aplicável"
    "|não se aplica|nvt|n.v.t.|niet van toepassing|nie dotyczy|ej tillämpligt|ej aktuellt"
)
MISSING = (
    "-|--|---|.|..|...|…|:|?|*|**|***|#|na|n|x|c|d|s|u|w|low|nil|null|none|nd|n.d.|n.d|n/d|s/d|nr|n/r|n.r.|n/e"
    "|suppressed|missing|no data|nodata|no value|not available|unavailable|not reported|not recorded|not collected"
    "|not measured|not yet available|unknown|pending|tbd|tbc|tba|confidential|redacted|withheld|empty|blank"
    "|k.a.|k. a.|ka|keine angabe|keine angaben|nicht verfügbar|unbekannt|non disponible|pas de données"
    "|no disponible|sin datos|non disponibile|não disponível|sem dados|onbekend|niet beschikbaar|geen gegevens"
    "|b.d.|bd|brak danych|brak|uppgift saknas|saknas|ej tillgänglig"
)
MARKERS = dict.fromkeys(NOT_APPLICABLE.split("|"), "not_applicable") | dict.fromkeys(MISSING.split("|"), "missing")
SPREADSHEET_ERROR = re.compile(r"#+|#[A-ZÄÖÜÉÈ][A-ZÄÖÜÉÈ_/0]*[!?]?|#[A-ZÄÖÜ]+/[0A-Z]+[!?]?|Err:[0-9]{3}", re.IGNORECASE)
NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity|∞|1\.#(?:inf|ind|qnan))", re.IGNORECASE)

SIGN_WORDS = {
    "<=": "≤",
    "=<": "≤",
    ">=": "≥",
    "=>": "≥",
    "less than": "<",
    "fewer than": "<",
    "under": "<",
    "below": "<",
    "more than": ">",
    "greater than": ">",
    "over": ">",
    "above": ">",
    "at least": "≥",
    "at most": "≤",
    "up to": "≤",
    "approx.": "~",
    "approx": "~",
    "approximately": "~",
    "about": "~",
    "around": "~",
    "circa": "~",
    "ca.": "~",
    "ca": "~",
    "c.": "~",
    "≈": "~",
}
_WORDS = "|".join(re.escape(word) for word in sorted(SIGN_WORDS, key=len, reverse=True) if word[0].isalpha())
MARK_BEFORE = re.compile(rf"(<=|>=|=<|=>|[<>≤≥~≈±*†‡]|(?:{_WORDS})(?=[ 0-9]))\s*(?=\S)", re.IGNORECASE)
MARK_AFTER = re.compile(
    r"(?P<rest>.*[0-9][^()\[\]*†‡§¶^⁰¹²³⁴-⁹]*?)\s*(?:([*†‡§¶^]+|[⁰¹²³⁴-⁹]+)"
    r"|\((?P<round>[^\W\d_][^()0-9]{0,39}|[0-9]{1,2})\)|\[([^][]{1,40})\]"
    r"|(?<=[0-9%])\s?(p|r|e|f|u|b|est|prov|prelim|rev|estimated|provisional|revised)\.?)",
    re.IGNORECASE,
)
PARENTHESES = re.compile(r"([^0-9()+-]*)\(([^()]*[0-9][^()]*)\)([^0-9()+-]*)")
NUMBER = re.compile(
    r"(?P<front>(?:[^0-9.,]|(?<=[a-z])\.)*)(?P<body>[.,]?[0-9](?:[0-9.,' ]*[0-9])?[.,]?(?:[eE][+-]?[0-9]+)?)"
    r"(?P<back>[^0-9]*)"
)
COMPOSITE_DURATION = re.compile(
    r"(?=.*[dhm].*[0-9])(?:(?P<d>[0-9]+) ?d(?:ays?)?)?(?: ?(?P<h>[0-9]+) ?h(?:rs?|ours?)?)?"
    r"(?: ?(?P<min>[0-9]+) ?m(?:ins?|inutes?)?)?(?: ?(?P<s>[0-9]+) ?s(?:ecs?|econds?)?)?"
)

# Powers of ten of words that mean one thing only; the longest first. Small letters where case tells them apart.
SCALES = tuple(
    sorted(
        {
            "k": 3,
            "K": 3,
            "thousand": 3,
            "thousands": 3,
            "Tsd": 3,
            "Tausend": 3,
            "tys": 3,
            "lakh": 5,
            "lakhs": 5,
            "m": 6,
            "M": 6,
            "mn": 6,
            "mln": 6,
            "Mio": 6,
            "million": 6,
            "millions": 6,
            "Millionen": 6,
            "millones": 6,
            "milioni": 6,
            "milhões": 6,
            "miljoen": 6,
            "miljoner": 6,
            "crore": 7,
            "crores": 7,
            "bn": 9,
            "B": 9,
            "Md": 9,
            "Mrd": 9,
            "Mia": 9,
            "mld": 9,
            "billion": 9,
            "billions": 9,
            "milliard": 9,
            "milliards": 9,
            "Milliarde": 9,
            "Milliarden": 9,
            "miliardi": 9,
            "miljard": 9,
            "miljarder": 9,
            "tn": 12,
            "trillion": 12,
        }.items(),
        key=lambda item: -len(item[0]),
    )
)
# Parts of a percent, as powers of ten of a percent.
BASIS = {"‰": -1, "per mille": -1, "per mil": -1, "bps": -2, "bp": -2, "basis points": -2}

_TRANSLATION = str.maketrans(
    {
        **dict.fromkeys(
            "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t\r\n",
            " ",
        ),
        **dict.fromkeys("\u200b\u200c\u200d\u200e\u200f\u2060\ufeff", ""),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d", "-"),
        **dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'"),
    }
)


def clean(text: str) -> str:
    """Plain blanks, dashes and apostrophes; nothing invisible; no blanks at the ends."""
    return text.translate(_TRANSLATION).strip()
