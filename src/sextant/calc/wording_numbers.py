"""Quantities and dates in a sentence: what is an amount aimed at, what a date, and what merely a name with a digit."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sextant.calc.wording_verbs import listed

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_YEAR = r"(?:19|20)\d\d"
_SPAN = r"(?:weeks?|months?|quarters?|years?|semesters?|terms?|sprints?|cycles?|seasons?|decades?)"
_DATED = (
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}(?:,? {_YEAR})?|{_MONTH}(?: \d{{1,2}}(?:st|nd|rd|th)?\b(?!\s?%))?"
    rf"(?:,? {_YEAR})?|q[1-4]\b(?:[ /-]?{_YEAR}|[ /-]'?\d\d)?|h[12]\b(?:[ /-]?{_YEAR})?"
    rf"|fy ?'?\d{{2,4}}(?:[-/]\d{{2,4}})?"
    rf"|\d{{4}}-\d\d(?:-\d\d)?|\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}|{_YEAR}(?:[-/]\d{{2,4}})?(?![\d.,]*\s?[%€$£]))"
)
_POINT = (
    rf"(?:(?:the )?(?:very )?(?:end|start|beginning|close|middle)(?: of)? |mid-?|early |late )?"
    rf"(?:(?:the|this|next|our|current|coming|following|fiscal|financial|calendar|school|reporting) )*"
    rf"(?:{_DATED}|(?:the |this |next |current |coming |fiscal |financial |of )*"
    r"(?:quarter|year|month|week|semester|term|season|half[- ]year|(?<=this )half|(?<=next )half|cycle|sprint|decade"
    r"|summer|spring|autumn|winter|christmas|easter)\b(?:[- ]end\b)?|year-?end|month-?end|quarter-?end)"
)
_SMALL = listed(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
)
_VALUES = dict(zip(_SMALL, [*range(2, 21), 30, 40, 50, 60, 70, 80, 90], strict=True))
_VALUES |= {"one": 1, "hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "dozen": 12}
_SCALES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "million": 1e6, "bn": 1e9, "b": 1e9}
_SCALES |= {"billion": 1e9, "hundred": 100, "dozen": 12}
_PERCENT = r"(?:%|per ?cent\b|pct\b|percentage points?\b|pp\b)"
_DIGITS = r"(?:\d{1,3}(?:[,  ]\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?)"
_WORD = rf"(?:{'|'.join(_SMALL)})"

# A span of time until which something is to be reached; hours and days under eight weeks are rather a quantity.
DEADLINE = re.compile(
    rf"(?P<by>\b(?:by|until|till|before|no later than|not later than|come|as of|up to)\s+{_POINT})"
    rf"|(?P<in>\b(?:in|during|over|within|for|throughout|across|at|on|through|through to|to)\s+(?:the )?{_POINT}(?!-))"
    rf"|(?P<span>\b(?:within|in|over|during|for|throughout)\s+(?:(?:the|a|an|one|next|coming|first|following|less than"
    rf"|under|another|our|no more than)\s+)*(?:(?:\d+|{_WORD})(?:\s+|-))?(?:consecutive |more )?{_SPAN}\b"
    rf"(?!\s+(?:of|after|from|old)\b))"
    r"|(?P<days>\b(?:within|in|over)\s+(?:the )?(?:next |coming |first )?(?:6\d|[789]\d|\d{3})\s+days\b"
    r"(?!\s+(?:of|after)\b))"
    rf"|(?P<bare>(?:\b(?:this|next|the coming|the next) (?:quarter|year|month|half|cycle|sprint|semester|season)\b"
    rf"|\bend of {_POINT}|(?<![\w.,€$£])(?:{_DATED})(?!\w)))",
    re.IGNORECASE,
)
CADENCE = re.compile(
    r"\b(?:per|each|every(?: other| second| single)?|(?<!than )an?)\s+(?:working |business |calendar )?"
    r"(?:hour|day|week|month|quarter|year|shift|sprint|fortnight)\b"
    r"|\b(?:hourly|daily|weekly|bi-?weekly|fortnightly|monthly|quarterly|annually|annual|yearly|half-yearly)\b",
    re.IGNORECASE,
)
ALWAYS = re.compile(
    r"\b(?:always|at all times|at any time|continuously|ongoing|permanently|constantly|consistently|year-round"
    r"|all year|round the clock|month after month|month over month|year over year|week over week|year on year"
    r"|throughout|over time|day in,? day out|on average)\b",
    re.IGNORECASE,
)
# Digits that name something: standards, versions, places in a row, dates of the day.
_NAME = re.compile(
    r"\b(?:iso(?:/iec)?|iec|en|din|soc|nist|tisax|phase|wave|version|release|tier|level|stage|scope|part|step|article"
    r"|section|chapter|type|class|grade|category|building|room|line|plant|unit|horizon|industry|web|covid|top|number|no\."
    r"|nr\.?|rank|round|series|sprint|milestone|pillar|goal|kr|key result|okr|office|windows|form|act|agenda)"
    r"[ -]?(?:no\. ?|number )?\d+(?:[.:-]\d+)*\b(?!\s*(?:%|per ?cent|out of))"
    r"|\b[A-Za-z]+\d+\w*|\b\d+[A-Za-z]\d*[A-Z]\w*\b|#\d+|\b24/7\b|\b365\b|\b\d+[- ]?degree|\b360°|\b5S\b"
    r"|\b(?:one|first)\b|\b\d+(?:st|nd|rd|th)\b|\b\d-click\b|\b24[- ]hour\b",
    re.IGNORECASE,
)
_QUANTITY = re.compile(
    rf"(?P<currency>(?:[€$£¥₹]|\b(?:eur|usd|gbp|chf|cad|aud|jpy|sek|nok|dkk|pln|inr)\b)\s?)?"
    rf"(?:(?P<digits>(?<![\w.,])[+\-−±]?{_DIGITS})(?:\s?/\s?(?P<outof>\d+)\b|\s?(?:-?\s?(?P<times>x|-?fold|times)\b))?"
    rf"|(?<![-\w])(?P<word>{_WORD}|(?:a|one|several)\s+(?:hundred|thousand|million|billion|dozen)|hundreds"
    r"|thousands)\b)"
    rf"(?:\s?-?(?P<scale>k|mn|mio|m|bn|b|thousand|million|billion|hundred|dozen)\b)?"
    rf"(?:\s?(?P<percent>{_PERCENT})|\s(?P<points>points?\b(?! of sale))|\s?(?P<after>[€£$]|eur\b|euros?\b|usd\b"
    r"|dollars?\b|pounds\b)|\s?-?(?P<time>ms\b|milliseconds?|seconds?\b|secs?\b|minutes?\b|mins?\b|hours?\b|hrs?\b|h\b"
    r"|(?:working |business )?days?\b|weeks?\b|months?\b|years?\b)|\s(?:out )?of (?P<outof2>\d+)\b)?",
    re.IGNORECASE,
)
_OF_WHOLE = (re.compile(r"(?!)"), re.compile(r"\s+of\s+(?!\d)"))
_OF_SOME = re.compile(
    r"\s+(?!(?:stars?|points?|in|by|on|at|for|from|to|and|or|until|across|among|within|this|next)\b)[a-z]", re.I
)
_PART = re.compile(
    r"\b(?:by|in|into)\s+(?P<half>half)\b|\bby (?:a|one)[ -](?P<third>third|quarter|fifth|tenth)\b"
    r"|\b(?P<twice>twice as|two thirds|two-thirds|three quarters|three-quarters|half of|one in \w+"
    r"|every (?:second|third)(?! (?:week|day|month|quarter|year))|half the"
    r"|zero(?!-)|none of|no more than one)\b",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"(?:\b(?:at least|at most|less than|fewer than|more than|no more than|no less than|not more than|up to|under|below"
    r"|over|above|beyond|within|min(?:imum)?\.?|max(?:imum)?\.?|about|around|roughly|approximately|or (?:above|below)"
    r"|a minimum of|a maximum of|at or above|at or below)|[<>≥≤~≈=])\s*$",
    re.IGNORECASE,
)
_FROM_TO = re.compile(
    r"\bfrom\b[^.;]{0,40}?(?P<a>\x00)[^.;]{0,40}?\b(?:to|up to|down to)\b[^.;]{0,25}?(?P<b>\x00)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount in a text. `unit` is percent, points, currency, duration, rating, times or number.

    `value` is None where the words give no figure ("by half" has 50 percent, "thousands" has none).
    """

    start: int
    end: int
    text: str
    value: float | None
    unit: str
    comparator: str = ""
    is_share: bool = False  # "90 % of the staff": how much of a whole


