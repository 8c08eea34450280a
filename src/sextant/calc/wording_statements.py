"""What a sentence says, read without understanding it: its leading verb or noun phrase, its amounts and dates."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sextant.calc.wording_numbers import Figures, Quantity, read_figures
from sextant.calc.wording_verbs import DIRECTIONS, DOWN, FORMS, NOUN_VERBS, OUTCOME, UP, WORK, lemma, listed
from sextant.calc.wording_words import MEASURE_START, is_measure

LONGEST = 600  # characters looked at; nobody's key result is longer
_LABEL = re.compile(
    r"^(?:[\-*•–—·>]+\s+|\(?\d{1,2}(?:\.\d+)*[.)]\s+|[a-z]\)\s+"
    r"|(?:kr|o|kpi|objective|key result|goal|initiative|task|target|aim|measure|action|metric)\s*#?\d*(?:\.\d+)*"
    r"\s*[:–—-]\s+)+",
    re.IGNORECASE,
)
# A theme in front of the sentence: "Quality: cut the number of faults".
_THEME = re.compile(r"^[A-Z][\w&/'’-]*(?: [\w&/'’-]+){0,3}:\s+(?=\w)")
_SIGNS = ((re.compile(r"^#\s*(?:of\b)?"), "Number of "), (re.compile(r"^%\s*(?:of\b)?"), "Percentage of "))
_OPENING = re.compile(
    r"^(?:(?:and|then|so|also|please|let us|let's|in order|as a team)\s*,?\s+"
    r"|(?:we|i|they|you|the team|everyone|our team|the company|the department|the organi[sz]ation)\s+"
    r"(?:(?:all|now|also|really|still)\s+)?(?:(?:will|shall|should|must|can|need|needs|want|wants|would like|aim|aims"
    r"|plan|plans|intend|intends|hope|have|has|are going|is going|commit|try|are)(?:\s+to)?\s+)?"
    r"|(?:our|the|my)\s+(?:\w+\s+)?(?:goal|aim|target|objective|ambition|plan|task|mission)\s+(?:is|will be|here is)"
    r"\s+(?:to\s+)?"
    r"|to\s+(?!\d)|be able to\s+"
    r"|(?:successfully|continuously|continually|quickly|actively|consistently|regularly|significantly|substantially"
    r"|dramatically|further|steadily|sustainably|permanently|fully|finally|jointly|clearly|radically|measurably|once"
    r"|proactively|systematically|gradually|constantly|always|never)\s+)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:[-'’/&][^\W_]+)*", re.UNICODE)
_PHRASE_END = frozenset(
    listed(
        "of in on at by per for from to with after during within between among who that which and or as than"
        " the a an our their its is are was were be been has have will due before until under over below above"
        " across through against via without about into towards when where so while this next all every each"
        " both my your his her these those any some not"
    )
)
_ARTICLE = frozenset(listed("the our a an its their each all every overall current new my your"))
_WAYS = frozenset(("by", "to", "from", "below", "above", "under", "over"))
_OPEN_THINGS = frozenset(
    listed("ticket request position case issue invoice bug incident order item vacancy finding action claim complaint")
)
# After one of these an unknown first word tells somebody to do something: "formulate a strategy".
_AFTER_UNKNOWN = frozenset(("a", "an", "the", "our", "all", "every", "each", "their"))
_ADJECTIVES = frozenset(("clean", "free", "secure", "lean", "direct", "smart"))
_NOUN_OUTCOME = frozenset(["score", "pass", "hit", "drop"])  # "score distribution", "pass rate": nouns before a measure


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence taken apart. `verb` is the verb it starts with ("" for a noun phrase) and `form` which form of it.

    `head` is the phrase of nouns it starts with (after the verb, where there is one), in small letters.
    """

    text: str
    words: tuple[str, ...]
    figures: Figures
    verb: str
    form: str
    verb_text: str
    head: tuple[str, ...]

    @property
    def amounts(self) -> tuple[Quantity, ...]:
        return self.figures.quantities

    @property
    def has_date(self) -> bool:
        return bool(self.figures.deadlines)

    @property
    def share(self) -> Quantity | None:
        """How much of a whole: "90 % of the staff"."""
        return next((one for one in self.figures.quantities if one.is_share), None)

    @property
    def starts_with_amount(self) -> bool:
        """Whether an amount is the first thing said, as in "500 subscribers"."""
        return bool(self.words and self.amounts) and self.text.find(self.words[0]) >= self.amounts[0].start

    @property
    def is_measure(self) -> bool:
        """Whether its noun phrase names something measured."""
        return bool(self.head) and (is_measure(self.head[-1]) or bool(MEASURE_START.match(self.opening)))

    @property
    def opening(self) -> str:
        """The text from its first word on, without articles."""
        return " ".join(self.words)


def read_statement(text: str) -> Statement:
    """The parts of a sentence; a label ("KR 2:"), "we want to" and a date in front are left out of the words."""
    whole = _LABEL.sub("", " ".join(text[:LONGEST].replace("\x00", " ").split()))
    figures = read_figures(whole)
    rest = _opened(whole)
    words = tuple(_WORD.findall(rest))
    while words and words[0].lower() in _ARTICLE and len(words) > 1:
        words = words[1:]
    verb, form = _leading_verb(words, rest)
    if verb and len(words) > 2 and words[1].lower() in ("or", "and") and lemma(words[2])[0] in OUTCOME:
        words = words[2:]  # "find and cut", "meet or exceed": what moves the measure counts
        verb, form = lemma(words[0])
    after = words[1:] if verb else words
    return Statement(whole, words, figures, verb, form, words[0] if verb else "", _head(after))


