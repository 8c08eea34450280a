"""Words in periods: months, weekdays, units and fillers in nine languages, and the code they are turned into.

`encode` rewrites a text so that a handful of patterns can read it whatever its language: month words become `@01`
to `@12`, weekdays `&0` (Monday) to `&6`, units and key words one capital letter. Words it does not know stay in
small letters, so that no pattern matches them.
"""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches
from functools import lru_cache

# English, French, German, Spanish, Italian, Portuguese, Dutch, Polish, Swedish; accents are folded away first.
MONTH_WORDS = (
    "jan january janv janvier januar janner jaen jaenner ene enero gen gennaio janeiro januari sty styczen stycznia",
    "feb february fev fevr fevrier februar febrero febbraio fevereiro februari lut luty lutego",
    "mar march mars marz maerz mrz marzo marco mrt maart marzec marca",
    "apr april avr avril abr abril aprile kwi kwiecien kwietnia",
    "may mai mayo mag maggio maio mei maj maja",
    "jun june juin juni junio giu giugno junho cze czerwiec czerwca",
    "jul july juil juillet juli julio lug luglio julho lip lipiec lipca",
    "aug august aou aout ago agosto augustus sie sierpien sierpnia augusti",
    "sep sept september septembre set septiembre setiembre settembre setembro wrz wrzesien wrzesnia",
    "oct october octobre okt oktober octubre ott ottobre out outubro paz pazdziernik pazdziernika",
    "nov november novembre noviembre novembro lis listopad listopada",
    "dec december decembre dez dezember dic diciembre dicembre dezembro gru grudzien grudnia",
)
WEEKDAY_WORDS = (
    "mon monday lundi montag lunes lunedi maandag poniedzialek mandag",
    "tue tues tuesday mardi dienstag martes martedi dinsdag wtorek tisdag",
    "wed wednesday mercredi mittwoch miercoles mercoledi woensdag sroda onsdag",
    "thu thur thurs thursday jeudi donnerstag jueves giovedi donderdag czwartek torsdag",
    "fri friday vendredi freitag viernes venerdi vrijdag piatek fredag",
    "sat saturday samedi samstag sabado sabato zaterdag sobota lordag",
    "sun sunday dimanche sonntag domingo domenica zondag niedziela sondag",
)
CODE_WORDS = {
    "Q": "q qtr quarter quarters quartal quartale trimestre trimestres trim kwartal kwartalu kwartaal kvartal",
    "H": "h half halves hj halbjahr semestre semester semestr polrocze halvar halfjaar",
    "T": "t tertial tertiaal tertials quadrimestre cuatrimestre",
    "S": "s",
    "W": "w wk week weeks kw woche wochen kalenderwoche semaine semana settimana tydzien tyg vecka v",
    "M": "m mo month months monat monate mois mes meses mese mesi maand maanden manad manader",
    "D": "d day days",
    "Y": "y yr year years jahr jahre annee an anno ano jaar ar rok",
    "F": "fy fiscal financial gj geschaftsjahr haushaltsjahr wirtschaftsjahr exercice ejercicio esercizio exercicio"
    " boekjaar rakenskapsar sy ay school academic scolaire schuljahr schooljaar lasar curso szkolny",
    "C": "cy calendar",
    "P": "p",
    "R": "r rolling trailing moving last past",
    "E": "end ending ended",
    "B": "commencing beginning starting",
    "~": "to until through thru bis au al ate hasta tot till",
    "Z": "z utc gmt",
    "X": "am",
    "V": "pm",
    "1": "first erstes premier primer primo i",
    "2": "second zweites deuxieme segundo secondo ii",
    "3": "third drittes troisieme tercer terzo iii",
    "4": "fourth viertes quatrieme cuarto quarto iv",
    "": "of the de del di do da den der des at on",
}
PHRASES = (
    (re.compile(r"\bhalf[ -]years?\b"), "half"),
    (re.compile(r"\b(?:ltm|ttm|mat)\b"), "rolling 12 months"),
    (re.compile(r"\b([mqwy])/e\b"), r"\1 ending"),
    (re.compile(r"\bw/c\b"), "week commencing"),
    (re.compile(r"(?<=[0-9]) ?r\.|\broku\b"), ""),  # Polish "2021 r.": of the year
    (re.compile(r"(?<![0-9])([0-9]{1,2})(?:st|nd|rd|th|er|ere|eme|ieme|e|o|a)(?![a-z0-9])"), r"\1"),
    (re.compile(r"\b([ap])\.m\.?"), r"\1m"),
    (re.compile(r",|'"), " "),
)


