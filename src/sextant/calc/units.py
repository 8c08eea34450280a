"""Units of measure: reading their names, and the codes they are kept under.

Codes: `number`, `percent` (0-100), `count`, `rating`, `currency:` with an ISO 4217 code (`XXX` where a name such as
"kr" does not say which), `duration:` with `ms`, `s`, `min`, `h`, `d`, `w`, `mo` or `y`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_CODES = (
    "AED ARS AUD BDT BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP GHS HKD HRK HUF IDR ILS INR ISK JPY KES KRW"
    " KWD LKR MAD MXN MYR NGN NOK NPR NZD PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TND TRY TWD TZS UAH UGX"
    " USD UYU VND ZAR ZMW"
)
CURRENCY_CODES = frozenset(_CODES.split())
CURRENCY_SYMBOLS = {
    "€": "EUR",
    "£": "GBP",
    "$": "USD",
    "US$": "USD",
    "C$": "CAD",
    "CA$": "CAD",
    "CAN$": "CAD",
    "A$": "AUD",
    "AU$": "AUD",
    "NZ$": "NZD",
    "HK$": "HKD",
    "S$": "SGD",
    "R$": "BRL",
    "¥": "JPY",
    "₹": "INR",
    "₽": "RUB",
    "₩": "KRW",
    "₺": "TRY",
    "₪": "ILS",
    "₴": "UAH",
    "₦": "NGN",
    "₫": "VND",
    "฿": "THB",
    "₱": "PHP",
    "zł": "PLN",
    "Kč": "CZK",
    "Ft": "HUF",
    "kr": "XXX",
    "Rs": "XXX",
    "Rs.": "XXX",
    "Fr.": "CHF",
}
UNIT_NAMES = {
    "percent": "% percent percentage per-cent pct %age prozent pourcent pourcentage pour-cent porcentaje por-ciento"
    " percentuale per-cento percentagem por-cento procent percentage-points percentage-point pp",
    "number": "number numeric nombre zahl index index-value indice ratio",
    "count": "count counts # no. no number-of anzahl aantal liczba antal headcount fte ftes people persons person"
    " patients cases incidents tickets units items employees customers users visits requests",
    "rating": "rating score points stars punkte note",
    "currency:EUR": "euro euros",
    "currency:USD": "dollar dollars us-dollars us-dollar",
    "currency:CAD": "canadian-dollars canadian-dollar",
    "currency:AUD": "australian-dollars australian-dollar",
    "currency:GBP": "pounds-sterling sterling british-pounds",
    "currency:CHF": "swiss-francs swiss-franc franken",
    "currency:JPY": "yen",
    "currency:INR": "rupees indian-rupees",
    "currency:PLN": "zloty zlotych",
    "duration:ms": "ms msec msecs millisecond milliseconds millisekunden millisecondes",
    "duration:s": "s sec secs second seconds sekunde sekunden seconde secondes segundos secondi sekund",
    "duration:min": "min mins minute minutes minuten minutos minuti minut minuter",
    "duration:h": "h hr hrs hour hours std stunde stunden heure heures hora horas ora ore uur uren godziny timmar",
    "duration:d": "d day days tag tage jour jours dia dias giorno giorni dag dagen dni dagar working-days"
    " calendar-days business-days number-of-days",
    "duration:w": "wk wks week weeks woche wochen semaine semaines semanas settimane weken tygodnie veckor",
    "duration:mo": "month months monat monate mois meses mesi maanden miesiace manader",
    "duration:y": "yr yrs year years jahr jahre ans annees anos anni jaar lata ar",
}


def _fold(name: str) -> str:
    """Small letters without accents; hyphens and runs of blanks are one blank."""
    plain = unicodedata.normalize("NFKD", name.replace("-", " ")).casefold()
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(letters.split())


NAMES = {name.replace("-", " "): code for code, names in UNIT_NAMES.items() for name in names.split()}
SYMBOLS = {_fold(symbol): f"currency:{code}" for symbol, code in CURRENCY_SYMBOLS.items()}
BRACKETED = re.compile(r".*[(\[]\s*([^()\[\]]+?)\s*[)\]]\s*")
LEADING_WORDS = re.compile(r"^(?:in|as|unit|units|en|em)\b[: ]+")
CODE = re.compile(r"(?:number|percent|count|rating|currency:[A-Z]{3}|duration:(?:ms|s|min|h|d|w|mo|y))")


@lru_cache(maxsize=4096)
def read_unit(text: str) -> str | None:
    """The code of a unit as people name it ("Percentage", "€", "working days", "Cost (EUR)"); None when unknown.

    Scaled units ("EUR million", "per 100,000") are unknown: their code would hide the scale.
    """
    stripped = text.strip().strip("\u00a0\u202f").strip()
    if CODE.fullmatch(stripped):
        return stripped
    if code := _named(stripped):
        return code
    match = BRACKETED.fullmatch(stripped)
    return _named(match[1]) if match else None


def _named(name: str) -> str | None:
    if name in CURRENCY_CODES:
        return f"currency:{name}"
    folded = _fold(name)
    if folded.upper() in CURRENCY_CODES and len(folded) == 3 and name.islower():
        return f"currency:{folded.upper()}"
    folded = LEADING_WORDS.sub("", folded)
    return SYMBOLS.get(folded) or NAMES.get(folded) or NAMES.get(_fold(folded))
