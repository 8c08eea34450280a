"""Home: what needs this person today, then the scorecards of their teams. Empty, it shows the first steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, path, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from sextant.calc.numbers import format_value
from sextant.core.actors import Actor
from sextant.exchange.queries import imports
from sextant.kpis import sentences
from sextant.kpis.queries import lists
from sextant.kpis.queries.standing import Standing
from sextant.okrs.queries.check_ins import due_check_ins
from sextant.okrs.queries.cycles import objectives_to_close
from sextant.people import queries as people
from sextant.people.roles import allows
from sextant.surveys.queries.asking import waiting_for
from sextant.web import alert_waiting, lifecycle_waiting, objective_parts, okr_words, scorecard_tiles
from sextant.web.check_in_form import due_words, page_of
from sextant.web.requests import PageRequest

SHOWN = 6
MOST_TILES = 9
UNFINISHED = ("uploaded", "reading", "ready", "failed")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that waits, and where to deal with it."""

    name: str
    url: str
    status: str
    said: str
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A kind of thing that waits: how many, the first of them, and where all of them are."""

    title: str
    why: str
    mark: str
    count: int
    items: list[Item]
    url: str
    action: str


@dataclass(frozen=True, slots=True)
class Step:
    """One of the first steps of a new installation."""

    title: str
    why: str
    url: str
    action: str
    mark: str


@require_safe
def home(request: PageRequest) -> HttpResponse:
    actor = request.actor
    if lists.is_empty(actor):
        return render(request, "home/first_steps.html", {"steps": first_steps(actor)})
    mine = lists.my_kpis(actor)
    waiting = [one for one in what_waits(actor, mine) if one.count]
    own = objective_parts.my_objectives(actor)
    context = {
        "waiting": waiting,
        "owned": len(mine.standings),
        "well": sum(each.status == "on_target" for each in mine.standings),
        "tiles": my_tiles(actor),
        "topics": " ".join(["alerts", *(f"metric:{each.kpi.metric.key}" for each in mine.standings[:100]), own.topics]),
        "objectives": own,
        "today": people.today(),
    }
    return render(request, "home/home.html", context)


def what_waits(actor: Actor, mine: lists.MyKpis) -> list[Waiting]:
    """In the order of urgency."""
    base = f"{reverse('kpis')}?owner={actor.key}"
    stale = [each for each in mine.stale if each.kpi.key not in {entry.kpi_key for entry in mine.due}]
    return [
        Waiting(
            _("Off target"), _("Your KPIs past their red flag, or missing a target without one."), "off_target",
            len(mine.off_target), [_off_target(each) for each in mine.off_target[:SHOWN]],
            f"{base}&status=off_target", _("Show all"),
        ),
        Waiting(
            _("Values to enter"), _("Periods that ended and wait for your figure."), "due", len(mine.due),
            [_due(entry) for entry in mine.due[:SHOWN]], reverse("values"), _("Enter values"),
        ),
        _decisions(actor),
        _alerts(actor),
        _check_ins(actor),
        _questions(actor),
        _answers(actor),
        _to_close(actor),
        Waiting(
            _("Silent sources"), _("Nobody enters these by hand, and nothing has come."), "stale", len(stale),
            [_stale(each) for each in stale[:SHOWN]], f"{reverse('kpis')}?report=stale&owner={actor.key}",
            _("Show all"),
        ),
        _drafts(actor),
        _reviews(actor),
        _imports(actor),
        Waiting(
            _("Worth a look"), _("Between target and red flag."), "watch", len(mine.watch),
            [_off_target(each) for each in mine.watch[:SHOWN]], f"{base}&status=watch", _("Show all"),
        ),
    ]  # fmt: skip


def _alerts(actor: Actor) -> Waiting:
    """Alerts of mine that ask for an answer, or that nobody took note of."""
    found = alert_waiting.mine(actor, SHOWN)
    items = [
        Item(row.line.name, row.url, row.mark, row.line.sentence,
             row.response.due if row.response and not row.response.is_answered else "")
        for row in found.rows
    ]  # fmt: skip
    return Waiting(
        _("Alerts"), _("What deviates among what is yours: to be answered, or to be taken note of."), "alert",
        found.total, items, f"{reverse('alerts')}?scope=mine", _("Look at them"),
    )  # fmt: skip


def _decisions(actor: Actor) -> Waiting:
    """Promotions past their last day that wait for this person's word."""
    found = lifecycle_waiting.overdue(actor)
    items = [Item(one.kpi.metric.name, one.url, "off_target", one.words) for one in found[:SHOWN]]
    return Waiting(
        _("To decide"), _("Their time is over and they are not back on target. Extend, plan anew, accept or end."),
        "off_target", len(found), items, f"{reverse('lifecycle')}?scope=mine", _("Show all"),
    )  # fmt: skip


