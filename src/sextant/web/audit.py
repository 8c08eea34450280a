"""The audit log: everything that happened, in sentences, to whoever may see the thing it happened to."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.core.events import registered, sentence
from sextant.core.models import Event
from sextant.people import queries
from sextant.web.requests import PageRequest, whole

PER_PAGE = 50
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)
# A spreadsheet would run a cell that begins with one of these as a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class EventRow:
    at: datetime
    who: str
    who_url: str
    words: str
    about: str
    about_url: str
    name: str


class FilterForm(forms.Form):
    who = forms.CharField(label=gettext_lazy("Who"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Kind of thing"), required=False)
    name = forms.ChoiceField(label=gettext_lazy("What happened"), required=False)
    thing = forms.CharField(label=gettext_lazy("Name or key of the thing"), required=False)
    since = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        names = sorted(registered())
        kinds = sorted({name.partition(".")[0] for name in names})
        self.fields["kind"].choices = [("", _("All")), *((k, k.replace("_", " ")) for k in kinds)]  # type: ignore[attr-defined]
        said = [(name, name.replace(".", ": ").replace("_", " ")) for name in names]
        self.fields["name"].choices = [("", _("All")), *said]  # type: ignore[attr-defined]


@require_safe
def audit(request: PageRequest) -> HttpResponse:
    """Newest first, 50 at a time."""
    form = FilterForm(request.GET)
    events = filtered(request.actor, form)
    before = whole(request.GET.get("before", ""))
    if before is not None:
        events = events.filter(pk__lt=before)
    found = list(events[: PER_PAGE + 1])
    older = ""
    if len(found) > PER_PAGE:
        found = found[:PER_PAGE]
        older = _address(request, before=str(found[-1].pk))
    context = {
        "form": form,
        "rows": [event_row(event) for event in found],
        "next_url": older,
        "newest_url": _address(request, before="") if before else "",
        "csv_url": f"{reverse('audit_csv')}{_address(request, before='')}",
        "zone": queries.organisation().time_zone,
    }
    return render(request, "audit/audit.html", context)


def _address(request: PageRequest, *, before: str) -> str:
    parameters = request.GET.copy()
    parameters.pop("before", None)
    if before:
        parameters["before"] = before
    return f"?{parameters.urlencode()}"


def filtered(actor: Actor, form: FilterForm) -> QuerySet[Event]:
    """The events the actor may see and asked for. A filter that cannot be understood is left out and says so."""
    events: QuerySet[Event] = visible("event", actor).order_by("-pk")
    form.is_valid()
    asked = form.cleaned_data
    if asked.get("who"):
        events = events.filter(actor_label__icontains=asked["who"]) | events.filter(actor_key=asked["who"])
    if asked.get("kind"):
        events = events.filter(name__startswith=f"{asked['kind']}.")
    if asked.get("name"):
        events = events.filter(name=asked["name"])
    if asked.get("thing"):
        thing = asked["thing"]
        events = events.filter(subject_label__icontains=thing) | events.filter(subject_key=thing)
    if asked.get("since"):
        events = events.filter(at__gte=_midnight(asked["since"]))
    if asked.get("until"):
        events = events.filter(at__lt=_midnight(min(asked["until"], LAST_DAY) + timedelta(days=1)))
    return events


def _midnight(day: date) -> datetime:
    near = min(max(day, FIRST_DAY), LAST_DAY)  # at the ends of the calendar a time zone leads out of it
    return datetime.combine(near, time.min, ZoneInfo(queries.organisation().time_zone))


def event_row(event: Event) -> EventRow:
    zone = ZoneInfo(queries.organisation().time_zone)
    return EventRow(
        event.at.astimezone(zone),
        event.actor_label,
        page_of("person", event.actor_key) if event.actor_kind == "person" else "",
        sentence(event),
        event.subject_label or event.subject_key,
        page_of(event.subject_kind, event.subject_key),
        event.name,
    )


def page_of(kind: str, key: str) -> str:
    """The page of a thing, by the convention that its address is named like its kind; else nothing."""
    if not key:
        return ""
    for arguments in ([key], []):
        try:
            return reverse(kind, args=arguments)
        except NoReverseMatch:
            continue
    return ""


class _Echo:
    """A file for the csv writer that gives each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


@require_safe
def audit_csv(request: PageRequest) -> HttpResponseBase:
    """The same events as a file, streamed; times in UTC."""
    events = filtered(request.actor, FilterForm(request.GET))
    response = StreamingHttpResponse(_lines(events), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="audit-{queries.today()}.csv"'
    return response


def _lines(events: QuerySet[Event]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(["at", "actor_kind", "actor", "name", "subject_kind", "subject_key", "subject", "sentence"])
    for event in events.iterator(chunk_size=500):
        cells = [
            event.at.isoformat(), event.actor_kind, event.actor_label, event.name, event.subject_kind,
            event.subject_key, event.subject_label, sentence(event),
        ]  # fmt: skip
        yield writer.writerow([harmless(cell) for cell in cells])


def harmless(cell: str) -> str:
    """A text no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


urlpatterns = [
    path("audit", audit, name="audit"),
    path("audit.csv", audit_csv, name="audit_csv"),
]
