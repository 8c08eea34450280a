"""Forms about what drives a metric."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.core.actors import Actor
from sextant.metrics.commands.drivers import LONGEST_LAG, LONGEST_WHY
from sextant.metrics.driver_sentences import PERIOD_NAMES, WAYS
from sextant.metrics.models import Metric
from sextant.metrics.queries.driver_shares import MOST_PERIODS
from sextant.web.form_fields import MetricField, lines


class HypothesisForm(forms.Form):
    """How a driver is supposed to work: the lag in periods of the outcome, the way, and why."""

    lag = forms.IntegerField(label=gettext_lazy("How much later"), min_value=0, max_value=LONGEST_LAG, initial=0)
    way = forms.ChoiceField(label=gettext_lazy("Which way the outcome goes"), initial="same")
    why = forms.CharField(
        label=gettext_lazy("Why should it"), max_length=LONGEST_WHY, widget=lines(2),
        help_text=gettext_lazy("One sentence others can argue with, such as: trained managers lead better talks."),
    )  # fmt: skip

    def __init__(self, outcome: Metric, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        names = {"periods": str(PERIOD_NAMES[outcome.frequency])}
        self.fields["lag"].help_text = _("In %(periods)s; 0 is at once.") % names
        self.fields["way"].choices = list(WAYS.items())  # type: ignore[attr-defined]


class LinkForm(HypothesisForm):
    """A new link: which metric is the driver."""

    driver = MetricField(label=gettext_lazy("Which metric drives it"), required=True)
    field_order = ("driver", "lag", "way", "why")

    def __init__(self, actor: Actor, outcome: Metric, *args: Any, **options: Any) -> None:
        super().__init__(outcome, *args, **options)
        self.fields["driver"].actor = actor  # type: ignore[attr-defined]


class ChangeForm(HypothesisForm):
    """The hypothesis stated anew; `version` is the link it was read from. It may stand beside a form for a new one."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, outcome: Metric, *args: Any, **options: Any) -> None:
        super().__init__(outcome, *args, auto_id="change_%s", **options)


class EndForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why does it end"), max_length=LONGEST_WHY)


class OutcomeForm(forms.Form):
    """Another outcome to look at."""

    outcome = MetricField(label=gettext_lazy("Another outcome"), required=True)

    def __init__(self, actor: Actor, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["outcome"].actor = actor  # type: ignore[attr-defined]
        self.fields["outcome"].widget.attrs["placeholder"] = _("Name of a metric")


class StretchForm(forms.Form):
    """Which periods are compared: so many of the newest, or up to the one with this first hour, and against which."""

    over = forms.TypedChoiceField(label=gettext_lazy("The newest"), coerce=int, initial=1)
    against = forms.ChoiceField(
        label=gettext_lazy("Against"),
        choices=[("before", gettext_lazy("the ones before")), ("year", gettext_lazy("the same a year before"))],
        initial="before",
    )  # fmt: skip
    until = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, lengths: list[tuple[int, str]], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["over"].choices = [pair for pair in lengths if pair[0] <= MOST_PERIODS]  # type: ignore[attr-defined]