def _codes() -> dict[str, str]:
    codes = {word: code for code, words in CODE_WORDS.items() for word in words.split()}
    for number, words in enumerate(MONTH_WORDS, start=1):
        codes |= dict.fromkeys(words.split(), f"@{number:02d}")
    for number, words in enumerate(WEEKDAY_WORDS):
        codes |= dict.fromkeys(words.split(), f"&{number}")
    return codes


CODES = _codes()
ORDINALS_AND_FILLERS = ("", "1", "2", "3", "4")
LONG_WORDS = [word for word in CODES if len(word) > 2]
WORD = re.compile(r"[a-z]+")
WORD_AND_DOT = re.compile(r"[a-z]+\.?")
BLANKS = re.compile(r"\s+")
INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")
DASHES = re.compile("[\u2010-\u2015\u2212_]")
# Letters that are typed or scanned in place of digits.
LOOKALIKES = str.maketrans("oilsb", "01158")


def fold(text: str) -> str:
    """Small letters without accents, plain blanks and plain dashes."""
    if text.isascii():
        folded = text.lower().replace("_", "-")
    else:
        plain = unicodedata.normalize("NFKD", DASHES.sub("-", INVISIBLE.sub("", text)))
        folded = "".join(char for char in plain if not unicodedata.combining(char)).casefold()
        folded = folded.replace("ł", "l").replace("ø", "o").replace("’", "'")
    return BLANKS.sub(" ", folded).strip()


def encode(text: str) -> str:
    """The text with every known word as its code (see above)."""
    coded = fold(text)
    for pattern, replacement in PHRASES:
        coded = pattern.sub(replacement, coded)
    coded = WORD_AND_DOT.sub(_code, coded)
    return BLANKS.sub(" ", coded).strip()


def _code(match: re.Match[str]) -> str:
    found = match[0]
    code = CODES.get(found.rstrip("."), found)
    # Fillers and ordinals must not join the digits beside them.
    return f" {code} " if code in ORDINALS_AND_FILLERS else code


def is_period_word(word: str) -> bool:
    """Whether a folded word of more than one letter means something in a period."""
    return len(word) > 1 and bool(CODES.get(word))


def repaired(text: str) -> str | None:
    """The text with its unknown words replaced by the nearest known ones, or None when there is nothing near.

    For proposals in messages only: nothing is ever read from a repaired text.
    """
    folded = fold(text)
    result = re.sub(r"[a-z0-9]*[0-9][a-z0-9]*", _with_digits, folded)
    result = WORD.sub(lambda match: _nearest(match[0]), result)
    return None if result == folded else result


def _with_digits(match: re.Match[str]) -> str:
    """ "2o21" -> "2021"; "2021q1" stays."""
    token = match[0]
    if all(word in CODES for word in WORD.findall(token)) and "o" not in token:
        return token
    return token.translate(LOOKALIKES)


@lru_cache(maxsize=4096)
def _nearest(word: str) -> str:
    if word in CODES or len(word) < 3:
        return word
    alike = [known for known in LONG_WORDS if abs(len(known) - len(word)) <= 2]
    swapped = [known for known in alike if sorted(known) == sorted(word)]
    near = get_close_matches(word, alike, n=1, cutoff=0.75)
    found = swapped or near
    return found[0].capitalize() if found else word