def _answers(actor: Actor) -> Waiting:
    """KPIs that were restored, and nobody said what helped."""
    found = lifecycle_waiting.unanswered(actor)
    items = [Item(one.kpi.metric.name, one.url, "on_target", one.words) for one in found[:SHOWN]]
    return Waiting(
        _("What changed it?"), _("Restored by your work. Others will want to know what helped."), "answer", len(found),
        items, f"{reverse('lifecycle')}?scope=mine#watched", _("Show all"),
    )  # fmt: skip


def _check_ins(actor: Actor) -> Waiting:
    """Key results to check in on; KPIs that wait for a figure stand beside them."""
    items = [one for one in due_check_ins(actor) if one.kind == "key_result"]
    shown = [
        Item(one.name, page_of(one.subject), okr_words.SHAPES.get(one.computed, "no_data"),
             due_words(one.owed.due_on, people.today()) if one.owed else "")
        for one in items[:SHOWN]
    ]  # fmt: skip
    return Waiting(
        _("Check-ins"), _("Key results that wait for your word."), "check_in", len(items), shown, reverse("check_in"),
        _("Check in"),
    )  # fmt: skip


def _questions(actor: Actor) -> Waiting:
    """Surveys of my teams that I have not answered in the running period."""
    found = waiting_for(actor)
    items = [
        Item(one.question, reverse("survey_answer", args=[one.key]), "no_data", one.name) for one in found[:SHOWN]
    ]  # fmt: skip
    return Waiting(
        _("Questions for you"), _("One click each, counted without your name."), "survey", len(found), items,
        reverse("surveys"), _("All surveys"),
    )  # fmt: skip


def _to_close(actor: Actor) -> Waiting:
    """Objectives whose cycle is over."""
    found = objectives_to_close(actor, people.today())
    items = [
        Item(
            one.title, reverse("objective_closure", args=[one.key]), "no_data",
            _("%(cycle)s ended %(day)s") % {"cycle": one.cycle.name, "day": date_format(one.cycle.ends_on, "j M Y")},
        )
        for one in found[:SHOWN]
        if one.cycle is not None
    ]  # fmt: skip
    return Waiting(
        _("To close"), _("Their time is over. Close each, or carry it over; nothing goes on by itself."), "closing",
        found.count(), items, f"{reverse('cycles')}#ended", _("Show all"),
    )  # fmt: skip


def _off_target(each: Standing) -> Item:
    metric = each.kpi.metric
    action = each.action.text if each.action else _("No action yet")
    return Item(
        metric.name, reverse("kpi", args=[each.kpi.key]), each.status,
        " · ".join(part for part in (format_value(each.value, metric.unit, metric.precision),
                                     sentences.against_target(each)) if part), action,
    )  # fmt: skip


def _due(entry: lists.DueEntry) -> Item:
    said = entry.period_words
    if entry.missing > 1:
        words = ngettext("%(count)s period missing", "%(count)s periods missing", entry.missing)
        said += " · " + words % {"count": entry.missing}
    beside = (
        _("last: %(value)s") % {"value": format_value(entry.last, entry.unit, entry.precision)}
        if entry.last is not None
        else ""
    )
    return Item(
        entry.name, reverse("kpi", args=[entry.kpi_key]), "stale" if entry.is_overdue else "no_data", said, beside
    )


