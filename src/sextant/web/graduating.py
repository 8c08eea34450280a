"""A key result whose number is watched as a KPI from then on: offered when its objective is closed, or on its page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from sextant.calc.promotion import AT_WORK
from sextant.calc.targets import TargetValues
from sextant.core import access
from sextant.core.access import find
from sextant.core.actors import Actor
from sextant.core.errors import Problem, Refused
from sextant.lifecycle.commands.graduating import graduate
from sextant.lifecycle.living import lives_of
from sextant.lifecycle.models import Graduation
from sextant.lifecycle.queries.entries import aim_words
from sextant.lifecycle.queries.graduations import GraduationOffer, offer
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.okrs.models import KeyResult, Objective
from sextant.web.context import refuse_past
from sextant.web.form_fields import person_choices
from sextant.web.lifecycle_forms import GraduateForm, person
from sextant.web.lifecycle_words import undo_url
from sextant.web.requests import PageRequest, carry_out, say, status_of

CHOSEN = "graduate:"
ASKED: Mapping[str, object] = {
    "reason": gettext_lazy("What is it watched for?"), "how_measured": gettext_lazy("How is it measured?"),
    "owner": gettext_lazy("Who owns it?"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ask:
    """Something the KPI would lack, to be said in the same step; `choices` are those of a select."""

    name: str
    label: str
    value: str
    choices: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer in the closing dialogue, with what was typed so far."""

    name: str
    evidence: str
    is_kpi: bool
    is_chosen: bool
    asks: Sequence[Ask]


@dataclass(frozen=True, slots=True)
class GraduateView:
    """The page that watches one key result."""

    name: str
    title: str
    url: str
    objective: str
    objective_url: str
    evidence: str
    may: bool
    why_not: str
    is_done: bool
    carries: Sequence[str]
    carried: Sequence[str]
    kpi_url: str


