"""Periods as people write them in headers and cells: whole ("Mar 2022"), or in parts ("Q1" under "2024")."""

import re
from collections.abc import Iterable, Sequence

from sextant.calc.periods import Calendar, Frequency, Period, PeriodError, containing, read_period
from sextant.exchange.understanding.cells import normal
from sextant.exchange.understanding.words import word_lists

Part = tuple[str, int]
"""("month", 3), ("quarter", 1), ("half", 2), ("tertial", 3) or ("week", 11), still without a year."""

MONTHS = {word: int(number) for number, words in word_lists("months").items() for word in words}
PART_HEADERS = word_lists("parts")
_PARTS = tuple(
    (kind, re.compile(rf"(?:{names})\s?([0-5]?\d)|([1-4])(?:er|e|eme|st|nd|rd|th)?\s?(?:{names})"))
    for kind, names in (
        ("quarter", "q|qtr|quarter|quartal|trimestre|trim|kwartaal|t"),
        ("half", "h|hj|half|halbjahr|semestre|s"),
        ("week", "w|kw|wk|week|woche|semaine|semana|settimana|sem"),
        ("tertial", "tertial|quadrimestre|quad"),
        ("month", "m|p|month|monat|mois|mes|mese|maand|period|periode"),
    )
)
_LIMITS = {"month": 12, "quarter": 4, "half": 2, "tertial": 3, "week": 53}
ESTIMATED = word_lists("members")["estimated"]
_WORD = re.compile(r"[^\W\d_]{2,}")
_PLAIN_NUMBER = re.compile(r"[-+]?[\d.,' \u00a0\u202f]*\d[\d.,' \u00a0\u202f]*%?")
_PAIR = re.compile(r"((?:19|20)\d\d)[-–/]?(\d\d)")
_T_QUARTER = re.compile(r"^((?:19|20)\d\d)[ -]?T([1-4])$|^()T([1-4])(?=[ -]?(?:19|20)\d\d$)")
_SHORT_SPAN = re.compile(r"((?:19|20)\d\d)\s?[-–]\s?(\d\d)")
_TWO_YEARS = re.compile(r"(?<!\d)((?:19|20)\d\d)\s?([/–-])\s?((?:19|20)?\d\d)(?![\d/-])")
LAST_MONTH = 12
_SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](?:\d{4}|\d{2})(?!\d)")
_YEAR = re.compile(
    r"(?<![\d.,])(?:(?:FY\s?)?(?P<first>(?:19|20)\d{2})\s?[/–-]\s?(?P<second>(?:19|20)?\d{2})"
    r"|FY\s?(?P<short>\d{2})\s?[/–-]\s?(?P<next>\d{2})|FY\s?(?P<fy>(?:19|20)?\d{2})"
    r"|(?P<plain>(?:19|20)\d{2}))(?![\d.,]\d|\d)",
    re.IGNORECASE,
)


def part_of_year(text: str) -> Part | None:
    """The month, quarter, half-year or week a text names when it names no year."""
    words = normal(text)
    if words in MONTHS:
        return "month", MONTHS[words]
    for kind, pattern in _PARTS:
        match = pattern.fullmatch(words)
        if match:
            number = int(next(group for group in match.groups() if group))
            return (kind, number) if 1 <= number <= _LIMITS[kind] else None
    return None


def numbered_part(text: str, kind: str) -> Part | None:
    """The part of the year in a column whose header names the kind: "3" under "Month"."""
    named = part_of_year(text)
    if named is not None:
        return named if named[0] == kind else None
    bare = text.removesuffix(".0")
    if bare.isdigit() and kind in _LIMITS and 1 <= int(bare) <= _LIMITS[kind]:
        return kind, int(bare)
    return None


def part_kind(header: str) -> str | None:
    """Which part of a date a column's header names: "month", "quarter", ..., "year"."""
    words = normal(header)
    return next((kind for kind, known in PART_HEADERS.items() if words in known), None)


def with_year(year: str, part: Part) -> str:
    """One text for a year and a part of it, as `parse_period` reads it: "2024-Q1", "FY2024-Q1", "2024-03"."""
    kind, number = part
    fiscal = year.upper().startswith("FY")
    bare = year.upper().removeprefix("FY").strip() if fiscal else year
    head = f"FY{bare}" if fiscal else bare
    if kind == "month":
        return f"{bare}-{number:02d}"
    if kind == "week":
        return f"{bare}-W{number:02d}"
    return f"{head}-{ {'quarter': 'Q', 'half': 'H', 'tertial': 'T'}[kind] }{number}"


def years_in(text: str) -> list[str]:
    """The years a title, sheet or file name speaks of, as written: "2024", "FY2024", "2023/24"."""
    found = []
    for match in _YEAR.finditer(text.replace("_", " ")):
        if match["short"]:
            found.append(f"20{match['short']}/{match['next']}")
        elif match["fy"]:
            digits = match["fy"]
            found.append(f"FY{digits if len(digits) == 4 else '20' + digits}")
        elif match["first"]:
            found.append(f"{match['first']}/{match['second']}")
        else:
            found.append(match["plain"])
    return list(dict.fromkeys(found))


