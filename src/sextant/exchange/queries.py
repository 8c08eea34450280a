"""Reads of imports and saved mappings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from sextant.core import access
from sextant.core.actors import Actor
from sextant.exchange.models import Import, SavedMapping
from sextant.exchange.reading import STAGED
from sextant.exchange.staging import Staging


def imports(actor: Actor) -> QuerySet[Import]:
    """Imports the actor may see, newest first, discarded ones left out; without their summaries, which are large."""
    found: QuerySet[Import] = access.visible("import", actor)
    return found.exclude(state="discarded").order_by("-created_at").defer("summary", "mapping", "created_metric_ids")


@contextmanager
def _staging(imp: Import) -> Iterator[Staging | None]:
    path = Path(imp.folder) / STAGED
    staging = Staging(path) if path.is_file() and imp.state not in ("uploaded", "reading") else None
    try:
        yield staging
    finally:
        if staging is not None:
            staging.close()


def problems(imp: Import, *, limit: int = -1, offset: int = 0, kind: str = "") -> Iterator[dict[str, Any]]:
    """What kept cells, rows or files out, or what a person should look at, in the order found."""
    with _staging(imp) as staging:
        if staging is not None:
            yield from staging.problems(limit, offset, kind)


@dataclass(frozen=True, slots=True)
class DraftPage:
    """Some of the metrics an import found, and how many there are of them."""

    rows: list[dict[str, Any]]
    count: int


def drafts(imp: Import, *, state: str = "", text: str = "", limit: int = 50, offset: int = 0) -> DraftPage:
    """What an import found: new, known, asked or left out metrics whose name holds `text`."""
    with _staging(imp) as staging:
        if staging is None:
            return DraftPage([], 0)
        rows = staging.drafts(state=state, text=text, limit=limit, offset=offset)
        return DraftPage(rows, staging.count_drafts(state=state, text=text))


def draft(imp: Import, index: int) -> dict[str, Any] | None:
    """One of the metrics an import found."""
    with _staging(imp) as staging:
        return staging.draft(index) if staging is not None else None


def saved_mappings(actor: Actor) -> QuerySet[SavedMapping]:
    """Mappings of the teams the actor may import into."""
    found: QuerySet[SavedMapping] = access.visible("mapping", actor)
    return found
