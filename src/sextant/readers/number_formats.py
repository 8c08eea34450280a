"""Number formats of workbooks: is it a date, and what does a person see.

The built-in codes and the grammar of format codes follow ECMA-376 part 1, sections 18.8.30 and 18.8.31.
Formats that are not understood show the plain number.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

BUILT_IN = {
    0: "", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?",
    13: "# ??/??", 14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm", 37: "#,##0;(#,##0)",
    38: "#,##0;[Red](#,##0)", 39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;[Red](#,##0.00)", 45: "mm:ss",
    46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
}  # fmt: skip
for _code in (27, 30, 31, 36, 50, 52, 53, 54, 57, 58):  # dates in East Asian editions
    BUILT_IN[_code] = "yyyy-mm-dd"

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PIECE = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_.|\*.|\[(?P<bracket>[^\]]*)\]|(?P<half>am/pm|a/p)'
    r"|(?P<date>[ymdhsYMDHS]+)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_DIGITS = re.compile(r"^(?P<whole>[#0?,]*)(?:\.(?P<part>[#0?]*))?(?P<scale>,*)(?P<power>[eE][+-][#0?]+)?$")
_EPOCH = datetime(1899, 12, 30, tzinfo=UTC).replace(tzinfo=None)
_EPOCH_1904 = datetime(1904, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_CONTEXT = Context(prec=400)  # room for 1e308 with its places
_LAST_SERIAL = 2_958_466  # 31 December 9999


@dataclass(frozen=True, slots=True)
class Format:
    """A format code: `shows` is "date" (day, month or year), "time" (a clock or a duration) or "number"."""

    code: str
    shows: str

    def text(self, value: float) -> str:
        """The number as a person sees it in the cell."""
        return number_text(value, self.code) if self.shows == "number" else time_text(value, self.code)


@lru_cache(maxsize=4096)
def read_format(code: str) -> Format:
    """What a format code shows; general is ""."""
    code = "" if code.lower() == "general" else code
    letters = "".join(piece for kind, piece in _pieces(_sections(code)[0]) if kind in ("date", "elapsed")).lower()
    if not letters:
        return Format(code, "number")
    has_day = "y" in letters or "d" in letters
    return Format(code, "date" if has_day or not re.search("[hs]|^m+$", letters) or letters.startswith("mmm")
                  else "time")  # fmt: skip


def date_of(serial: float, since_1904: bool) -> datetime | None:
    """The moment a serial number stands for, to the millisecond; None where no such day exists."""
    if not 0 <= serial < _LAST_SERIAL:
        return None
    epoch = _EPOCH_1904 if since_1904 else _EPOCH
    if not since_1904 and serial < 61:
        if serial >= 60:  # 29 February 1900, a day that never was but that spreadsheets count
            return None
        epoch += timedelta(days=1)
    try:
        return epoch + timedelta(milliseconds=round(serial * 86_400_000))
    except OverflowError:
        return None


def date_text(moment: datetime, code: str) -> str:
    """The date as the format shows it, month names in English."""
    out: list[str] = []
    pieces = _pieces(_sections(code)[0])
    has_half = any(kind == "half" for kind, _ in pieces)
    dates = [place for place, (kind, _) in enumerate(pieces) if kind == "date"]
    for place, (kind, piece) in enumerate(pieces):
        if kind == "date":
            at = dates.index(place)
            before = pieces[dates[at - 1]][1].lower() if at else ""
            after = pieces[dates[at + 1]][1].lower() if at + 1 < len(dates) else ""
            token = piece.lower()
            if token in ("m", "mm") and (before.startswith("h") or after.startswith("s")):
                token = "n" * len(token)
            out.append(_date_part(moment, token, has_half))
        elif kind == "half":
            out.append("AM" if moment.hour < 12 else "PM")
        elif kind == "quoted" or (kind == "literal" and piece != "@"):
            out.append(piece)
    return "".join(out).strip()


def _date_part(moment: datetime, token: str, has_half: bool) -> str:
    letter, width = token[0], len(token)
    if letter == "y":
        return f"{moment.year:04d}" if width > 2 else f"{moment.year % 100:02d}"
    if letter == "m" and width > 2:
        name = _MONTHS[moment.month - 1]
        return name[:3] if width == 3 else name if width == 4 else name[0]
    if letter == "d" and width > 2:
        name = _DAYS[moment.weekday()]
        return name[:3] if width == 3 else name
    hour = (moment.hour % 12 or 12) if has_half else moment.hour
    number = {"m": moment.month, "d": moment.day, "h": hour, "n": moment.minute, "s": moment.second}[letter]
    return f"{number:02d}" if width > 1 else str(number)


def time_text(value: float, code: str) -> str:
    """A share of a day as a clock or, for elapsed formats such as [h]:mm, as hours beyond 24."""
    seconds = round(abs(value) * 86_400)
    if "[" not in code:
        moment = date_of(value % 1, True)
        return date_text(moment, code) if moment else general_text(value)
    hours, rest = divmod(seconds, 3600)
    sign = "-" if value < 0 and seconds else ""
    text = f"{sign}{hours}:{rest // 60:02d}"
    return f"{text}:{rest % 60:02d}" if "s" in code.lower() else text


def general_text(value: float) -> str:
    """Up to 15 digits, as spreadsheets hold them: 0.1 + 0.2 shows as 0.3."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return format(value, ".15g").replace("e", "E")