class PeriodReader:
    """Reads period texts of one table, each distinct text once."""

    def __init__(
        self, calendar: Calendar, day_first: bool | None = None, year_pairs: bool = False, pairs_start: int = 1
    ) -> None:
        self.calendar = calendar
        self.day_first = day_first
        self.year_pairs = year_pairs
        self.of_pairs = Calendar(pairs_start, "end") if calendar.year_start_month == 1 else calendar
        """The calendar of years written as "2018/19", which cannot begin in January."""
        self.bare_dates_are_midnight = False
        self.t_means_quarter = False
        self.qualifiers: dict[str, str] = {}
        """Marks that stand beside a period: "2019*" -> "*"."""
        self._known: dict[str, Period | None] = {}
        self._placed: dict[tuple[str, str], Period | None] = {}

    def read(self, text: str) -> Period | None:
        """The period, None when the text is none."""
        if text not in self._known:
            if len(self._known) > 200_000:
                self._known.clear()
            self._known[text] = self._parse(text)
        return self._known[text]

    def placed(self, text: str, frequency: str) -> Period | None:
        """The period of `frequency` that holds the text's period: the month of "2024-03-31"."""
        place = (text, frequency)
        if place not in self._placed:
            if len(self._placed) > 200_000:
                self._placed.clear()
            period = coarsened(self.read(text), frequency, self.calendar)
            if frequency == Frequency.HOUR and period is not None and period.frequency is Frequency.DAY:
                period = self._midnight(text, period)
            self._placed[place] = period
        return self._placed[place]

    def _midnight(self, text: str, day: Period) -> Period:
        """The hour that a moment at 00:00 begins; spreadsheets show it as a bare date."""
        try:
            return read_period(text, day_first=self.day_first, frequency=Frequency.HOUR).period
        except PeriodError:
            return Period(day.start, day.start + 1, Frequency.HOUR) if self.bare_dates_are_midnight else day

    def share(self, texts: Iterable[str]) -> float:
        """How many of the non-empty texts are periods, 0..1."""
        asked = [text for text in texts if text]
        return sum(self.read(text) is not None for text in asked) / len(asked) if asked else 0.0

    def _parse(self, text: str) -> Period | None:
        if len(text) > 60 or not any(char.isdigit() for char in text):
            return None
        text = _whole_span(text)
        if self.t_means_quarter:
            text = _T_QUARTER.sub(r"\1\3Q\2\4", text)
        pair = _PAIR.fullmatch(text) if self.year_pairs else None
        if pair is not None:
            text = f"{pair[1]}/{pair[2]}"
        try:
            calendar = self.of_pairs if holds_pair(text) else self.calendar
            reading = read_period(text, calendar=calendar, day_first=self.day_first)
        except PeriodError:
            return None
        if reading.qualifier and _WORD.search(reading.qualifier) and normal(reading.qualifier) not in ESTIMATED:
            return None  # "Jan 2024 Plan" is a period and a kind of number, "2024 YTD" a total
        if reading.qualifier:
            self.qualifiers[text] = reading.qualifier
        return reading.period


def holds_pair(text: str) -> bool:
    """Whether a text names one year that spans two: "2018/19", "Q1 2018-19", "2018/2019", but not "2018-12"."""
    match = _TWO_YEARS.search(text)
    if match is None:
        return False
    is_month = match[2] == "-" and len(match[3]) == 2 and int(match[3]) <= LAST_MONTH
    return not is_month and (int(match[1]) + 1) % 100 == int(match[3][-2:])


def pair_in(text: str) -> str:
    """The two years inside a text, the text itself when it holds none."""
    match = _TWO_YEARS.search(text)
    return match[0] if match else text


def _whole_span(text: str) -> str:
    """ "2014 - 16" -> "2014-2016": several years with the last one shortened, where no month can be meant."""
    match = _SHORT_SPAN.fullmatch(text)
    if match is None:
        return text
    last = int(match[1][:2] + match[2])
    spaced = " " in text or "–" in text
    return f"{match[1]}-{last}" if last > int(match[1]) + 1 and (spaced or int(match[2]) > LAST_MONTH) else text


def coarsened(period: Period | None, frequency: str, calendar: Calendar) -> Period | None:
    """The period itself, or the coarser one it lies in; never a finer one."""
    if period is None or not frequency or period.span != 1:
        return period
    wanted = Frequency(frequency)
    return containing(period, wanted, calendar) if period.frequency.rank < wanted.rank else period


def looks_like_number(text: str) -> bool:
    """Digits that are a plain number rather than a date; years are left out."""
    return _PLAIN_NUMBER.fullmatch(text) is not None and not is_year(text) and text.count(".") != 2


def is_year(text: str) -> bool:
    """Four digits from 1900 to 2100."""
    bare = text.removesuffix(".0")
    return len(bare) == 4 and bare.isdigit() and 1900 <= int(bare) <= 2100


def are_year_pairs(texts: Iterable[str]) -> bool:
    """Whether "201011", "201112" (or "2010-11", ...) are school or fiscal years: the second follows the first."""
    different = set(texts)
    pairs = [_PAIR.fullmatch(text) for text in different]
    follow = all(pair is not None and int(pair[2]) == (int(pair[1]) + 1) % 100 for pair in pairs)
    surely = any(pair is not None and int(pair[2]) > 12 for pair in pairs)
    return follow and (len(different) > 1 or surely)


def ambiguous_dates(texts: Sequence[str]) -> bool:
    """Whether dates such as 03/04/2024 could be read day first or month first and nothing decides."""
    pairs = [match.groups() for text in texts if (match := _SLASHED.match(text))]
    can_be_both = all(int(one) <= LAST_MONTH and int(two) <= LAST_MONTH for one, two in pairs)
    return can_be_both and any(one != two for one, two in pairs)