@dataclass(frozen=True, slots=True)
class Deadline:
    """A date or span of time. `kind` is "by" (a date to be met), "in" (a span), "bare" (a date named in passing)."""

    start: int
    end: int
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Figures:
    """All of a text: amounts, dates, and whether it goes from one amount to another."""

    quantities: tuple[Quantity, ...]
    deadlines: tuple[Deadline, ...]
    is_from_to: bool


def read_figures(text: str) -> Figures:
    """The amounts and dates of a text, in its order. Years, standards, versions and ranks are no amounts."""
    deadlines = tuple(_deadlines(text))
    taken = [(one.start, one.end) for one in deadlines]
    taken += [match.span() for match in _NAME.finditer(text)]
    quantities = sorted([*_amounts(text, taken), *_parts(text, taken)], key=lambda one: one.start)
    return Figures(tuple(quantities), deadlines, _is_from_to(text, quantities))


def _deadlines(text: str) -> list[Deadline]:
    found = []
    for match in DEADLINE.finditer(text):
        if CADENCE.match(text, match.start()):
            continue
        kind = {"by": "by", "bare": "bare"}.get(str(match.lastgroup), "in")
        found.append(Deadline(match.start(), match.end(), match[0], kind))
    return found


def _overlaps(span: tuple[int, int], taken: list[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in taken)


def _amounts(text: str, taken: list[tuple[int, int]]) -> list[Quantity]:
    found = []
    for match in _QUANTITY.finditer(text):
        start = match.start()
        if _overlaps(match.span(), taken) or _is_fixed_number(text, match):
            continue
        before = _BEFORE.search(text[:start])
        unit = _unit(match)
        is_share = bool(
            (_OF_SOME if match["outof2"] else _OF_WHOLE[unit in ("percent", "rating")]).match(text, match.end())
        )
        comparator = before[0].strip().lower() if before else ""
        found.append(Quantity(start, match.end(), match[0].strip(), _value(match), unit, comparator, is_share))
    return found


def _is_fixed_number(text: str, match: re.Match[str]) -> bool:
    """Whether a number belongs to a name, a unit or a fixed set: "two-factor", "per 1,000 beds", "our two sites"."""
    if re.search(r"\bper\s+$", text[: match.start()], re.IGNORECASE):
        return True
    if not match["word"]:
        return False
    if text[match.end() : match.end() + 1] == "-" and not match["scale"]:
        return True
    has_unit = any(match[name] for name in ("percent", "points", "time", "scale", "after"))
    return not has_unit and bool(
        re.search(r"\b(?:the|our|both|these|those|its|all|of|top)\s+$", text[: match.start()], re.I)
    )


def _unit(match: re.Match[str]) -> str:
    if match["percent"]:
        return "points" if match["percent"].lower().startswith(("percentage p", "pp")) else "percent"
    if match["points"]:
        return "points"
    if match["currency"] or match["after"]:
        return "currency"
    if match["outof"] or match["outof2"]:
        return "rating"
    if match["times"]:
        return "times"
    return "duration" if match["time"] else "number"


def _value(match: re.Match[str]) -> float | None:
    scale = _SCALES.get((match["scale"] or "").lower(), 1.0)
    if match["word"]:
        value = _VALUES.get(match["word"].lower().split()[-1])
        return None if value is None else value * scale
    digits = re.sub(r"[  ]", "", match["digits"]).replace("−", "-").lstrip("+±")
    if re.fullmatch(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits):
        digits = digits.replace(",", "")
    return float(digits.replace(",", ".")) * scale


def _parts(text: str, taken: list[tuple[int, int]]) -> list[Quantity]:
    found = []
    for match in _PART.finditer(text):
        if _overlaps(match.span(), taken):
            continue
        words = (match["half"] or match["third"] or match["twice"]).lower()
        value = {
            "half": 50.0,
            "third": 100 / 3,
            "quarter": 25.0,
            "fifth": 20.0,
            "tenth": 10.0,
            "zero": 0.0,
            "every second": 50.0,
        }.get(words)
        unit = "number" if words in ("zero", "none of", "no more than one") else "percent"
        found.append(
            Quantity(
                match.start(),
                match.end(),
                match[0],
                value,
                unit,
                is_share=words.endswith((" of", " the")) or words.startswith("every"),
            )
        )
    return found


def _is_from_to(text: str, quantities: list[Quantity]) -> bool:
    marked = list(text)
    for one in quantities:
        marked[one.start : one.end] = "\x00" + "\x01" * (one.end - one.start - 1)
    plain = "".join(marked)
    arrow = re.search(r"\x00[\x01\s]*(?:→|->|=>|➔)[\s]*\x00", plain)
    return bool(arrow or _FROM_TO.search(plain))