def number_text(value: float, code: str) -> str:
    """The number under a format code: "0.0%" -> "82.5%", "#,##0;(#,##0)" -> "(1,273)"."""
    sections = _sections(code)
    if not code or re.search(r"\[[<>=]", code):
        return general_text(value)
    own_sign = False
    section = sections[0]
    if value < 0 and len(sections) > 1:
        section, own_sign = sections[1], True
    elif value == 0 and len(sections) > 2:
        section = sections[2]
    prefix, digits, suffix = _split(section)
    if not digits:
        literal = (prefix + suffix).strip()
        return literal if literal and "@" not in section else general_text(value)
    match = _DIGITS.match(digits)
    if match is None or "/" in suffix:
        return general_text(value)
    shown = _digits_text(abs(value) * 100 ** (prefix + suffix).count("%"), match)
    minus = "-" if value < 0 and not own_sign and shown.strip("0.,") else ""
    return f"{minus}{prefix}{shown}{suffix}".strip()


def _digits_text(value: float, match: re.Match[str]) -> str:
    whole, part = match["whole"] or "", match["part"] or ""
    if match["power"]:
        mantissa, exponent = f"{value:.{len(part)}E}".split("E")
        return f"{mantissa}E{int(exponent):+03d}"
    # Commas after the last digit scale by a thousand each, commas between digits group.
    scale = len(whole) - len(whole.rstrip(",")) + len(match["scale"])
    rounded = _rounded(value / 1000**scale, len(part))
    text = f"{rounded:,f}" if "," in whole.rstrip(",") else f"{rounded:f}"
    if part:
        optional = len(part) - len(part.rstrip("#?"))
        for _ in range(optional):
            text = text.removesuffix("0")
        text = text.removesuffix(".")
    return text.zfill(whole.count("0"))


def _rounded(value: float, places: int) -> Decimal:
    """Half away from zero on the shown digits, as spreadsheets round; 82.5 -> 83."""
    exact = Decimal(format(value, ".15g"))
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _CONTEXT)


@lru_cache(maxsize=4096)
def _split(section: str) -> tuple[str, str, str]:
    """Literal text before the digits, the digit placeholders, and literal text after them."""
    prefix, digits, suffix = "", "", ""
    for kind, piece in _pieces(section):
        if kind == "literal" and not suffix and _goes_on(digits, piece):
            digits += piece
        elif kind in ("literal", "quoted"):
            if digits:
                suffix += piece
            else:
                prefix += piece
    return prefix, digits, suffix


def _goes_on(digits: str, piece: str) -> bool:
    """Whether a character belongs to the digit placeholders: "#,##0.00" or "0.0E+00"."""
    if piece in "#0?,.":
        return True
    return bool(digits) and (piece in "Ee" or (piece in "+-" and digits[-1] in "Ee"))


@lru_cache(maxsize=4096)
def _sections(code: str) -> list[str]:
    """The parts for positive, negative, zero and text, cut at semicolons outside quotes."""
    return re.findall(r'(?:"[^"]*"|\\.|\[[^\]]*\]|[^;"\\\[]|["\\\[])+', code)[:4] or [""]


@lru_cache(maxsize=4096)
def _pieces(section: str) -> list[tuple[str, str]]:
    """(kind, text): date, elapsed, half (AM/PM), literal (one character) or quoted."""
    pieces: list[tuple[str, str]] = []
    for match in _PIECE.finditer(section):
        bracket = match["bracket"]
        if bracket is not None:
            if re.fullmatch("h+|m+|s+", bracket, re.IGNORECASE):
                pieces.append(("elapsed", bracket))
            elif bracket.startswith("$") and (sign := bracket[1:].split("-")[0]):
                pieces.append(("quoted", sign))
        elif match["quoted"] is not None or match["escaped"] is not None:
            pieces.append(("quoted", match["quoted"] or match["escaped"] or ""))
        elif match["half"]:
            pieces.append(("half", match["half"]))
        elif match["date"]:
            pieces += [("date", run.group()) for run in re.finditer(r"(.)\1*", match["date"], re.IGNORECASE)]
        elif match["other"]:
            pieces.append(("literal", match["other"]))
    return pieces
