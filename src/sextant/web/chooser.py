"""KPI, key result or initiative? A sentence is put where it belongs, with the reason and the form that fits."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from sextant.calc.chooser import choose
from sextant.core.access import can, visible
from sextant.core.actors import Actor
from sextant.core.errors import refuse
from sextant.okrs.models import Objective
from sextant.okrs.wording_sentences import KINDS, choice_sentence
from sextant.web.kpi_words import address
from sextant.web.requests import PageRequest

LONGEST = 500
MOST_OBJECTIVES = 60
SURE = 0.6
# What each of them is, for those who never saw the words.
MEANINGS = {
    "kpi": gettext_lazy("A KPI is watched: it says where you stand, has no end and no progress."),
    "key_result": gettext_lazy("A key result is reached: a number moves from a baseline to a target by a day."),
    "initiative": gettext_lazy("An initiative is done: it is work meant to move a key result, and never progress."),
    "objective": gettext_lazy("An objective is aimed at: it says what becomes better, without a number."),
}


@dataclass(frozen=True, slots=True)
class Answer:
    kind: str
    word: str
    meaning: str
    reason: str
    evidence: str
    is_sure: bool


@require_safe
def chooser(request: PageRequest) -> HttpResponse:
    """The question, and with `?text=` the answer."""
    text = request.GET.get("text", "").strip()[:LONGEST]
    answer = None
    if text:
        found = choose(text)
        answer = Answer(
            found.kind, str(KINDS[found.kind]), str(MEANINGS[found.kind]), choice_sentence(found),
            ", ".join(found.evidence), found.confidence >= SURE,
        )  # fmt: skip
    others = [(kind, str(word)) for kind, word in KINDS.items() if answer is None or kind != answer.kind]
    context = {
        "text": text, "answer": answer, "others": others, "objectives": open_objectives(request.actor),
        "meanings": [(str(KINDS[kind]), str(words)) for kind, words in MEANINGS.items()],
    }  # fmt: skip
    return render(request, "objectives/chooser.html", context)


def open_objectives(actor: Actor) -> list[Objective]:
    """Where the actor may put work or key results."""
    found = visible("objective", actor).filter(archived_at=None).exclude(state="closed").order_by("title")
    return [one for one in found[: MOST_OBJECTIVES * 4] if can("objective", actor, "work", one)][:MOST_OBJECTIVES]


@require_safe
def start(request: PageRequest) -> HttpResponse:
    """The form that fits: `?kind=`, `?text=` and, for a key result or an initiative, `?objective=`."""
    kind, text = request.GET.get("kind", ""), request.GET.get("text", "").strip()[:LONGEST]
    key = request.GET.get("objective", "")
    if kind == "kpi":
        return redirect(f"{reverse('kpi_new')}?{urlencode({'name': text[:300]})}")
    if kind == "objective" or (kind == "key_result" and not key):
        name = "title" if kind == "objective" else "kr"
        return redirect(f"{reverse('objective_new')}?{urlencode({name: text})}")
    if kind in ("key_result", "initiative") and key:
        page = "key_result_new" if kind == "key_result" else "initiative_new"
        return redirect(f"{reverse(page, args=[key])}?{urlencode({'title': text})}")
    if kind == "initiative":
        raise refuse("objective-missing", _("Choose the objective the work is for; draft one first if there is none."))
    return redirect(address("chooser"))


urlpatterns = [
    path("chooser", chooser, name="chooser"),
    path("chooser/start", start, name="chooser_start"),
]
