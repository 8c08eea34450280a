"""Forms of an alert: the answer to its response plan, who has it, and closing it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.alerts.commands import answer_response
from sextant.alerts.models import Alert, Response
from sextant.core.actors import Actor
from sextant.core.errors import Stale
from sextant.core.writing import writing
from sextant.people.models import Person
from sextant.web.form_fields import days, lines, person_choices


class AnswerForm(forms.Form):
    """What is done about it, by whom and until when. `version` is the answer it was written over."""

    version = forms.CharField(required=False, widget=forms.HiddenInput)
    what = forms.CharField(label=gettext_lazy("What is being done?"), widget=lines(3))
    action_owner = forms.ChoiceField(label=gettext_lazy("By whom?"), required=False)
    due_on = days(label=gettext_lazy("Until when?"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["action_owner"].choices = [("", _("Nobody named")), *person_choices()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        given["action_owner"] = _person(given.get("action_owner"))
        return given

    @staticmethod
    def of(response: Response) -> dict[str, Any]:
        """The values it opens with: the answer given before, else the one who is asked."""
        owner = response.action_owner if response.answered_at else response.owner
        return {
            "what": response.what, "action_owner": owner.key if owner else "", "due_on": response.action_due_on,
            "version": version_of(response),
        }  # fmt: skip

    def answer(self, actor: Actor, response: Response) -> Response:
        """Raises Stale with both answers when somebody else has answered meanwhile."""
        asked = self.cleaned_data
        with writing():
            response.refresh_from_db()
            if asked["version"] != version_of(response):
                raise Stale(
                    {**_words(response.what, response.action_owner, response.action_due_on),
                     "version": version_of(response)},
                    {**_words(asked["what"], asked["action_owner"], asked["due_on"]), "version": asked["version"]},
                )  # fmt: skip
            return answer_response(
                actor, response, what=asked["what"], action_owner=asked["action_owner"], due_on=asked["due_on"]
            )  # fmt: skip


def version_of(response: Response) -> str:
    return response.answered_at.isoformat() if response.answered_at is not None else ""


def _words(what: str, owner: Person | None, due_on: date | None) -> dict[str, object]:
    return {_("What is being done"): what, _("By whom"): owner, _("Until when"): due_on}


class OwnerForm(forms.Form):
    owner = forms.ChoiceField(label=gettext_lazy("Who has it?"), required=False)

    def __init__(self, *args: Any, alert: Alert, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [("", _("Nobody")), *person_choices(alert.owner)]
        self.fields["owner"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        given["owner"] = _person(given.get("owner"))
        return given


class CloseForm(forms.Form):
    prefix = "close"
    reason = forms.CharField(
        label=gettext_lazy("Why can it be closed?"), widget=lines(2),
        help_text=gettext_lazy("It is raised again only when it has ceased and begins anew."),
    )  # fmt: skip


class JudgementForm(forms.Form):
    """What a deviation means, with the reason that stays beside the normal range."""

    prefix = "judgement"
    reason = forms.CharField(label=gettext_lazy("Why?"), widget=lines(2))


def _person(key: str | None) -> Person | None:
    return Person.objects.filter(key=key).first() if key else None