def main_verbs(statement: Statement) -> list[tuple[str, str]]:
    """Verbs inside the sentence after its first word, with their form; infinitives and nouns left out."""
    found = []
    words = statement.words
    for place in range(1, len(words)):
        verb, form = lemma(words[place])
        is_finite = form != "base" or words[place - 1].lower() in ("to", "not", "will", "must", "should")
        if verb and form != "gerund" and (is_finite or _is_move(words, place)):
            found.append((verb, form))
    return found


def _is_move(words: tuple[str, ...], place: int) -> bool:
    """Whether the word says that something moves: "complaints drop by 30 %"."""
    return lemma(words[place])[0] in DIRECTIONS and "".join(words[place + 1 : place + 2]).lower() in _WAYS


def direction_of(statement: Statement) -> str:
    """Which way the sentence wants its measure to go: up, down, or "" when it does not say."""
    verbs = [statement.verb, *(verb for verb, _ in main_verbs(statement))]
    for verb in verbs:
        if verb in DIRECTIONS:
            return DIRECTIONS[verb]
    text = statement.text.lower()
    if re.search(
        r"\b(?:down|fewer|less|lower|below|under|at most|reduction|decrease|no more than|shorter)\b|[<≤]", text
    ):
        return "down"
    return "up" if re.search(r"\b(?:up|more|higher|above|over|at least|growth|increase)\b|[>≥+]", text) else ""


def _opened(text: str) -> str:
    """The text without what stands in front of its first real word."""
    rest = _THEME.sub("", text)
    for sign, words in _SIGNS:
        rest = sign.sub(words, rest)
    for _ in range(6):
        before = rest
        first = next(iter(read_figures(rest).deadlines), None)
        if first and first.start <= 1 and len(rest) > first.end:
            rest = rest[first.end :].lstrip(" ,:;–-")
        rest = _OPENING.sub("", rest)
        if rest == before:
            break
    return rest


def _head(words: tuple[str, ...]) -> tuple[str, ...]:
    """The leading nouns: up to the first preposition, article, figure or finite verb."""
    found: list[str] = []
    for word in words:
        small = word.lower()
        if not found and small in _ARTICLE:
            continue
        if small in _PHRASE_END or word[0].isdigit():
            break
        verb, form = lemma(small)
        if found and verb and (form == "past" or (form == "third" and verb in OUTCOME and verb not in NOUN_VERBS)):
            break
        found.append(small)
    return tuple(found)


def _leading_verb(words: tuple[str, ...], text: str) -> tuple[str, str]:
    """The verb the words start with and its form, ("", "") when the first word is a noun or an adjective."""
    if not words or not text.lower().lstrip("\"'“(").startswith(words[0].lower()):
        return "", ""
    verb, form = lemma(words[0])
    following = words[1].lower() if len(words) > 1 else ""
    if not verb:
        first = words[0].lower()
        is_told = following in _AFTER_UNKNOWN and first not in _PHRASE_END and first.isalpha() and not is_measure(first)
        return (first, "base") if is_told else ("", "")
    is_noun = {"base": _base_is_noun, "gerund": _gerund_is_noun, "third": _third_is_noun, "past": _past_is_noun}[form]
    return ("", "") if is_noun(verb, words, following) else (verb, form)


def _base_is_noun(verb: str, words: tuple[str, ...], following: str) -> bool:
    if verb not in NOUN_VERBS:
        return False
    if following in ("of", "per", "in") or not following:
        return True
    if verb in _ADJECTIVES:
        return following not in _ARTICLE and following not in ("up", "and", "out")
    if verb not in OUTCOME and any(_is_move(words, place) for place in range(2, len(words))):
        return True
    head = _head(words)
    if verb == "open" and len(head) > 1:
        return any(head[-1].removesuffix("s").replace("ie", "y").startswith(each) for each in _OPEN_THINGS)
    if len(head) < 2 or (verb in OUTCOME and verb not in _NOUN_OUTCOME):
        return False
    is_rate = "per" in (word.lower() for word in words) and not any(word[0].isdigit() for word in words)
    return is_rate or (is_measure(head[-1]) and verb not in (*UP, *DOWN))


def _gerund_is_noun(verb: str, words: tuple[str, ...], following: str) -> bool:
    if verb in OUTCOME or verb in ("measure", "track", "monitor"):
        return False
    head = _head(words)
    return not following or (len(head) > 1 and is_measure(head[-1]))


def _third_is_noun(verb: str, words: tuple[str, ...], following: str) -> bool:
    return verb in NOUN_VERBS or verb not in (*UP, *DOWN, *WORK) or following in ("per", "of")


def _past_is_noun(verb: str, words: tuple[str, ...], following: str) -> bool:
    """ "Closed deals per month" is a measure, "closed the deal" is not."""
    if verb in ("be", "set", "cut", "hit", "put", "read"):
        return False
    if verb in (*UP, *DOWN) or following in _ARTICLE or following[:1].isdigit() or FORMS.get(following):
        return "per" in (word.lower() for word in words)
    return True
