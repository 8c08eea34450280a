"""OKRs written as Markdown: headings, nested bullets, check boxes and tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sextant.exchange.okr_reading.blocks import Bullets, Inline, Item, Section, sections_of
from sextant.exchange.okr_reading.document import (
    OkrDocument,
    Place,
    ReadCycle,
    ReadInitiative,
    ReadKeyResult,
    ReadObjective,
    ReadStep,
)
from sextant.exchange.okr_reading.headings import meaning_of, speaks_of_okrs, title_of_document
from sextant.exchange.okr_reading.markdown_tables import read_table
from sextant.exchange.okr_reading.marks import Marked, marked
from sextant.exchange.okr_reading.names import names_in
from sextant.exchange.okr_reading.objectives import short_title
from sextant.exchange.okr_reading.records import digest
from sextant.exchange.understanding.cells import normal

_FIELD = re.compile(
    r"^(?P<name>KR|Key Result|Owner|Owners|DRI|Lead|Status|Team)\s*:?\s*[:–-]\s*(?P<value>.+)$", re.IGNORECASE
)
_OWNER = re.compile(r"(?:^|\s)(?:Owners?|DRI|Lead)\s*:?\s+(?P<names>@?[\w.@/ ,&()?-]+)$", re.IGNORECASE)


def is_okr_text(text: str, file: str) -> bool:
    """Whether a Markdown text is about OKRs."""
    return speaks_of_okrs(sections_of(text), file)


def read_markdown(text: str, file: str) -> OkrDocument:
    """All objectives and key results of a Markdown text."""
    document = OkrDocument()
    _Outline(document, file).read(sections_of(text))
    return document


@dataclass(frozen=True, slots=True)
class _Context:
    """Where in the document we are."""

    cycle: str = ""
    team: str = ""
    parent: str = ""
    path: tuple[str, ...] = ()


class _Outline:
    def __init__(self, document: OkrDocument, file: str) -> None:
        self.document, self.file = document, file
        self.used: set[str] = set()
        self.bullets_are_objectives = False
        self.has_explicit = False

    def read(self, root: Section) -> None:
        cycle, team, body = title_of_document(root, self.file)
        sections = list(root.walk())
        self.has_explicit = any(meaning_of(section.heading).kind == "objective" for section in sections)
        self.has_cycles = any(meaning_of(section.heading).kind == "cycle" for section in sections)
        self.bullets_are_objectives = any(
            _holds_objectives(bullets) for section in sections for bullets in section.bullets
        )
        context = _Context(cycle, team, path=(self.file.rsplit("/", 1)[-1],))
        self._loose(body, context)
        for section in body.children if body is not root else root.children:
            self._section(section, context)
        if body is not root:
            for section in root.children:
                if section is not body:
                    self._section(section, context)

    # Sections

    def _section(self, section: Section, context: _Context) -> None:
        meaning = meaning_of(section.heading)
        if meaning.kind == "cycle":
            inner = replace(context, cycle=meaning.cycle, parent="", path=(*context.path, meaning.cycle))
            self._loose(section, inner)
            self._children(section, inner)
        elif meaning.kind == "objectives":
            for bullets in section.bullets:
                self._objectives(bullets.items, context)
            self._children(section, context)
        elif meaning.kind == "objective":
            self._explicit(section, meaning.title, context)
        elif meaning.kind == "aside" or (meaning.kind == "vision" and not section.bullets):
            self._say(section, "is beside the objectives and was not taken")
        elif meaning.kind == "vision":
            self._say(section, "names the vision; what stands below it was taken")
            self._plain(section, context, meaning.title)
        elif self.has_explicit or (self.has_cycles and not context.cycle and not section.bullets):
            if section.children:
                self._children(section, context)
            else:
                self._say(section, "names no objective and was not taken")
        else:
            self._plain(section, context, meaning.title)

    def _children(self, section: Section, context: _Context) -> None:
        for child in section.children:
            self._section(child, context)

    def _say(self, section: Section, what: str) -> None:
        heading = section.heading.text[:80]
        self.document.notes.append((self.file, f"“{heading}” (line {section.heading.line}) {what}."))

    def _loose(self, section: Section, context: _Context) -> None:
        """What stands below a cycle or the title, before the first objective: tables, and lists that are objectives."""
        for table in section.tables:
            read_table(table, self.document, self.file, section.heading.text, context.cycle, context.team)
        said = " ".join([section.heading.text, *(paragraph.text for paragraph in section.paragraphs)])
        speaks = re.search(r"\b(?:objectives|goals|ziele|objectifs|objetivos)\b", said, re.IGNORECASE)
        inner = any(
            meaning_of(child.heading).kind in ("plain", "objective", "objectives") for child in section.children
        )
        for bullets in section.bullets:
            if all(item.inline.is_link_only for item in bullets.items) or not context.cycle:
                continue
            nested = any(item.children for item in bullets.items)
            if (speaks or nested or _holds_objectives(bullets)) and not self._is_intro(section, inner):
                self._objectives([item for item in bullets.items if not item.inline.is_link_only], context)
            elif bullets.items:
                self.document.notes.append(
                    (self.file, f"The list in line {bullets.line} stands before the objectives and was not taken.")
                )

    def _is_intro(self, section: Section, has_objectives_below: bool) -> bool:
        return has_objectives_below and section.level > 0

    def _plain(self, section: Section, context: _Context, title: str) -> None:
        """A heading without a word that says what it is: an objective, or the area that its bullets belong to."""
        own = _without_contents(section.bullets)
        if own and self.bullets_are_objectives and not _any_marked(own):
            is_area = section.heading.text.rstrip().endswith(":") or len(title.split()) <= 2
            inner = replace(context, path=(*context.path, title))
            if is_area:
                inner = replace(inner, team=title.rstrip(": ").strip())
            elif meaning_of(section.heading).kind != "vision":
                ref = self._objective(section.heading, marked(section.heading), context)
                inner = replace(inner, parent=ref)
            for bullets in own:
                self._objectives(bullets.items, inner)
            self._children(section, inner)
            return
        if _is_contents(section) and not section.children:
            return
        ref = self._objective(section.heading, marked(section.heading), context, _prose(section))
        inner = replace(context, parent=ref, path=(*context.path, title))
        for bullets in own:
            self._key_results(bullets.items, inner)
        for table in section.tables:
            read_table(table, self.document, self.file, section.heading.text, context.cycle, context.team)
        for child in section.children:
            kind = meaning_of(child.heading).kind
            if kind == "key_results":
                self._key_result_section(child, inner)
            elif kind == "key_result":
                self._key_result_heading(child, inner)
            elif kind == "work":
                self._work(child, inner)
            else:
                self._section(child, inner)

    def _explicit(self, section: Section, title: str, context: _Context) -> None:
        """ "Objective: ...": key results, work and remarks stand in sections of their own or in its lists."""
        mark = marked(replace(section.heading, text=title))
        kinds = [meaning_of(child.heading).kind for child in section.children]
        has_section = "key_results" in kinds or "key_result" in kinds
        about = _prose(section, with_lists=has_section)
        ref = self._objective(section.heading, mark, context, about)
        inner = replace(context, parent=ref, path=(*context.path, mark.title))
        if not has_section:
            for bullets in _without_contents(section.bullets):
                self._key_results(bullets.items, inner)
        for child, kind in zip(section.children, kinds, strict=True):
            if kind == "key_results":
                self._key_result_section(child, inner)
            elif kind == "key_result":
                self._key_result_heading(child, inner)
            elif kind == "work":
                self._work(child, inner)
            elif kind == "objective":
                self._section(child, inner)
            else:
                self._say(child, "is beside the key results and was not taken")

    def _key_result_section(self, section: Section, context: _Context) -> None:
        """A list sums the key results up and headings below it say more of each; without a list they are headings."""
        before = len(self.document.key_results)
        ends = next((at for at, block in enumerate(section.blocks) if isinstance(block, Inline) and block.is_bold),
                    len(section.blocks))  # fmt: skip
        for block in section.blocks[:ends]:
            if isinstance(block, Bullets):
                self._key_results(block.items, context)
        listed = self.document.key_results[before:]
        for child in section.children:
            mark = marked(child.heading)
            at = next((n for n, one in enumerate(listed) if _begins_alike(one.title, mark.title)), None)
            if at is None:
                self._key_result_heading(child, context)
                continue
            prose = f"{mark.title}: {_prose(child)}"
            known = listed[at] = replace(
                listed[at], note="\n\n".join(part for part in (listed[at].note, prose) if part)
            )
            self.document.key_results[before + at] = known
        if not listed and not section.children:
            for paragraph in section.paragraphs:
                self._key_result(Item(paragraph), context)

    def _key_result_heading(self, section: Section, context: _Context) -> None:
        meaning = meaning_of(section.heading)
        heading = replace(section.heading, text=meaning.title) if meaning.kind == "key_result" else section.heading
        children = [item for bullets in section.bullets for item in bullets.items]
        self._key_result(Item(heading, children, [_prose(section)]), context)

    def _work(self, section: Section, context: _Context) -> None:
        """Initiatives: headings with their owner and key result named below, or a list."""
        for child in section.children:
            mark = marked(child.heading)
            fields = {}
            for paragraph in child.paragraphs:
                for line in re.split(r"(?=\bOwners?\b)", paragraph.text):
                    if match := _FIELD.match(line.strip()):
                        fields[match["name"].casefold()] = match["value"].strip()
                    elif owner := _OWNER.match(line.strip()):
                        fields["owner"] = owner["names"]
            prose = " ".join(p.text for p in child.paragraphs if not _FIELD.match(p.text))
            self._initiative(mark, child.heading.line, context, self._named(fields.get("kr", ""), context),
                             names_in(fields.get("owner", "")), prose)  # fmt: skip
        if not section.children:
            for bullets in section.bullets:
                for item in bullets.items:
                    self._initiative(marked(item.inline), item.inline.line, context, "", (), _below(item))

    def _named(self, title: str, context: _Context) -> str:
        mine = [one for one in self.document.key_results if one.objective_ref == context.parent]
        return next((one.ref for one in mine if title and _begins_alike(one.title, title)), "")

    # Objectives and key results

    def _objectives(self, items: Sequence[Item], context: _Context, depth: int = 0) -> None:
        """Bullets that are objectives; the last ones of each branch are their key results."""
        for item in items:
            mark = marked(item.inline)
            marked_below = any(marked(child.inline).is_marked for child in item.children)
            if depth and not marked_below:
                self._key_result(item, context)
                continue
            ref = self._objective(item.inline, mark, context, " ".join(item.more))
            inner = replace(context, parent=ref, path=(*context.path, mark.title))
            self._objectives(item.children, inner, depth + 1)

    def _objective(self, inline: Inline, mark: Marked, context: _Context, about: str = "") -> str:
        title = re.sub(r"^\d+[.)]\s+", "", mark.title)
        ref = self._ref("o", (*context.path, title))
        remarks = [about, mark.remark, "Struck out in the file." if mark.is_struck else ""]
        short = short_title(title)
        if short != title:
            remarks.insert(0, title)
        teams = mark.teams or ((context.team,) if context.team else ())
        self.document.objectives.append(
            ReadObjective(
                ref, short, Place(self.file, inline.line), parent_ref=context.parent, teams=teams,
                owners=mark.owners,
                description="\n\n".join(part for part in remarks if part), external_id=ref, link=mark.link,
                cycle=ReadCycle(context.cycle) if context.cycle else None,
                state="closed" if mark.is_struck else "",
            )
        )  # fmt: skip
        return ref

    def _key_results(self, items: Sequence[Item], context: _Context) -> None:
        for item in items:
            if not item.inline.text or (item.inline.is_link_only and not marked(item.inline).is_marked
                                        and len(item.inline.text.split()) < 3):  # fmt: skip
                continue
            self._key_result(item, context)

    def _key_result(self, item: Item, context: _Context) -> None:
        mark = marked(item.inline)
        if normal(mark.title) in ("", "tbd", "tba", "todo", "n a", "none"):
            message = f"“{item.inline.text[:60]}” names no key result; the line was left out."
            self.document.problem(Place(self.file, item.inline.line), "no-text", message)
            return
        ref = self._ref("kr", (*context.path, mark.title))
        children = [(child, marked(child.inline)) for child in item.children]
        boxes = [one for _, one in children if one.is_done is not None]
        has_steps = mark.is_done is None and bool(boxes) and len(boxes) == len(children)
        steps = tuple(ReadStep(one.title[:300], bool(one.is_done)) for one in boxes) if has_steps else ()
        notes = [mark.remark, "Struck out in the file." if mark.is_struck else "", *item.more]
        notes += [f"- {one.title}" for _, one in children if not one.is_marked]
        kind = (
            "milestones" if steps else "metric" if mark.is_done is None and re.search(r"\d", mark.title) else "yes_no"
        )
        self.document.key_results.append(
            ReadKeyResult(
                ref, context.parent, mark.title, Place(self.file, item.inline.line), kind=kind, teams=mark.teams,
                owners=mark.owners,
                priority=mark.priority, is_done=mark.is_done, steps=steps, link=mark.link, external_id=ref,
                note="\n".join(part for part in notes if part),
            )
        )  # fmt: skip
        inner = replace(context, path=(*context.path, mark.title))
        for child, one in children:
            if one.is_marked and not has_steps:
                self._initiative(one, child.inline.line, inner, ref, (), _below(child))

    def _initiative(
        self, mark: Marked, line: int, context: _Context, key_result: str, owners: tuple[str, ...], about: str
    ) -> None:
        if not mark.title:
            return
        priority = f"Priority {mark.priority}." if mark.priority else ""
        self.document.initiatives.append(
            ReadInitiative(
                self._ref("i", (*context.path, mark.title)), context.parent, mark.title, Place(self.file, line),
                key_result_ref=key_result, owners=owners, state="done" if mark.is_done else "planned", link=mark.link,
                description="\n".join(part for part in (priority, mark.remark, about) if part),
            )
        )  # fmt: skip

    def _ref(self, kind: str, path: tuple[str, ...]) -> str:
        """The same for the same place in the same file, and different for each thing of it."""
        ref, number = f"{kind}:{digest(*path)}", 1
        while ref in self.used:
            number += 1
            ref = f"{kind}:{digest(*path, str(number))}"
        self.used.add(ref)
        return ref


def _holds_objectives(bullets: Bullets) -> bool:
    """Plain bullets over bullets with a priority: objectives over key results."""
    if _any_marked([bullets]):
        return False
    return any(marked(child.inline).priority for item in bullets.items for child in item.children)


def _any_marked(lists: Sequence[Bullets]) -> bool:
    return any(marked(item.inline).is_marked for bullets in lists for item in bullets.items)


def _without_contents(lists: Sequence[Bullets]) -> list[Bullets]:
    """Lists without tables of contents and lists of links."""
    return [bullets for bullets in lists if not all(item.inline.is_link_only for item in bullets.items)]


def _is_contents(section: Section) -> bool:
    """Whether a section holds nothing but links, such as the address of a spreadsheet."""
    return bool(section.bullets) and not _without_contents(section.bullets) and not section.tables


def _prose(section: Section, *, with_lists: bool = False) -> str:
    """The paragraphs of a section as one text."""
    parts = [paragraph.text for paragraph in section.paragraphs if not paragraph.is_link_only]
    if with_lists:
        parts += [f"- {item.inline.text}" for bullets in section.bullets for item in bullets.items]
    return "\n\n".join(parts)


def _below(item: Item) -> str:
    """All that stands below an entry, as one text."""
    return "\n".join([*item.more, *(f"- {child.inline.text}" for child in item.children)])


def _begins_alike(title: str, name: str) -> bool:
    """ "Fetch - IPFS can quickly ..." and "Fetch Is Fast" speak of the same key result."""
    one, two = normal(title).split(), normal(name).split()
    return bool(one and two) and one[0] == two[0]
