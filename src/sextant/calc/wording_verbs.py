"""Verbs of aims, results and work in all their forms; the class of a verb decides what a sentence is about."""

from __future__ import annotations

import re
from collections.abc import Mapping


def listed(text: str) -> tuple[str, ...]:
    """The words of a text, one by one."""
    return tuple(text.split())


# Verbs that say which way a measure goes.
UP = listed(
    "increase raise grow boost lift expand improve double triple quadruple maximise maximize enhance"
    " accelerate exceed surpass outperform gain rise climb push drive widen multiply extend heighten speed"
    " advance"
)
DOWN = listed(
    "reduce cut lower decrease shorten halve minimise minimize eliminate shrink drop slash trim curb"
    " diminish lessen limit fall decline tighten"
)
REACH = listed("achieve reach hit attain meet get bring move go take pass score realise realize restore")
# Verbs whose object, counted, is a result that others decide about: "win 20 customers".
RESULT = listed(
    "win sell sign acquire attract earn generate gain save secure convert retain recover close land serve"
    " book enrol enroll obtain collect reactivate capture"
)
HOLD = listed("keep maintain hold stay remain sustain preserve ensure guarantee avoid prevent stabilise stabilize")
ASPIRE = listed(
    "become be make delight inspire empower strengthen transform enable foster lead position modernise"
    " modernize simplify unlock offer give provide let turn nurture champion deepen redefine reinvent"
    " embed cultivate excel pioneer thrive put bring earn protect secure free unite connect restore stand"
    " love accelerate deliver revitalise revitalize establish achieve ensure win retain attract reach set"
    " shape dominate own understand know serve help care stop end feel rethink prove master grow show open"
)
# Verbs of making: with an abstract object ("build trust") they name an aim, with a thing ("build a portal") work.
MAKE = listed(
    "build create develop establish design set form shape put deliver introduce embed lay run lead offer provide open"
)
VAGUE = listed(
    "support help assist focus continue try explore optimise optimize leverage facilitate contribute"
    " address participate engage strive consider look work care deal seek aim attempt endeavour intend"
    " streamline handle promote encourage aspire think discuss"
)
SPEND = listed("spend allocate invest dedicate budget devote assign reserve commit")
WORK = listed(
    "launch publish implement formulate devise elaborate craft compose assemble"
    " dismantle erect refine repurpose amend build migrate hire write run organise organize roll create develop deploy"
    " design set conduct host integrate redesign document install introduce prepare draft review update"
    " upgrade replace automate digitise digitize digitalise digitalize hold send post record test analyse"
    " analyze research interview survey audit define plan purchase buy procure select evaluate pilot"
    " present negotiate recruit onboard train teach coach translate track monitor measure report visit"
    " call contact attend register configure release ship refactor rewrite rework consolidate merge"
    " restructure reorganise reorganize relocate renovate repair clean map produce film print distribute"
    " compile check inspect certify appoint assign form found start begin kick initiate carry perform"
    " undertake execute facilitate schedule add remove switch transfer import export archive standardise"
    " standardize formalise formalize file submit apply approve adopt share communicate announce promote"
    " advertise sponsor partner draw adapt align assess benchmark brief centralise centralize clarify code"
    " collaborate commission construct consult contract coordinate copy deliver demo demonstrate describe"
    " educate email establish examine exchange extract finalise finalize finish fix follow furnish"
    " gather harmonise harmonize identify inform investigate invite issue join label license link list"
    " load localise localize mail manage market meet mentor model move name offer open order outsource"
    " package paint phase phone photograph pitch plant prioritise prioritize program programme propose"
    " prototype provide provision put redo refresh refurbish rehearse rename renew rent reply respond"
    " revamp revise rotate scan scope search separate serve showcase sign simplify sort source specify"
    " split staff stage study supply support sync tag tender transcribe transition trial tune unify upload"
    " validate verify webcast wire complete close process collect answer resolve enable engage place fill"
    " discuss brainstorm learn read overhaul decommission retire sunset shut stop containerise"
    " containerize instrument backfill patch encrypt rebrand relaunch reinforce rebuild remodel repaint"
    " retrofit equip feed connect activate rollout setup optimise optimize streamline outline sketch enter"
    " talk speak do"
)
# Verbs whose base form is a noun as well, so that "test coverage" is a measure and "order backlog" too.
NOUN_VERBS = frozenset(
    listed(
        "build test release report review design support call visit survey order open close set launch"
        " document plan audit research check contact post run start pilot process return repair train host web"
        " control purchase answer response change lead pass win gain save hold stock drop cut increase"
        " decrease growth rise fall decline lift boost drive push score place book land market mail email code"
        " model label issue trial file patch move exchange transfer supply staff stage source service help"
        " care work focus record film print map brief contract demo fix follow list load meet name offer"
        " package paint phase phone pitch plant program programme refresh reply search scan scope share sign"
        " sort study switch tender upgrade update upload wire time sale sales uptime downtime export import"
        " stay go take half up limit speed trim transition feed free setup rollout clean approach"
        " read talk end show stop"
    )
)
_IRREGULAR = {
    "build": "built", "write": "wrote written", "run": "ran run", "hold": "held", "send": "sent", "buy": "bought",
    "teach": "taught", "begin": "began begun", "draw": "drew drawn", "cut": "cut", "grow": "grew grown",
    "rise": "rose risen", "fall": "fell fallen", "win": "won", "sell": "sold", "get": "got gotten", "bring": "brought",
    "hit": "hit", "meet": "met", "make": "made", "become": "became become", "give": "gave given", "lead": "led",
    "put": "put", "set": "set", "keep": "kept", "found": "founded", "spend": "spent", "go": "went gone",
    "take": "took taken", "let": "let", "be": "is are was were been being", "drive": "drove driven", "do": "did done",
    "shrink": "shrank shrunk", "feed": "fed", "read": "read", "speak": "spoke spoken", "think": "thought",
    "understand": "understood", "know": "knew known", "stand": "stood", "shut": "shut", "show": "showed shown",
    "split": "split", "rebuild": "rebuilt", "rewrite": "rewrote rewritten", "redo": "redid redone", "learn": "learnt",
    "feel": "felt", "seek": "sought", "undertake": "undertook undertaken", "deal": "dealt", "earn": "earned",
}  # fmt: skip
_DOUBLING = frozenset(
    listed(
        "cut run hit get set put plan ship map win drop trim shut split stop let scan tag sit wrap begin"
        " program refer commit submit transfer permit control enrol fulfil"
    )
)


