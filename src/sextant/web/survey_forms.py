"""Forms about surveys. They read text into values; what makes sense is the commands' business."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.calc.periods import Period, PeriodError, parse_period
from sextant.calc.surveys import first_score
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.core.words import Words
from sextant.people.models import Person, Team
from sextant.surveys.commands.invitations import LONGEST_PASTE, MOST_LINKS
from sextant.surveys.models import FEWEST_ANSWERS, Survey
from sextant.surveys.periods import calendar_for
from sextant.web.form_fields import MetricField, lines, person_choices, team_choices

KINDS: list[tuple[str, Words]] = [
    ("nps", gettext_lazy("Net promoter score: 0 to 10, how likely to recommend")),
    ("csat", gettext_lazy("Satisfaction: 1 to 5, share of the two best answers")),
    ("rating", gettext_lazy("Rating: the mean of a scale of your own")),
]
AUDIENCES: list[tuple[str, Words]] = [
    ("invited", gettext_lazy("People with a personal link: one answer per link")),
    ("internal", gettext_lazy("The people of the team, signed in: one answer each per period")),
    ("link", gettext_lazy("Whoever has the link: one answer per browser, which is a weak guard")),
]
FREQUENCIES: list[tuple[str, Words]] = [
    ("week", gettext_lazy("Every week")), ("month", gettext_lazy("Every month")),
    ("quarter", gettext_lazy("Every quarter")),
]  # fmt: skip
SEEN_BY: list[tuple[str, Words]] = [
    ("organisation", gettext_lazy("Everyone in the organisation")), ("team", gettext_lazy("The team")),
    ("people", gettext_lazy("Named people")),
]  # fmt: skip
# Name, question and what the two ends mean, for each kind.
TEMPLATES: dict[str, tuple[Words, Words, Words, Words]] = {
    "nps": (gettext_lazy("Recommendation"),
            gettext_lazy("How likely are you to recommend us to a friend or colleague?"),
            gettext_lazy("not at all likely"), gettext_lazy("extremely likely")),
    "csat": (gettext_lazy("Satisfaction"), gettext_lazy("How satisfied are you with our service?"),
             gettext_lazy("very dissatisfied"), gettext_lazy("very satisfied")),
    "rating": (gettext_lazy("Rating"), gettext_lazy("How would you rate our work together?"),
               gettext_lazy("poor"), gettext_lazy("excellent")),
}  # fmt: skip


class SaidForm(forms.Form):
    """What is said of a survey, whether new or being changed."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=300)
    question = forms.CharField(
        label=gettext_lazy("The question"), max_length=500, widget=lines(2),
        help_text=gettext_lazy("One question, as people will read it. Free text is not asked for: it tells who wrote."),
    )  # fmt: skip
    low_label = forms.CharField(label=gettext_lazy("The lowest score means"), max_length=60, required=False)
    high_label = forms.CharField(label=gettext_lazy("The highest score means"), max_length=60, required=False)
    audience = forms.ChoiceField(label=gettext_lazy("Who is asked"), choices=AUDIENCES, widget=forms.RadioSelect)
    min_answers = forms.IntegerField(
        label=gettext_lazy("Show a result from so many answers on"), initial=FEWEST_ANSWERS, min_value=FEWEST_ANSWERS,
        max_value=1000, help_text=gettext_lazy("At least 5. With fewer the result is withheld and deleted."),
    )  # fmt: skip


class NewSurveyForm(SaidForm):
    """A survey, with a metric of its own or for one that exists."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind of answer"), choices=KINDS)
    points = forms.IntegerField(
        label=gettext_lazy("Points of the rating scale"), initial=5, min_value=3, max_value=10, required=False,
        help_text=gettext_lazy("3 to 10. Only for a rating; the other two have theirs."),
    )  # fmt: skip
    team = forms.ChoiceField(label=gettext_lazy("Team"))
    frequency = forms.ChoiceField(label=gettext_lazy("How often"), choices=FREQUENCIES, initial="month")
    owner = forms.ChoiceField(label=gettext_lazy("Owner"), required=False)
    visibility = forms.ChoiceField(
        label=gettext_lazy("Who may see the results"), choices=SEEN_BY, initial="organisation",
        help_text=gettext_lazy("Who is asked may answer in any case."),
    )  # fmt: skip
    viewers = forms.MultipleChoiceField(
        label=gettext_lazy("These people may see them"), required=False, widget=forms.SelectMultiple(attrs={"size": 5}),
        help_text=gettext_lazy("Only where it is kept to named people."),
    )  # fmt: skip
    metric = MetricField(
        label=gettext_lazy("Fill this metric"),
        help_text=gettext_lazy("Name or key of a metric nobody fills yet; then team, owner and frequency are its own."),
    )  # fmt: skip

    def __init__(self, *arguments: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*arguments, **options)
        people = [("", _("Nobody yet")), *person_choices()]
        choose(self.fields["team"], team_choices(actor, None))
        choose(self.fields["owner"], people)
        choose(self.fields["viewers"], person_choices())
        metric = self.fields["metric"]
        assert isinstance(metric, MetricField)
        metric.actor = actor
        self.actor = actor

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        values["team"] = Team.objects.filter(key=values.get("team", "")).first()
        values["owner"] = Person.objects.filter(key=values.get("owner") or None).first()
        values["viewers"] = list(visible("person", self.actor).filter(key__in=values.get("viewers", [])))
        return values


class ChangeSurveyForm(SaidForm):
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, survey: Survey, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if survey.state != "draft":
            del self.fields["audience"]


class LinksForm(forms.Form):
    count = forms.IntegerField(
        label=gettext_lazy("How many links"), min_value=1, max_value=MOST_LINKS, initial=50,
        help_text=gettext_lazy("They are shown once. Each takes one answer."),
    )  # fmt: skip


class MailForm(forms.Form):
    addresses = forms.CharField(
        label=gettext_lazy("E-mail addresses"), max_length=LONGEST_PASTE,
        widget=lines(4, autocomplete="off", spellcheck="false"),
        help_text=gettext_lazy("One on each line, up to 200. Each gets a link of its own; the addresses are not kept."),
    )  # fmt: skip


class CountsForm(forms.Form):
    """Counts of a past period, one field per score."""

    period = forms.CharField(
        label=gettext_lazy("Period"), max_length=40,
        help_text=gettext_lazy("As people write it: May 2026, 2026-Q2, 2026-W20."),
    )  # fmt: skip
    invited = forms.IntegerField(
        label=gettext_lazy("How many were asked"), required=False, min_value=0,
        help_text=gettext_lazy("Where it is known: it gives the response rate."),
    )  # fmt: skip

    def __init__(self, *arguments: Any, survey: Survey, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.survey = survey
        first = first_score(survey.kind)
        for score in range(first, first + survey.points):
            self.fields[f"score_{score}"] = forms.IntegerField(label=str(score), min_value=0, initial=0, required=False)

    @property
    def score_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("score_")]

    @property
    def counts(self) -> list[int]:
        """Answers per score, the lowest first; an empty field is none."""
        return [self.cleaned_data[bound.name] or 0 for bound in self.score_fields]

    def clean_period(self) -> Period:
        text = re.sub(r"\s+", " ", self.cleaned_data["period"])
        try:
            return parse_period(text, calendar=calendar_for(self.survey))
        except PeriodError as error:
            raise forms.ValidationError(str(error)) from None


def choose(field: forms.Field, choices: list[tuple[str, Words]]) -> None:
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
