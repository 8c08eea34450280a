"""Entering values where they are seen: one in a cell, a pasted block after a look at it, or all that are due."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from sextant.calc.numbers import format_value, guess_number_format, read_number
from sextant.calc.periods import PeriodError, parse_period, spoken
from sextant.core.access import find
from sextant.core.errors import refuse
from sextant.exchange.commands import undo_import
from sextant.kpis.models import Scorecard
from sextant.kpis.queries.lists import DueEntry, due_entries
from sextant.metrics.commands import RawPoint, Recorded, Rejection, record
from sextant.metrics.commands.recording import calendar_of
from sextant.metrics.models import Measurement, Metric
from sextant.metrics.queries.recordable import recordable
from sextant.people.queries import calendar as organisation_calendar
from sextant.web.pasted import Pasted, read_pasted
from sextant.web.requests import PageRequest, say
from sextant.web.templatetags.sextant import safe_back

MOST_CELLS = 5_000


@dataclass(frozen=True, slots=True)
class Sent:
    """One cell as typed or pasted."""

    metric: str
    period: str
    value: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What would become of a cell: `verdict` is new, change, same or refused; `why` says what is wrong with it."""

    sent: Sent
    name: str
    period: str
    said: str
    before: str
    verdict: str
    why: str = ""


def sent_points(request: PageRequest) -> list[Sent]:
    """The cells of a JSON request. Raises Refused when it cannot be read."""
    try:
        given = json.loads(request.body)["points"]
        points = [Sent(str(p["metric"]), str(p["period"]), str(p["value"]).strip()) for p in given]
    except (ValueError, KeyError, TypeError):
        raise refuse("unreadable-values", _("The values could not be read; nothing was saved.")) from None
    if len(points) > MOST_CELLS:
        raise refuse(
            "too-many-values", _("Paste at most %(most)s values at once, or import a file.") % {"most": MOST_CELLS}
        )
    return points


def record_sent(request: PageRequest, points: Sequence[Sent], source: str) -> Recorded:
    """Record what was typed; the decimal mark is told from all of it together."""
    fmt = guess_number_format([point.value for point in points])
    raw = []
    for point in points:
        reading = read_number(point.value, fmt)
        value = reading.value if reading.kind == "number" else point.value
        raw.append(RawPoint(point.metric, point.period, value, qualifier=reading.qualifier))
    return record(request.actor, raw, kind="form", source=source)


@require_POST
def cells(request: PageRequest) -> JsonResponse:
    """Values of cells: `{"points": [{metric, period, value}]}`; answers what was rejected, and how to take it back."""
    done = record_sent(request, sent_points(request), _("Entered in a scorecard"))
    answer: dict[str, Any] = {
        "accepted": done.accepted,
        "unchanged": done.unchanged,
        "rejected": [{"index": one.index, "key": one.key, "message": one.message} for one in done.rejected],
    }
    if done.accepted:
        answer["undo"] = reverse("values_undo", args=[done.batch])
        answer["said"] = kept_words(done)
    return JsonResponse(answer)


def kept_words(done: Recorded) -> str:
    """ "3 values saved." """
    words = ngettext("%(count)s value saved.", "%(count)s values saved.", done.accepted)
    return words % {"count": done.accepted}


@require_POST
def preview(request: PageRequest) -> HttpResponse:
    """What would become of pasted cells, before anything is saved."""
    looked = look_at(request, sent_points(request))
    return render(request, "values/_preview.html", preview_words(looked))


def preview_words(looked: Sequence[Looked]) -> dict[str, object]:
    good = [one for one in looked if one.verdict in ("new", "change")]
    return {
        "looked": looked,
        "good": len(good),
        "same": sum(one.verdict == "same" for one in looked),
        "refused": sum(one.verdict == "refused" for one in looked),
        "points": [{"metric": one.sent.metric, "period": one.sent.period, "value": one.sent.value} for one in good],
    }


def look_at(request: PageRequest, points: Sequence[Sent]) -> list[Looked]:
    """Read every cell as recording would, and compare it with what stands."""
    metrics, refusals = recordable(request.actor, {point.metric for point in points})
    fmt = guess_number_format([point.value for point in points])
    standing = _standing(metrics, points)
    return [_look(point, metrics.get(point.metric), refusals, fmt, standing) for point in points]


def _standing(metrics: Mapping[str, Metric], points: Sequence[Sent]) -> dict[tuple[int, int], float | None]:
    """What stands for the metrics from the earliest period named on, by metric id and start hour."""
    starts = []
    for text in {point.period for point in points}:
        try:
            starts.append(parse_period(text).start)
        except PeriodError:
            continue
    # A fiscal year of the same name may begin up to a year before or after a plain one.
    earliest = min(starts, default=0) - 24 * 400
    rows = Measurement.objects.filter(metric__in=metrics.values(), superseded_at=None, start__gte=earliest)
    return {(m, start): value for m, start, value in rows.values_list("metric_id", "start", "value")}


