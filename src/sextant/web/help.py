"""The documentation inside the product: the pages of `docs/` as they are in the repository.

An installed wheel carries them in the package; a checkout reads them where they are. `/help/method` shows all
pages of a folder below each other, so that an explanation can point to a section by its anchor alone.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, re_path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

import sextant
from sextant.core.errors import Hidden
from sextant.web.requests import PageRequest

INDEX = "index"
FOLDERS = {
    "guide": _("Guide"),
    "method": _("Method"),
    "operate": _("Operating"),
    "reference": _("Reference"),
    "decisions": _("Decisions"),
}
# The order in which a folder is read; pages not named come after, by title.
FIRST = (
    "guide/first-steps",
    "guide/import",
    "guide/import-okrs",
    "guide/kpis",
    "guide/key-results",
    "guide/scorecards",
    "method/status",
    "method/process-limits",
)
ANCHOR = re.compile(r'<a id="([\w-]+)"></a>')


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the documentation; `name` is its place without the ending, such as "guide/kpis"."""

    name: str
    title: str
    file: Path

    @property
    def url(self) -> str:
        return reverse("help_page", args=[self.name])


@dataclass(frozen=True, slots=True)
class Chapter:
    key: str
    title: str
    pages: Sequence[Page]


def docs_folder() -> Path | None:
    """Where the documentation lies; None when this installation came without it."""
    package = Path(sextant.__file__).parent
    places = (package / "docs", package.parents[1] / "docs")
    return next((place for place in places if (place / f"{INDEX}.md").is_file()), None)


@lru_cache(maxsize=1)
def pages() -> dict[str, Page]:
    """All pages by name. What is not listed here cannot be asked for."""
    folder = docs_folder()
    files = sorted(folder.rglob("*.md")) if folder else []
    found = {}
    for file in files:
        name = file.relative_to(folder or file).with_suffix("").as_posix()
        found[name] = Page(name, title_of(file), file)
    return found


def title_of(file: Path) -> str:
    lines = file.read_text(encoding="utf-8").splitlines()
    return next((line.lstrip("# ").strip() for line in lines if line.startswith("# ")), file.stem)


def chapters() -> list[Chapter]:
    found = []
    for key, title in FOLDERS.items():
        inside = [page for name, page in pages().items() if posixpath.dirname(name) == key]
        inside = [page for page in inside if not page.name.endswith("/README")]
        inside.sort(key=_place)
        if inside:
            found.append(Chapter(key, str(title), inside))
    return found


def _place(page: Page) -> tuple[int, str]:
    """Named pages first; decisions by their number, the rest by title."""
    named = FIRST.index(page.name) if page.name in FIRST else len(FIRST)
    return named, page.name if page.name.startswith("decisions/") else page.title


@require_safe
def index(request: PageRequest) -> HttpResponse:
    """Where to begin, and every page."""
    return show(request, "Help", [pages()[INDEX]] if INDEX in pages() else [], INDEX)


@require_safe
def page(request: PageRequest, name: str) -> HttpResponse:
    """One page, or all pages of a folder below each other."""
    chapter = next((one for one in chapters() if one.key == name), None)
    if chapter is not None:
        return show(request, chapter.title, chapter.pages, name)
    found = pages().get(name) or pages().get(f"{name}/README")
    if found is None:
        raise Hidden("help page", name)
    return show(request, found.title, [found], name)


def show(request: PageRequest, title: str, shown: Sequence[Page], here: str) -> HttpResponse:
    bodies = [to_html(one.name, one.file.read_text(encoding="utf-8")) for one in shown]
    context = {"title": title, "bodies": bodies, "chapters": chapters(), "here": here}
    return render(request, "help/page.html", context)


@lru_cache(maxsize=128)
def to_html(name: str, text: str) -> SafeString:
    """The page as HTML. Markup in the text is shown as text, so a page cannot bring scripts along."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    text, anchors = _without_anchors(text)
    tokens = markdown.parse(text)
    _give_anchors(tokens, anchors)
    for token in tokens:
        for child in token.children or ():
            if child.type == "link_open":
                _rewrite(child, name)
            elif child.type == "image":
                child.type, child.content = "text", child.content or str(child.attrs.get("alt", ""))
    # Escaped by the renderer: markup is off.
    html: str = markdown.renderer.render(tokens, markdown.options, {})
    return SafeString(html)


def _without_anchors(text: str) -> tuple[str, dict[int, list[str]]]:
    """The text without `<a id="x"></a>` and notes to writers, and the anchors by the line they stood on."""
    text = re.sub(r"<!--.*?-->\n?", "", text, flags=re.DOTALL)
    lines, anchors = text.split("\n"), {}
    for number, line in enumerate(lines):
        found = ANCHOR.findall(line)
        if found:
            anchors[number] = found
            lines[number] = ANCHOR.sub("", line)
    return "\n".join(lines), anchors


def _give_anchors(tokens: Sequence[Token], anchors: dict[int, list[str]]) -> None:
    """Each heading gets the anchor set by hand just above it or in it, else one made from its words."""
    used: dict[str, int] = {}
    for token, inline in pairwise(tokens):
        if token.type != "heading_open" or token.map is None:
            continue
        above = [anchor for line in range(token.map[0] - 2, token.map[0] + 1) for anchor in anchors.get(line, [])]
        made = anchor_of(inline.content)
        used[made] = used.get(made, -1) + 1
        token.attrSet("id", above[0] if above else f"{made}-{used[made]}" if used[made] else made)
        token.attrSet("tabindex", "-1")


def anchor_of(heading: str) -> str:
    """The anchor as code hosts make it, so that links work there and here."""
    plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def _rewrite(link: Token, name: str) -> None:
    """A link between pages leads to /help; one into the repository has nowhere to lead here."""
    target = str(link.attrs.get("href", ""))
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        link.attrs["rel"] = "noreferrer"
        return
    if target.startswith(("#", "/")):
        return
    place, mark, anchor = target.partition("#")
    wanted = posixpath.normpath(posixpath.join(posixpath.dirname(name), place)).removesuffix(".md")
    if wanted in pages():
        link.attrs["href"] = reverse("help_page", args=[wanted]) + mark + anchor
    else:
        link.attrs.pop("href")


urlpatterns = [
    re_path(r"^help/?$", index, name="help"),
    path("help/<path:name>", page, name="help_page"),
]
