"""The longer lists of an import, each on a page of its own: its KPIs, its problems; and mappings as files."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sextant.core.access import can, find
from sextant.core.errors import Hidden
from sextant.exchange import commands, queries
from sextant.exchange.models import Import
from sextant.exchange.toml_text import as_toml
from sextant.web import import_view
from sextant.web import import_words as words
from sextant.web.audit import harmless
from sextant.web.requests import PageRequest, say

PER_PAGE = 50
MOST_FILES = 40


def files_of(imp: Import) -> list[str]:
    """The uploaded files that are still there."""
    folder = commands.files_folder(imp)
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return found if len(found) <= MOST_FILES else [*found[:MOST_FILES], "…"]


class _Counted:
    """Rows read page by page from the staging file, as the paginator wants them."""

    def __init__(self, imp: Import, **filters: str) -> None:
        self.imp, self.filters = imp, filters

    @cached_property
    def _first(self) -> queries.DraftPage:
        return queries.drafts(self.imp, **self.filters, limit=0)  # type: ignore[arg-type]

    def count(self) -> int:
        return self._first.count

    def __len__(self) -> int:
        return self._first.count

    def __getitem__(self, part: slice) -> list[dict[str, Any]]:
        size = part.stop - part.start
        return queries.drafts(self.imp, **self.filters, limit=size, offset=part.start).rows


@require_safe
def kpis(request: PageRequest, key: str) -> HttpResponse:
    """Everything found, to be filtered and corrected many at once."""
    imp: Import = find("import", request.actor, key)
    state, text = request.GET.get("state", ""), request.GET.get("q", "").strip()
    state = state if state in words.DRAFT_FILTERS else ""
    page: Page[Any] = Paginator(_Counted(imp, state=state, text=text), PER_PAGE).get_page(request.GET.get("page"))  # type: ignore[arg-type]
    context = {
        "imp": imp,
        "drafts": import_view.drafts(page.object_list),
        "page_obj": page,
        "draft_count": page.paginator.count,
        "state": state,
        "query": text,
        "states": words.DRAFT_FILTERS.items(),
        "may_run": can("import", request.actor, "run", imp) and imp.state == "ready",
        **words.choices(),
    }
    return render(request, "imports/kpis.html", context)


@require_safe
def kpi(request: PageRequest, key: str, index: int) -> HttpResponse:
    """One KPI found: what the files say of it, what is assumed, and where each can be corrected."""
    imp: Import = find("import", request.actor, key)
    row = queries.draft(imp, index)
    if row is None:
        raise Hidden("KPI in this import", str(index))
    target = row["targets"][-1] if row["targets"] else {}
    context = {
        "imp": imp,
        "row": row,
        "draft": import_view.draft(row),
        "figures": [(name, words.FIGURES[name], target.get(name)) for name in words.FIGURES],
        "evidence": [(str(words.MISSING.get(name, name)), said) for name, said in row["evidence"].items()],
        "may_run": can("import", request.actor, "run", imp) and imp.state == "ready",
        **words.choices(),
    }
    return render(request, "imports/kpi.html", context)


@require_safe
def problems(request: PageRequest, key: str) -> HttpResponse:
    """What was kept out and why, by kind, page by page."""
    imp: Import = find("import", request.actor, key)
    counts: dict[str, int] = imp.summary.get("problem_keys", {})
    kind = request.GET.get("kind", "")
    kind = kind if kind in counts else ""
    total = counts[kind] if kind else sum(counts.values())
    page = Paginator(range(total), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "imp": imp,
        "rows": list(queries.problems(imp, limit=PER_PAGE, offset=(page.number - 1) * PER_PAGE, kind=kind)),
        "page_obj": page,
        "kind": kind,
        "kinds": [(one, words.problem_words(one), count) for one, count in counts.items()],
        "total": sum(counts.values()),
    }
    return render(request, "imports/problems.html", context)


class _Echo:
    def write(self, line: str) -> str:
        return line


@require_safe
def problems_csv(request: PageRequest, key: str) -> HttpResponseBase:
    """The same as a file, during the import and after it."""
    imp: Import = find("import", request.actor, key)
    response = StreamingHttpResponse(_lines(imp, request.GET.get("kind", "")), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="problems-{imp.key}.csv"'
    return response


def _lines(imp: Import, kind: str) -> Iterator[str]:
    writer = csv.writer(_Echo())
    names = ("file", "sheet", "row", "column", "key", "message", "kept_out")
    yield writer.writerow(names)
    for problem in queries.problems(imp, kind=kind):
        cells = {**problem, "kept_out": "yes" if problem["kept_out"] else "no"}
        yield writer.writerow([harmless(str(cells[name] if cells[name] is not None else "")) for name in names])


@require_safe
def mappings(request: PageRequest) -> HttpResponse:
    """How files of one kind are read, kept for the next ones."""
    rows = [(saved, can("mapping", request.actor, "run", saved)) for saved in queries.saved_mappings(request.actor)]
    return render(request, "imports/mappings.html", {"rows": rows})


def _toml(mapping: dict[str, Any], name: str) -> HttpResponse:
    response = HttpResponse(as_toml(mapping), content_type="application/toml; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{slugify(name) or "mapping"}.toml"'
    return response


@require_safe
def mapping_toml(request: PageRequest, key: str) -> HttpResponse:
    """A kept mapping as the command line reads it."""
    saved = find("mapping", request.actor, key)
    return _toml(saved.mapping, saved.name)


@require_safe
def import_toml(request: PageRequest, key: str) -> HttpResponse:
    """How this import was read, as the command line reads it."""
    imp: Import = find("import", request.actor, key)
    return _toml(imp.summary.get("mapping") or imp.mapping, imp.name)


@require_POST
def mapping_saving(request: PageRequest, key: str) -> HttpResponse:
    imp: Import = find("import", request.actor, key, action="run")
    saved = commands.save_mapping(request.actor, imp, name=request.POST.get("name", ""))
    say(request, _("Kept as “%(name)s”. Choose it with the next file.") % {"name": saved.name})
    return redirect("import", imp.key)


@require_POST
def mapping_removal(request: PageRequest, key: str) -> HttpResponse:
    saved = find("mapping", request.actor, key, action="run")
    commands.delete_mapping(request.actor, saved)
    say(request, _("Deleted the mapping “%(name)s”. Imports read with it stay as they are.") % {"name": saved.name})
    return redirect(reverse("import_mappings"))