def _stale(each: Standing) -> Item:
    return Item(each.kpi.metric.name, reverse("kpi", args=[each.kpi.key]), "stale", sentences.fresh_words(each))


def _drafts(actor: Actor) -> Waiting:
    found = lists.drafts_to_complete(actor)
    first = list(found[:SHOWN])
    missing = lists.missing_many(first)
    items = []
    for kpi in first:
        lacks = ", ".join(str(sentences.MISSING.get(problem.key, problem.message)) for problem in missing[kpi.id])
        said = _("Missing: %(what)s") % {"what": lacks} if lacks else _("Ready to be activated")
        items.append(Item(kpi.metric.name, reverse("kpi", args=[kpi.key]), "no_target", said))
    return Waiting(
        _("Drafts to complete"), _("Imported or begun, not yet watched."), "draft", found.count(), items,
        f"{reverse('kpis')}?state=draft", _("Complete them"),
    )  # fmt: skip


def _reviews(actor: Actor) -> Waiting:
    found = lists.reviews_due(actor)
    items = [
        Item(
            kpi.metric.name,
            reverse("kpi", args=[kpi.key]),
            "no_target",
            _("review was due %(day)s") % {"day": date_format(kpi.review_on, "j M Y")},
        )
        for kpi in found.order_by("review_on")[:SHOWN]
        if kpi.review_on
    ]
    return Waiting(
        _("Reviews due"), _("Is it still the right KPI, with the right target?"), "review", found.count(), items,
        f"{reverse('kpis')}?report=review-overdue", _("Show all"),
    )  # fmt: skip


def _imports(actor: Actor) -> Waiting:
    found = imports(actor).filter(state__in=UNFINISHED)
    if actor.person_id is not None:
        found = found.filter(owner_id=actor.person_id)
    states = {
        "ready": _("read, waits for your confirmation"), "failed": _("could not be read"),
        "uploaded": _("waits to be read"), "reading": _("is being read"),
    }  # fmt: skip
    items = [Item(imp.name, _page("import", imp.key), "no_data", states[imp.state]) for imp in found[:SHOWN]]
    return Waiting(
        _("Imports to finish"), _("Nothing of them is in the KPIs yet."), "import", found.count(), items,
        _page("imports"), _("Go on"),
    )  # fmt: skip


def my_tiles(actor: Actor) -> list[scorecard_tiles.Tile]:
    """The scorecards of the teams the person belongs to; those of the whole organisation when there are none."""
    tree = people.team_tree()
    own: Sequence[int] = [node.pk for node in tree.at_work() if node.pk in actor.roles]
    found = scorecard_tiles.of_teams(actor, own, MOST_TILES) if own else []
    return found or scorecard_tiles.of_teams(actor, [node.pk for node in tree.at_work()], MOST_TILES)


def first_steps(actor: Actor) -> list[Step]:
    """What to do first, leaving out what this installation or this person cannot do."""
    nodes = people.team_tree().at_work()
    may_add = any(allows(actor, "kpi.create", node.pk) for node in nodes)
    may_import = any(allows(actor, "import.run", node.pk) for node in nodes)
    offered = [
        (may_import, _("Bring your spreadsheet"),
         _("Drop a file in. You see what was understood before anything is stored, and can take it back."),
         _page("import_new") or _page("imports"), _("Import a file"), "import"),
        (may_add, _("Begin with proven KPIs"),
         _("Over sixty with sentence, formula, unit and direction, by function. One click installs one."),
         _page("library"), _("Open the library"), "library"),
        (may_add, _("Write one down"),
         _("A name, how it is measured, who owns it, and a target. Values follow by hand or by import."),
         _page("kpi_new"), _("Add a KPI"), "plus"),
    ]  # fmt: skip
    return [Step(title, why, url, action, mark) for may, title, why, url, action, mark in offered if may and url]


def _page(name: str, *args: str) -> str:
    """The address of a page, empty where this installation has none."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


urlpatterns = [path("", home, name="home")]
