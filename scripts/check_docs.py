"""Fail when the documentation no longer fits: dead links, unknown settings, reference pages left behind."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import reference

ROOT = reference.ROOT
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
CODE = re.compile(r"^(```|~~~).*?^\1\s*$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
READ_FROM_ENVIRONMENT = re.compile(r"env\.\w+\(\s*\"([A-Z_]+)\"")


def documents() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def dead_links() -> Iterator[str]:
    """Links to files and headings that are not there. Addresses on the web are not asked."""
    for document in documents():
        text = CODE.sub("", document.read_text(encoding="utf-8"))
        for target in LINK.findall(text):
            if re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            path, _, heading = unquote(target).partition("#")
            file = (document.parent / path).resolve() if path else document
            if not file.exists():
                yield f"{document.relative_to(ROOT)}: there is no {path}"
            elif heading and file.suffix == ".md" and heading not in headings(file):
                yield f"{document.relative_to(ROOT)}: {path or 'the page'} has no heading #{heading}"


@cache
def headings(file: Path) -> frozenset[str]:
    """The anchors of a page, made as GitHub makes them, and those set by hand."""
    text = re.sub(r"^(```|~~~).*?^\1\s*$", "", file.read_text(encoding="utf-8"), flags=re.M | re.S)
    found: list[str] = re.findall(r"<a (?:id|name)=\"([^\"]+)\"", text)
    for title in re.findall(r"^#{1,6}\s+(.+?)\s*#*$", text, re.MULTILINE):
        plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", title).lower()
        anchor = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        found.append(f"{anchor}-{found.count(anchor)}" if anchor in found else anchor)
    return frozenset(found)


def undocumented_settings() -> Iterator[str]:
    from sextant.project.checks import NAMES

    read = set(READ_FROM_ENVIRONMENT.findall((ROOT / "src/sextant/project/settings.py").read_text()))
    read |= {"DATABASE_URL", "EMAIL_URL"}
    page = (ROOT / "docs/operate/settings.md").read_text(encoding="utf-8")
    described = set(re.findall(r"^\| `([A-Z_]+)`", page, re.MULTILINE))
    for name in sorted(read ^ set(NAMES)):
        yield f"{name}: settings.py and the list in project/checks.py differ"
    for name in sorted(read - described):
        yield f"docs/operate/settings.md does not describe {name}"
    for name in sorted(described - read):
        yield f"docs/operate/settings.md describes {name}, which nothing reads"


def pages_left_behind() -> Iterator[str]:
    for file, text in reference.pages().items():
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            yield f"{file.relative_to(ROOT)} is not current: run `make docs`"


def main() -> int:
    reference.start_django()
    found = [*dead_links(), *undocumented_settings(), *pages_left_behind()]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
