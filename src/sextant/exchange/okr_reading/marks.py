"""Marks inside the text of a key result: check boxes, priorities, teams in square brackets, remarks, issue numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sextant.exchange.okr_reading.blocks import Inline
from sextant.exchange.okr_reading.names import names_in

_BOX = re.compile(r"^\[(?P<mark>[ xX✓✔\-])\]\s+")
_SIGN = re.compile(r"^(?P<mark>✅|☑️?|✔️?|❌|⬜|☐|🔲)\s*")
_PRIORITY_FIRST = re.compile(
    r"^(?:\[(?P<square>[Pp][0-9?])\]|\((?P<round>P[0-9?])\)|(?P<bare>P[0-9?])(?=[\s:–—-]))\s*[:–—-]*\s*"
)
_TAG_LAST = re.compile(r"\s*\[(?P<tag>[^\[\]]{1,30})\]\s*$")
_PRIORITY = re.compile(r"[Pp][0-9?]")
_REMARK_LAST = re.compile(
    r"\s*\((?P<remark>(?:WIP|TBD|TBC|DRAFT|blocked|in progress|started|done|stretch)\b[^()]*)\)\s*$", re.IGNORECASE
)
_ISSUE = re.compile(r"\s*\(?(?P<issue>#\d+)\)?\s*$")
_OWNED = re.compile(r"\s*\((?:owners?|lead|dri|responsible)\s*:\s*(?P<names>[^()]+)\)", re.IGNORECASE)
_NUMBERED = re.compile(r"^(?:KR|Key\s?Result)\s*#?\d*(?:[.\-]\d+)*\s*[:.)–—]\s+", re.IGNORECASE)
_EMPTY_BRACKETS = re.compile(r"\s*\(\s*\)")


@dataclass(frozen=True, slots=True)
class Marked:
    """The text of a key result or objective, and what the marks around it said."""

    title: str
    is_done: bool | None = None
    priority: str = ""
    teams: tuple[str, ...] = ()
    remark: str = ""
    link: str = ""
    is_struck: bool = False
    owners: tuple[str, ...] = ()

    @property
    def is_marked(self) -> bool:
        """Whether it is marked as something to reach: a box or a priority."""
        return self.is_done is not None or bool(self.priority)


def marked(inline: Inline) -> Marked:
    """Take the marks off a text."""
    text, is_done, priority = inline.text, None, ""
    if box := _BOX.match(text) or _SIGN.match(text):
        is_done = box["mark"] not in (" ", "-", "❌", "⬜", "☐", "🔲")
        text = text[box.end() :]
    if found := _PRIORITY_FIRST.match(text):
        priority = (found["square"] or found["round"] or found["bare"]).upper()
        text = text[found.end() :]
    text = _NUMBERED.sub("", text)
    owners: tuple[str, ...] = ()
    if owned := _OWNED.search(text):
        owners = names_in(owned["names"])
        text = f"{text[: owned.start()]}{text[owned.end() :]}"
    teams: list[str] = []
    remarks: list[str] = []
    while True:
        if (tag := _TAG_LAST.search(text)) and tag.start() > 0:
            if _PRIORITY.fullmatch(tag["tag"]):
                priority = priority or tag["tag"].upper()
            elif _names_team(tag["tag"]):
                teams.insert(0, tag["tag"].strip())
            else:
                break
            text = text[: tag.start()]
        elif remark := _REMARK_LAST.search(text):
            remarks.insert(0, remark["remark"])
            text = text[: remark.start()]
        elif (issue := _ISSUE.search(text)) and issue.start() > 0:
            text = text[: issue.start()]
        else:
            break
    link = next((address for _, address in inline.links if address.startswith(("http://", "https://"))), "")
    title = _EMPTY_BRACKETS.sub("", text).strip().strip("~").strip()
    is_struck = inline.is_struck or (inline.text.startswith("~~") and inline.text.endswith("~~"))
    return Marked(title, is_done, priority, tuple(teams), "; ".join(remarks), link, is_struck, owners)


def _names_team(tag: str) -> bool:
    """ "DevRel", "INFRA", "Product design": a word or two that begin with a capital."""
    words = tag.split()
    return 0 < len(words) <= 3 and words[0][0].isupper() and all(word[0].isalnum() for word in words)