def offers_of(
    actor: Actor, key_results: Iterable[KeyResult], point: Standpoint, posted: Mapping[str, Any]
) -> dict[str, Offered]:
    """What closing offers, by the key of the key result; one whose number the actor may not see offers nothing."""
    measured = [one for one in key_results if one.metric_id is not None]
    ids = [one.metric_id for one in measured]
    seen = set(access.visible("metric", actor).filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()
    found = [offer(one, point) for one in measured if one.metric_id in seen]
    return {one.key_result.key: _offered(one, posted) for one in found if one.is_offered}


def _offered(one: GraduationOffer, posted: Mapping[str, Any]) -> Offered:
    name = f"{CHOSEN}{one.key_result.key}"
    asks = [
        Ask(f"{name}:{need}", str(ASKED[need]), posted.get(f"{name}:{need}", ""),
            [(key, str(name)) for key, name in person_choices()] if need == "owner" else ())
        for need in one.needs
    ]  # fmt: skip
    return Offered(name, one.sentence, one.kpi is not None, name in posted, asks if one.kpi is None else ())


def graduate_chosen(actor: Actor, key_results: Iterable[KeyResult], posted: Mapping[str, Any]) -> list[Graduation]:
    """Watch those chosen in the closing dialogue; what is refused names its key result."""
    made = []
    for one in key_results:
        name = f"{CHOSEN}{one.key}"
        if name not in posted:
            continue
        try:
            made.append(graduate(
                actor, one, reason=posted.get(f"{name}:reason", ""), owner=person(posted.get(f"{name}:owner")),
                how_measured=posted.get(f"{name}:how_measured", ""),
            ))  # fmt: skip
        except Refused as refusal:
            if refusal.status != 422:
                raise
            raise Refused(*(Problem(each.key, f"{one.title}: {each.message}", f"items:{one.key}")
                            for each in refusal.problems)) from None  # fmt: skip
    return made


@dataclass(frozen=True, slots=True)
class Carried:
    """A key result that is watched as a KPI, and what was carried over."""

    name: str
    url: str
    words: Sequence[str]


def graduated_from(actor: Actor, objective: Objective, point: Standpoint) -> list[Carried]:
    """What of an objective is watched as a KPI, among what the actor may see."""
    found = Graduation.objects.filter(key_result__objective=objective, undone_at=None)
    if point.known_at is not None:
        found = found.filter(known_at__lte=point.known_at)
    seen = found.filter(kpi__in=access.visible("kpi", actor).values("pk")).select_related("kpi__metric", "target")
    return [Carried(one.kpi.metric.name, reverse("kpi", args=[one.kpi.key]), carried_words(one)) for one in seen]


class WatchForm(GraduateForm):
    """What is still asked for a new KPI: only what the key result does not bring along."""

    def __init__(self, *args: Any, found: GraduationOffer, **options: Any) -> None:
        super().__init__(*args, **options)
        target = self.fields["target"]
        if found.kpi is not None:
            target.help_text = _("Empty: the KPI keeps the target it has.")
            self.fields = {"target": target}
            return
        target.help_text = _("Empty: that of the key result.")
        if "how_measured" in found.needs:
            self.fields["how_measured"] = forms.CharField(label=ASKED["how_measured"], max_length=2000)  # type: ignore[arg-type]
        if "owner" in found.needs:
            choices = [("", _("Choose")), *person_choices()]
            self.fields["owner"] = forms.ChoiceField(label=ASKED["owner"], choices=choices)  # type: ignore[arg-type]
        self.fields["reason"].required = "reason" in found.needs


@require_http_methods(["GET", "POST"])
def graduation(request: PageRequest, key: str) -> HttpResponseBase:
    """The evidence and what is asked; POST watches it. Of one that is watched, what was carried over."""
    actor = request.actor
    key_result: KeyResult = find("key_result", actor, key)
    if key_result.metric_id is None or not access.visible("metric", actor).filter(pk=key_result.metric_id).exists():
        raise Refused(Problem("no-metric", _("It is not measured by a metric, so there is nothing to watch.")))
    found = offer(key_result, standpoint())
    form = WatchForm(found=found)
    if request.method == "POST":
        refuse_past(request)
        form = WatchForm(request.POST, found=found)
        if form.is_valid():
            given = dict(form.cleaned_data) | {"owner": person(form.cleaned_data.get("owner"))}
            made = carry_out(form, lambda: graduate(actor, key_result, **given))
            if made is not None:
                words = {"name": made.kpi.metric.name}
                say(request, _("%(name)s is watched as a KPI from now on.") % words,
                    undo=undo_url(made.transitions.latest("pk")))  # fmt: skip
                return redirect("key_result_graduation", key)
    return _page(request, key_result, found, form)


def _page(request: PageRequest, key_result: KeyResult, found: GraduationOffer, form: forms.Form) -> HttpResponse:
    actor, metric = request.actor, key_result.metric
    assert metric is not None
    done = found.graduation
    is_at_work = found.kpi is not None and lives_of([found.kpi.pk])[found.kpi.pk].state in AT_WORK
    may = access.can("key_result", actor, "close", key_result) and done is None and not is_at_work
    view = GraduateView(
        name=metric.name,
        title=key_result.title,
        url=reverse("key_result", args=[key_result.key]),
        objective=key_result.objective.title,
        objective_url=reverse("objective", args=[key_result.objective.key]),
        evidence=found.sentence,
        may=may,
        why_not=_("It is worked on as a promoted KPI, and is watched again by itself once it is restored.")
        if is_at_work
        else _("Whoever may close the key result and add KPIs to the team decides about it."),
        is_done=done is not None,
        carries=_carries(found),
        carried=carried_words(done) if done is not None else (),
        kpi_url=reverse("kpi", args=[done.kpi.key]) if done is not None else "",
    )
    return render(request, "lifecycle/graduate.html", {"view": view, "form": form}, status=status_of(form))


def _carries(found: GraduationOffer) -> list[str]:
    """What goes on: the series as it is, and by what it is judged."""
    words = [_("Its values stay where they are: nothing is copied, and nothing is entered twice.")]
    if found.kpi is not None:
        return [*words, _("It is a KPI already. It is watched closely for two cycles, and going off target is named "
                          "a relapse.")]  # fmt: skip
    owner = found.key_result.owner or found.key_result.objective.owner
    if owner is not None:
        words.append(_("%(name)s goes on to own it.") % {"name": owner.name})
    if found.aim is not None and found.key_result.metric is not None:
        shown = found.aim.target if found.aim.target is not None else found.aim.low
        if shown is not None:
            words.append(_("The target of the key result is its target, unless you give another one."))
    return [*words, _("It is watched closely for two cycles: going off target is named a relapse.")]


def carried_words(done: Graduation) -> list[str]:
    """What was carried over to the KPI."""
    kpi, target = done.kpi, done.target
    words = [_("%(name)s is watched, on the series it has always had.") % {"name": kpi.metric.name}]
    if kpi.metric.owner is not None:
        words.append(_("%(name)s owns it.") % {"name": kpi.metric.owner.name})
    if target is not None:
        words.append(
            _("Its target: %(aim)s.")
            % {"aim": aim_words(kpi, TargetValues(target=target.target, low=target.low, high=target.high))}
        )
    return [*words, _("Until the end of its watch, going off target is named a relapse.")]


urlpatterns = [path("key-results/<str:key>/graduation", graduation, name="key_result_graduation")]
