"""Imports: the list, the upload, the preview with everything that can be corrected, the result."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sextant.core.access import can, find, visible
from sextant.core.errors import NotAllowed, Problem, Refused, refuse
from sextant.exchange import commands, queries, runner
from sextant.exchange.models import Import
from sextant.exchange.receiving import TooLarge, Upload, name_of, receive
from sextant.kpis.commands import create_scorecard
from sextant.people import queries as people
from sextant.people.models import Team
from sextant.people.roles import allows
from sextant.web import import_files, import_okrs, import_questions, import_view
from sextant.web import import_words as words
from sextant.web.import_pointing import decide
from sextant.web.kpi_words import address
from sextant.web.requests import PageRequest, say

PER_PAGE = 50
KPIS_SHOWN = 25
PROBLEMS_SHOWN = 8
SCORECARD_MOST = 500
AT_WORK = ("reading", "publishing")


@require_safe
def imports(request: PageRequest) -> HttpResponse:
    """Every import one may see, newest first."""
    page = Paginator(queries.imports(request.actor), PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        import_view.row(one, may_run=can("import", request.actor, "run", one), is_dead=commands.is_dead(one))
        for one in page
    ]
    context = {
        "rows": rows,
        "page_obj": page,
        "may_import": bool(team_choices(request)),
        "mappings": queries.saved_mappings(request.actor).exists(),
    }
    return render(request, "imports/imports.html", context)


def team_choices(request: PageRequest) -> list[tuple[str, str]]:
    """Teams the person may import into, as the way to them."""
    nodes = people.team_tree().at_work()
    return [(node.key, node.path_words) for node in nodes if allows(request.actor, "import.run", node.pk)]


# The files have to go to the disk before anything reads the form, the check against forged forms included.
@csrf_exempt
@require_http_methods(["GET", "POST"])
def import_new(request: PageRequest) -> HttpResponse:
    """Drop files, a folder, or paste a table. Checked before the body is taken in: the right, and the size."""
    if not team_choices(request):
        raise NotAllowed(Problem("not-allowed", _("You may not import into any team. Ask the lead of yours.")))
    if request.method != "POST":
        return _upload_page(request)
    try:
        upload = receive(request)
    except TooLarge as refusal:
        return render(
            request, "imports/too_large.html", {"problem": refusal.problems[0], "limit_mb": _limit_mb()}, status=413
        )
    except Refused as refusal:
        return _upload_page(request, refusal)
    try:
        return _checked(request, upload)
    finally:
        upload.discard()


@csrf_protect
def _checked(request: PageRequest, upload: Upload) -> HttpResponse:
    try:
        imp = _started(request, upload)
    except NotAllowed:
        raise
    except Refused as refusal:
        return _upload_page(request, refusal)
    return redirect("import", imp.key)


def _started(request: PageRequest, upload: Upload) -> Import:
    if not any(file.name or file.size for file in upload.files) and not upload.pasted.strip():
        raise refuse("no-file", _("Choose a file, or paste a table: there was nothing to read."), "files")
    team: Team = find("team", request.actor, request.POST.get("team") or team_choices(request)[0][0])
    mapping: dict[str, Any] = {}
    if request.POST.get("mapping"):
        mapping = find("mapping", request.actor, request.POST["mapping"]).mapping
    told = [place or file.name for file, place in zip(upload.files, upload.paths, strict=True) if file.name]
    typed = request.POST.get("name", "").strip()
    imp = commands.start_import(
        request.actor,
        name=typed or name_of(told) or _("Pasted table"),
        team=team,
        mapping=mapping,
        repeats=request.POST.get("repeats") or "last",
    )
    upload.move_into(commands.files_folder(imp))
    return runner.read_soon(request.actor, imp)


def _limit_mb() -> int:
    return int(settings.UPLOAD_LIMIT_BYTES // 1024 // 1024)


def _upload_page(request: PageRequest, refusal: Refused | None = None) -> HttpResponse:
    """The form; after a refusal with what was typed, the files have to be chosen again."""
    sent = request.POST if refusal is not None and request.method == "POST" and hasattr(request, "_post") else {}
    context = {
        "team_choices": team_choices(request),
        "team_key": sent.get("team") or request.GET.get("team", ""),
        "rules": words.REPEATS.items(),
        "rule": sent.get("repeats", "last"),
        "mappings": queries.saved_mappings(request.actor),
        "mapping_key": sent.get("mapping") or request.GET.get("mapping", ""),
        "name": sent.get("name", ""),
        "pasted": sent.get("table", ""),
        "problems": refusal.problems if refusal is not None else (),
        "limit_mb": _limit_mb(),
        "limit_bytes": settings.UPLOAD_LIMIT_BYTES,
    }
    return render(request, "imports/new.html", context, status=refusal.status if refusal is not None else 200)


def found(request: PageRequest, key: str, action: str | None = None) -> Import:
    imp: Import = find("import", request.actor, key, action=action)
    return imp


@require_safe
def import_page(request: PageRequest, key: str) -> HttpResponse:
    """Where the import is: being read, previewed, written, or what went wrong."""
    imp = found(request, key)
    at_work = imp.state in AT_WORK
    is_dead = commands.is_dead(imp)
    context = {
        "imp": imp,
        "state_words": words.IMPORT_STATES[imp.state],
        "may_run": can("import", request.actor, "run", imp),
        "is_dead": is_dead,
        "at_work": at_work and not is_dead,
        "percent": round(imp.progress * 100),
        "files": import_files.files_of(imp),
    }
    if imp.summary.get("kind") == "okrs" and imp.state in ("ready", "done", "undone"):
        context |= import_okrs.page(request.actor, imp)
        return render(request, f"imports/{'okrs' if imp.state == 'ready' else 'okrs_result'}.html", context)
    if imp.state == "ready":
        context |= preview(request, imp)
    elif imp.state in ("done", "undone"):
        context |= result(request, imp)
    return render(request, f"imports/{_template(imp.state)}.html", context)


def _template(state: str) -> str:
    return {"ready": "preview", "done": "result", "undone": "result"}.get(state, "waiting")


def preview(request: PageRequest, imp: Import) -> dict[str, Any]:
    summary = imp.summary
    counts = summary["counts"]
    page = queries.drafts(imp, limit=KPIS_SHOWN)
    asked = import_questions.questions(summary)
    found_tables = import_view.tables(summary)
    return {
        "counts": counts,
        "asked": asked,
        "question_count": sum(len(group.questions) for group in asked),
        "open_questions": sum(question.required for group in asked for question in group.questions),
        "tables": found_tables,
        "more_tables": max(0, len(summary["tables"]) - len(found_tables)),
        "nothing": counts["metrics"] == 0 and counts["asked"] == 0,
        "drafts": import_view.drafts(page.rows),
        "draft_count": page.count,
        "problems": list(queries.problems(imp, limit=PROBLEMS_SHOWN)),
        "kinds": [(kind, words.problem_words(kind), count) for kind, count in summary["problem_keys"].items()],
        "notes": summary["notes"][:60],
        "small": runner.is_small(imp),
        "year_start_month": imp.mapping.get("year_start_month"),
        **words.choices(),
    }


def result(request: PageRequest, imp: Import) -> dict[str, Any]:
    """What was written, and where to go on."""
    mine = visible("kpi", request.actor).filter(metric_id__in=imp.created_metric_ids, archived_at=None)
    kpis = mine.select_related("metric").order_by("metric__name")
    fresh = kpis[:KPIS_SHOWN]
    return {
        "result": imp.summary.get("result", {}),
        "counts": imp.summary.get("counts", {}),
        "kpis": fresh,
        "kpi_count": kpis.count(),
        "draft_count": mine.filter(state="draft").count(),
        "complete_url": _complete_url(imp),
        "kinds": [
            (kind, words.problem_words(kind), count) for kind, count in imp.summary.get("problem_keys", {}).items()
        ],
        "may_make_scorecard": allows(request.actor, "scorecard.create", imp.team_id),
    }


def _complete_url(imp: Import) -> str:
    listed = address("kpis")
    return f"{listed}?state=draft&import={imp.key}" if listed else ""


@require_POST
def import_mapping(request: PageRequest, key: str) -> HttpResponse:
    """Correct how the files are read; they are read again at once, as a dry run."""
    imp = found(request, key, "run")
    mapping = decide(imp, request.POST)
    repeats = request.POST.get("repeats") if request.POST["about"] == "rules" else None
    commands.change_mapping(request.actor, imp, mapping, repeats=repeats)
    runner.read_soon(request.actor, imp)
    back = request.POST.get("back", "")
    if back.startswith(reverse("import_kpis", args=[imp.key])):
        return redirect(back)
    return redirect("import", imp.key)


@require_POST
def import_reading(request: PageRequest, key: str) -> HttpResponse:
    """Read again: after a stop, after a failure, or after files were mended."""
    imp = found(request, key, "run")
    if imp.state == "publishing":
        runner.confirm_soon(request.actor, imp)
    else:
        runner.read_soon(request.actor, imp)
    return redirect("import", imp.key)


@require_POST
def import_confirmation(request: PageRequest, key: str) -> HttpResponse:
    """Write it. Who is second, because somebody clicked twice, sees the result of the first."""
    imp = found(request, key, "run")
    if imp.state not in ("done", "publishing"):
        imp = runner.confirm_soon(request.actor, imp)
    if imp.state == "done":
        accepted = imp.summary["result"]["accepted"]
        text = ngettext("Imported %(count)s value.", "Imported %(count)s values.", accepted) % {
            "count": f"{accepted:,}"
        }
        if imp.summary.get("kind") == "okrs":
            text = import_okrs.done_words(imp.summary["result"])
        say(request, text, undo=reverse("import_undoing", args=[imp.key]))
    return redirect("import", imp.key)


@require_POST
def import_undoing(request: PageRequest, key: str) -> HttpResponse:
    """Take the whole import back."""
    imp = found(request, key, "run")
    commands.undo_import(request.actor, imp.key)
    say(request, _("Took “%(name)s” back. What stood before it stands again.") % {"name": imp.name})
    return redirect("import", imp.key)


@require_POST
def import_discarding(request: PageRequest, key: str) -> HttpResponse:
    imp = found(request, key, "run")
    commands.discard_import(request.actor, imp)
    say(request, _("Threw “%(name)s” away. Nothing of it was written.") % {"name": imp.name})
    return redirect("imports")


@require_POST
def import_scorecard(request: PageRequest, key: str) -> HttpResponse:
    """One scorecard of everything this import made."""
    imp = found(request, key, "run")
    mine = visible("kpi", request.actor).filter(metric_id__in=imp.created_metric_ids, archived_at=None)
    kpis = list(mine.filter(metric__part_of=None).order_by("metric_id")[:SCORECARD_MOST])
    if not kpis:
        raise refuse("no-kpis", _("This import made no KPI that is still in use."))
    name = request.POST.get("name", "").strip() or imp.name.rsplit(".", 1)[0]
    card = create_scorecard(request.actor, name=name[:200], team=imp.team, kpis=kpis)
    say(request, _("Made the scorecard “%(name)s”.") % {"name": card.name})
    return redirect(address("scorecard", card.key) or reverse("import", args=[imp.key]))


urlpatterns = [
    path("imports/", imports, name="imports"),
    path("imports/new", import_new, name="import_new"),
    path("imports/mappings", import_files.mappings, name="import_mappings"),
    path("imports/mappings/<str:key>.toml", import_files.mapping_toml, name="saved_mapping_toml"),
    path("imports/mappings/<str:key>/removal", import_files.mapping_removal, name="saved_mapping_removal"),
    path("imports/<str:key>/", import_page, name="import"),
    path("imports/<str:key>/mapping", import_mapping, name="import_mapping"),
    path("imports/<str:key>/mapping.toml", import_files.import_toml, name="import_toml"),
    path("imports/<str:key>/saved-mapping", import_files.mapping_saving, name="import_mapping_saving"),
    path("imports/<str:key>/reading", import_reading, name="import_reading"),
    path("imports/<str:key>/confirmation", import_confirmation, name="import_confirmation"),
    path("imports/<str:key>/undoing", import_undoing, name="import_undoing"),
    path("imports/<str:key>/discarding", import_discarding, name="import_discarding"),
    path("imports/<str:key>/scorecard", import_scorecard, name="import_scorecard"),
    path("imports/<str:key>/kpis", import_files.kpis, name="import_kpis"),
    path("imports/<str:key>/kpis/<int:index>", import_files.kpi, name="import_kpi"),
    path("imports/<str:key>/problems", import_files.problems, name="import_problems"),
    path("imports/<str:key>/problems.csv", import_files.problems_csv, name="import_problems_csv"),
]
