"""Bringing files in through the pages, and reading what they show."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sextant.exchange import queries
from sextant.exchange.models import Import

WIDE = """KPI,Owner,Unit,Target,2026-01,2026-02,2026-03
Waiting time,Lea Lead,minutes,30,41,38,#REF!
Complaints,,number,5,9,,7
"""


def upload(client: Client, *files: tuple[str, str | bytes], **more: str) -> Any:
    sent = [
        SimpleUploadedFile(Path(name).name, text.encode() if isinstance(text, str) else text) for name, text in files
    ]
    paths = json.dumps([name for name, _ in files])
    return client.post("/imports/new", {"files": sent, "paths": paths, "team": "emergency"} | more)


def bring(client: Client, text: str = WIDE, name: str = "kpis.csv", **more: str) -> Import:
    answer = upload(client, (name, text), **more)
    assert answer.status_code == 302, answer.content.decode()
    return Import.objects.get(key=answer.headers["Location"].split("/")[2])


def point(client: Client, imp: Import, about: str, **form: Any) -> Import:
    fields = {name.replace("__", "."): value for name, value in form.items()}
    answer = client.post(f"/imports/{imp.key}/mapping", {"about": about} | fields)
    assert answer.status_code == 302, answer.content.decode()
    imp.refresh_from_db()
    return imp


def text_of(answer: Any) -> str:
    parts: list[str] = []

    class Text(HTMLParser):
        def handle_data(self, data: str) -> None:
            parts.append(data)

    Text().feed(answer.content.decode())
    return re.sub(r"\s+", " ", " ".join(parts))


def page(client: Client, imp: Import) -> str:
    return text_of(client.get(f"/imports/{imp.key}/"))


def draft(imp: Import, name: str) -> dict[str, Any]:
    return next(row for row in queries.drafts(imp, limit=1000).rows if row["name"] == name)


def table_of_columns(imp: Import, header: str) -> int:
    return next(i for i, c in enumerate(imp.summary["tables"][0]["columns"]) if c["header"] == header)
