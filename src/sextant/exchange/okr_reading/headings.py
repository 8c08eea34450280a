"""What a heading is about: a span of time, an objective, its key results, the work for them, or something else."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sextant.exchange.okr_reading.blocks import Inline, Section
from sextant.exchange.okr_reading.spans import cycle_in, cycle_of_name, is_cycle_heading
from sextant.exchange.understanding.cells import normal

_EXPLICIT = re.compile(
    r"^(?:objective|ziel|objectif|objetivo|O)\s*#?\d*(?:\.\d+)*\s*[:.)–—-]\s+(?P<title>.+)$", re.IGNORECASE
)
_KEY_RESULT = re.compile(r"^(?:key\s*result|KR)\s*#?\d*(?:\.\d+)*\s*[:.)–—-]\s+(?P<title>.+)$", re.IGNORECASE)
_TITLE_OF_TEAM = re.compile(
    r"^(?P<team>.*?)\s*(?:\b(?:team|wg|working group|group|department)\b)?\s*(?:['’]s)?\s*"
    r"\b(?:okrs?|objectives?\s*(?:and|&)\s*key\s*results?)\b",
    re.IGNORECASE,
)
_KEY_RESULTS = frozenset({"key results", "key result", "krs", "kr", "results", "schlusselergebnisse", "resultats cles",
                          "resultados clave", "measures of success"})  # fmt: skip
_OBJECTIVES = frozenset(
    {"objectives", "goals", "our objectives", "our goals", "ziele", "objectifs", "objetivos", "okrs"}
)
_WORK = frozenset({"initiatives", "actions", "projects", "tasks", "how", "action items", "massnahmen", "activities"})
_ASIDE = frozenset(
    {"alternatives", "not included", "rational", "rationale", "notes", "note", "background", "links", "references",
     "retrospective", "resources", "legend", "table of contents", "contents", "toc", "about", "introduction", "context",
     "out of scope", "non goals", "how to read this", "scoring", "process", "vision", "mission", "purpose", "appendix",
     "glossary", "contributing", "license", "see also", "archive", "previous okrs", "template", "how we work", "faq"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Meaning:
    """`kind`: cycle, objectives, objective, key_results, key_result, work, aside, vision or plain."""

    kind: str
    title: str = ""
    cycle: str = ""


def meaning_of(heading: Inline) -> Meaning:
    """What the words of a heading say by themselves."""
    text = heading.text.strip()
    if cycle := is_cycle_heading(text):
        return Meaning("cycle", cycle=cycle)
    if match := _EXPLICIT.match(text):
        return Meaning("objective", match["title"])
    if match := _KEY_RESULT.match(text):
        return Meaning("key_result", match["title"])
    words = normal(text)
    for kind, known in (("key_results", _KEY_RESULTS), ("objectives", _OBJECTIVES), ("work", _WORK), ("aside", _ASIDE)):
        if words in known:
            return Meaning(kind)
    if words.startswith(("vision ", "mission ")) and ":" in text:
        return Meaning("vision", text.partition(":")[2].strip())
    return Meaning("plain", text)


def title_of_document(root: Section, file: str) -> tuple[str, str, Section]:
    """(cycle, team, the section to read): a single top heading is the title of the whole and no objective."""
    cycle, team, body = cycle_of_name(file), "", root
    tops = [section for section in root.children if section.level == 1]
    if (
        len(tops) == 1
        and len(root.children) <= 2
        and meaning_of(tops[0].heading).kind in ("plain", "cycle", "objectives")
    ):
        heading = tops[0].heading.text
        cycle = cycle_in(heading)[0] or cycle
        team = team_in_title(heading)
        body = tops[0]
    return cycle, team, body


def team_in_title(heading: str) -> str:
    """ "IPFS Cluster Team OKRs" -> "IPFS Cluster"; "" when the title names no team."""
    rest = cycle_in(heading)[1]
    match = _TITLE_OF_TEAM.match(re.sub(r"[^\w\s{}&/'’-]+", " ", rest).strip())
    team = " ".join(match["team"].split()) if match else ""
    return team if 1 < len(team) <= 60 and normal(team) not in ("our", "the", "company", "team", "all") else ""


def speaks_of_okrs(root: Section, file: str) -> bool:
    """Whether a text is about OKRs, by its name and headings, or by a table with their columns."""
    if re.search(r"(?<![a-z])okrs?(?![a-z])|objectives|key.?results", file, re.IGNORECASE):
        return True
    for section in root.walk():
        text = section.heading.text
        if re.search(
            r"\bokrs?\b|objectives?\s*(?:and|&|/)\s*(?:the\s+)?key\s*results?|\bkey results\b", text, re.IGNORECASE
        ):
            return True
        if meaning_of(section.heading).kind == "objective":
            return True
        heads = [" ".join(cell.text for cell in table.rows[0]).casefold() for table in section.tables if table.rows]
        if any("objective" in head and "key result" in head for head in heads):
            return True
    return False