def _forms(verb: str) -> dict[str, str]:
    """The forms of a verb and what each is: base, third, gerund, past."""
    stem = verb[:-1] if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")) else verb
    if verb in _DOUBLING:
        stem += verb[-1]
    if verb.endswith(("s", "x", "z", "ch", "sh", "o")):
        third = f"{verb}es"
    elif re.search(r"[^aeiou]y$", verb):
        third = f"{verb[:-1]}ies"
    else:
        third = f"{verb}s"
    past = f"{verb[:-1]}ied" if re.search(r"[^aeiou]y$", verb) else f"{stem}ed"
    forms = {f"{stem}ing": "gerund", third: "third"}
    forms |= dict.fromkeys(_IRREGULAR.get(verb, past).split(), "past")
    return forms | {verb: "base"}


def _table() -> dict[str, tuple[str, str]]:
    table: dict[str, tuple[str, str]] = {}
    for group in (UP, DOWN, REACH, RESULT, HOLD, WORK, ASPIRE, MAKE, VAGUE, SPEND):
        for verb in group:
            for form, tense in _forms(verb).items():
                table.setdefault(form, (verb, tense))
    return table


# Every form of every verb: what it is a form of, and which.
FORMS: Mapping[str, tuple[str, str]] = _table()
# Aims that are nothing but aims: no form of work or of measurable change.
PURE_ASPIRE = frozenset(ASPIRE) - frozenset(WORK) - frozenset(MAKE) - frozenset(HOLD) - frozenset(UP + DOWN + REACH)
# Verbs that move a figure only when it is said how far: "bring churn down to 3 %", but "bring the books home".
MOVING = frozenset(listed("get bring move go take meet pass"))
DIRECTIONS: Mapping[str, str] = {**dict.fromkeys(UP, "up"), **dict.fromkeys(DOWN, "down")}
OUTCOME = frozenset(UP) | frozenset(DOWN) | frozenset(REACH)


def lemma(word: str) -> tuple[str, str]:
    """The verb a word is a form of and the form (base third gerund past); two empty texts for any other word."""
    return FORMS.get(word.lower(), ("", ""))
