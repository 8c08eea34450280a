"""The pages that come from the code and from other pages: commands, events, the list of decisions."""

from __future__ import annotations

import argparse
import json
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
NOTE = "<!-- Written by `make docs` from the code; changes here are lost. -->\n"
API_EXAMPLE = """
```
curl https://kpi.example.org/api/v1/measurements \\
  --header "Authorization: Bearer $TOKEN" --header "Content-Type: application/json" \\
  --data '{"batch": "night-2026-03-14", "points": [{"metric": "waiting-time", "period": "2026-03", "value": 31.5}]}'
```

A push token (`sxp_...`) records values of one team's metrics and reads nothing: the right one for scripts. Good points
are kept, each bad one is listed under `rejected` with its index, key and reason. A batch sent twice is recorded once.

What open pages hear is at `/events` (outside `/api`): server-sent events that hold ids and topics such as
`metric:waiting-time`, never values. It takes the same tokens.
"""


def start_django() -> None:
    """Set Django up without touching anybody's data."""
    folder = tempfile.mkdtemp(prefix="sextant-docs-")
    os.environ.update(SEXTANT_DATA=folder, SEXTANT_SECRET_KEY="for the documentation only, never for data")
    os.environ.update(DJANGO_SETTINGS_MODULE="sextant.project.settings", DATABASE_URL="sqlite://:memory:")
    import django

    django.setup()
    Path(folder).rmdir()


def pages() -> dict[Path, str]:
    """Path -> what it must hold. Needs `start_django` first."""
    return {
        ROOT / "docs/reference/commands.md": commands_page(),
        ROOT / "docs/reference/events.md": events_page(),
        ROOT / "docs/reference/api.md": api_page(),
        ROOT / "tests/contract/openapi.json": api_description(),
        ROOT / "docs/decisions/README.md": decisions_page(),
    }


def commands_page() -> str:
    from sextant.cli import parser

    parts = [NOTE, "# Commands\n", "Exit codes: 0 done, 1 something is wrong, 2 called wrongly.\n"]
    for name, summary, one in commands(parser()):
        parts += [f"## {name}\n", f"{summary[:1].upper()}{summary[1:]}.\n"]
        rows = [row for action in one._actions if (row := _argument(action))]
        if rows:
            parts += ["| argument | meaning |\n|---|---|\n" + "\n".join(rows) + "\n"]
    return "\n".join(parts)


def commands(top: argparse.ArgumentParser, summary: str = "") -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    """Every command that runs something: name, one line, parser."""
    below = [action for action in top._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield top.prog, summary, top
    for group in below:
        helps = {action.dest: action.help or "" for action in group._choices_actions}
        for name, one in group.choices.items():
            yield from commands(one, helps.get(name, ""))


def _argument(action: argparse.Action) -> str:
    if action.help == argparse.SUPPRESS or "--help" in action.option_strings:
        return ""
    values = "\\|".join(map(str, action.choices)) if action.choices else action.metavar or action.dest.upper()
    takes_value = action.nargs != 0
    name = action.option_strings[-1] if action.option_strings else str(values)
    shown = f"{name} {values}" if action.option_strings and takes_value else name
    default = f" (default: {action.default})" if takes_value and action.default not in (None, "", False) else ""
    meaning = (action.help or "").replace("|", "\\|")
    if "default" in meaning:
        default = ""
    return f"| `{shown}` | {meaning}{default} |"


def events_page() -> str:
    from sextant.core import events

    head = [
        NOTE,
        "# Events\n",
        "Everything that happens is one row: who, what, on which thing, when. The rows are the audit log, the",
        "activity of a team and what open pages listen to. Words in braces are filled in.\n",
        "| name | in words |\n|---|---|",
    ]
    rows = [f"| `{name}` | {_readable(str(said))} |" for name, said in sorted(events.registered().items())]
    return "\n".join(head + rows) + "\n"


def api_page() -> str:
    from sextant.api.document import DESCRIPTION, groups

    parts = [
        NOTE,
        "# API\n",
        "The same is served at `/api/v1/docs`, and as an OpenAPI document at `/api/v1/openapi.json`.\n",
        DESCRIPTION,
        API_EXAMPLE,
    ]
    for name, operations in groups():
        parts.append(f"## {name}\n")
        for one in operations:
            parts += [f"### {one.method} {one.path}\n", f"{one.summary}.", *([one.words] if one.words else []), ""]
            if one.asked:
                parts += ["In the address:\n", *_field_rows(one.asked)]
            if one.sent:
                parts += ["In the body:\n", *_field_rows(one.sent)]
            if one.answered:
                parts.append("In the answer: " + ", ".join(f"`{field.name}`" for field in one.answered) + "\n")
    return "\n".join(parts).rstrip() + "\n"


def _field_rows(fields: Sequence[Any]) -> list[str]:
    rows = []
    for field in fields:
        kind = field.kind.replace("|", "\\|")
        words = field.words.replace("|", "\\|")
        rows.append(f"| `{field.name}` | {kind}{', required' if field.required else ''} | {words} |")
    return ["| field | type | meaning |\n|---|---|---|", *rows, ""]


def api_description() -> str:
    """The OpenAPI document as agreed; a test compares it with what the code describes."""
    from sextant.api.document import document

    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def decisions_page() -> str:
    files = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    titles = [file.read_text(encoding="utf-8").splitlines()[0].lstrip("# ") for file in files]
    head = (
        f"{NOTE}\n# Decisions\n\nOne page each: context, options, decision, what would change our mind. "
        "A decision is\nchanged by a new page that says so.\n\n"
    )
    return head + "".join(f"- [{title}]({file.name})\n" for title, file in zip(titles, files, strict=True))


def _readable(sentence: str) -> str:
    """`recorded %(count)s values` -> `recorded {count} values`."""
    return re.sub(r"%\((\w+)\)[sd]", r"{\1}", sentence).replace("|", "\\|")