def _look(point: Sent, metric: Metric | None, refusals: Mapping[str, str], fmt: Any, standing: Any) -> Looked:
    name = metric.name if metric else point.metric
    if metric is None:
        why = refusals.get(point.metric, _("There is no such KPI here, or it is not visible to you."))
        return Looked(point, name, point.period, point.value, "", "refused", why)
    calendar = calendar_of(metric, organisation_calendar())
    try:
        period = parse_period(point.period, calendar=calendar)
    except PeriodError as error:
        return Looked(point, name, point.period, point.value, "", "refused", str(error))
    words = spoken(period, calendar)
    key = (metric.id, period.start)
    before = standing.get(key)
    was = format_value(before, metric.unit, metric.precision) if key in standing else ""
    reading = read_number(point.value, fmt)
    if reading.kind in ("error", "text", "empty"):
        why = _("This is not a number. It is left out; nothing is guessed.")
        return Looked(point, name, words, point.value, was, "refused", why)
    if reading.kind != "number":
        said = reading.qualifier or _("not applicable")
        return Looked(point, name, words, said, was, "change" if key in standing else "new")
    said = f"{reading.qualifier}{format_value(reading.value, metric.unit, metric.precision)}"
    verdict = "new" if key not in standing else "same" if before == reading.value else "change"
    return Looked(point, name, words, said, was, verdict)


@require_POST
def undo(request: PageRequest, batch: str) -> HttpResponse:
    """Take values back that were just entered; what stood before stands again."""
    undo_import(request.actor, batch)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    say(request, _("Taken back. What stood before stands again."))
    return redirect(safe_back(request.headers.get("Referer")))


@require_http_methods(["GET", "POST"])
def values(request: PageRequest) -> HttpResponseBase:
    """What is waiting for a value from this person, one field each; and a place to paste a list."""
    card = _card_asked_for(request)
    entries = due_entries(request.actor, scorecard=card)
    if request.method == "POST" and "pasted" in request.POST:
        return _pasted(request, card, entries)
    if request.method == "POST":
        return _entered(request, card, entries)
    return _entry_page(request, card, entries, {}, {})


def _card_asked_for(request: PageRequest) -> Scorecard | None:
    key = request.GET.get("card", "")
    found: Scorecard | None = find("scorecard", request.actor, key) if key else None
    return found


def _entered(request: PageRequest, card: Scorecard | None, entries: Sequence[DueEntry]) -> HttpResponseBase:
    """Save what was filled in; what is refused stays in its field with the reason."""
    points = [
        Sent(entry.metric_key, entry.period, text)
        for entry in entries
        if (text := request.POST.get(f"value-{entry.metric_key}", "").strip())
    ]
    if not points:
        return _entry_page(request, card, entries, {}, {}, _("Nothing was filled in, so nothing was saved."))
    done = record_sent(request, points, _("Entered by hand"))
    wrong = {points[one.index].metric: one for one in done.rejected}
    if done.accepted or done.unchanged:
        undo_url = reverse("values_undo", args=[done.batch]) if done.accepted else ""
        say(request, kept_words(done), undo=undo_url)
    if not wrong:
        return redirect(request.get_full_path())
    typed = {point.metric: point.value for point in points if point.metric in wrong}
    left = [entry for entry in entries if entry.metric_key not in {p.metric for p in points} - set(wrong)]
    return _entry_page(request, card, left, typed, wrong)


def _pasted(request: PageRequest, card: Scorecard | None, entries: Sequence[DueEntry]) -> HttpResponseBase:
    """Show what a pasted list means; save it when that was confirmed."""
    pasted: Pasted = read_pasted(request.actor, request.POST["pasted"], entries)
    points = [Sent(cell.metric, cell.period, cell.value) for cell in pasted.cells[:MOST_CELLS]]
    if "confirm" not in request.POST:
        looked = look_at(request, points)
        context = preview_words(looked) | {"pasted": request.POST["pasted"], "card": card, "unread": pasted.unread}
        return render(request, "values/paste.html", context)
    good = [one.sent for one in look_at(request, points) if one.verdict in ("new", "change")]
    if good:
        done = record_sent(request, good, _("Pasted"))
        say(request, kept_words(done), undo=reverse("values_undo", args=[done.batch]))
    return redirect(reverse("scorecard", args=[card.key]) if card else reverse("values"))


def _entry_page(
    request: PageRequest, card: Scorecard | None, entries: Sequence[DueEntry], typed: Mapping[str, str],
    wrong: Mapping[str, Rejection], problem: str = "",
) -> HttpResponse:  # fmt: skip
    fields = [
        {
            "entry": entry,
            "last": "" if entry.last is None else format_value(entry.last, entry.unit, entry.precision),
            "typed": typed.get(entry.metric_key, ""),
            "error": wrong[entry.metric_key].message if entry.metric_key in wrong else "",
        }
        for entry in entries
    ]
    context = {"fields": fields, "card": card, "problem": problem}
    return render(request, "values/values.html", context, status=422 if wrong or problem else 200)


urlpatterns = [
    path("values/", values, name="values"),
    path("values/cells", cells, name="values_cells"),
    path("values/preview", preview, name="values_preview"),
    path("values/<str:batch>/undo", undo, name="values_undo"),
]
