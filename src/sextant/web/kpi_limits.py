"""The normal range of a KPI: dividers, locked or typed limits, season and slope; each change with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from sextant.calc.limits import LimitError, LimitSettings
from sextant.calc.periods import Frequency, Period, period_at, spoken
from sextant.core.access import require
from sextant.core.errors import refuse
from sextant.kpis import sentences
from sextant.kpis.chart_sentences import basis, reading_aids
from sextant.kpis.queries.facts import standing_at
from sextant.kpis.queries.kpi_page import period_choices
from sextant.kpis.queries.standing import Standing
from sextant.metrics.commands import choose_limits
from sextant.metrics.limit_settings import as_limit_settings
from sextant.metrics.models import DetectionSetting
from sextant.web import kpi_chart
from sextant.web.form_fields import FigureField, lines
from sextant.web.kpi_subject import Subject, found
from sextant.web.kpi_words import moment_words, said
from sextant.web.requests import PageRequest, carry_out, say

USUAL_SEASONS = {
    Frequency.HOUR: 24, Frequency.DAY: 7, Frequency.WEEK: 52, Frequency.MONTH: 12, Frequency.QUARTER: 4,
    Frequency.TERTIAL: 3, Frequency.HALF: 2,
}  # fmt: skip


class LimitsForm(forms.Form):
    """Dividers come as start hours, as the chart writes them; by hand they are chosen from a list."""

    dividers = forms.CharField(required=False, widget=forms.HiddenInput)
    add_divider = forms.ChoiceField(label=gettext_lazy("A new normal range begins with"), required=False)
    remove_dividers = forms.MultipleChoiceField(
        label=gettext_lazy("Take away"), required=False, widget=forms.CheckboxSelectMultiple
    )
    locked_from = forms.ChoiceField(label=gettext_lazy("Lock limits from the values of"), required=False)
    locked_to = forms.ChoiceField(
        label=gettext_lazy("up to and with"), required=False,
        help_text=gettext_lazy("These values give the limits for all later ones, until the next divider."),
    )  # fmt: skip
    lower = FigureField(label=gettext_lazy("Lower limit"))
    centre = FigureField(label=gettext_lazy("Centre"))
    upper = FigureField(label=gettext_lazy("Upper limit"))
    since = forms.ChoiceField(label=gettext_lazy("Typed limits hold from"), required=False)
    season_length = forms.IntegerField(
        label=gettext_lazy("Periods of a season"), required=False, min_value=0, max_value=366,
        help_text=gettext_lazy("Such as 12 for months of a year; empty or 0 for none."),
    )  # fmt: skip
    season_kind = forms.ChoiceField(
        label=gettext_lazy("Factors"), required=False,
        choices=[
            ("multiplicative", gettext_lazy("multiply (1.1 is 10 % more than usual)")),
            ("additive", gettext_lazy("add (5 is 5 more than usual)")),
        ],
    )  # fmt: skip
    seasonal_factors = forms.CharField(
        label=gettext_lazy("Seasonal factors"), required=False, widget=lines(2, spellcheck="false"),
        help_text=gettext_lazy("One per period of the season, blanks between. Empty: estimated from the values."),
    )  # fmt: skip
    sloped = forms.BooleanField(label=gettext_lazy("Limits follow a straight slope"), required=False)
    reason = forms.CharField(
        label=gettext_lazy("Why?"), required=False, widget=lines(2),
        help_text=gettext_lazy("Changing limits is a judgement that is kept with its reason."),
    )  # fmt: skip

    def __init__(
        self, *args: Any, periods: Sequence[Period], chosen: Sequence[Period], calendar: Any, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        named = [(str(period.start), spoken(period, calendar)) for period in periods]
        known = dict(named)
        named += [(str(one.start), spoken(one, calendar)) for one in chosen if str(one.start) not in known]
        for name in ("add_divider", "locked_from", "locked_to", "since"):
            self.fields[name].choices = [("", "–"), *named]  # type: ignore[attr-defined]
        cuts = [(str(one.start), spoken(one, calendar)) for one in chosen if str(one.start) in self._present()]
        self.fields["remove_dividers"].choices = cuts  # type: ignore[attr-defined]

    def _present(self) -> list[str]:
        return str(self.initial.get("dividers", "")).split(",")

    def clean_dividers(self) -> list[int]:
        return sorted({whole(part) for part in self.cleaned_data["dividers"].split(",") if part.strip()})

    def clean_seasonal_factors(self) -> list[float]:
        text = self.cleaned_data["seasonal_factors"].replace(";", " ").replace(", ", " ")
        try:
            return [float(part) for part in text.split()]
        except ValueError as error:
            raise forms.ValidationError(_("Factors are plain numbers such as 0.95, with blanks between.")) from error

    def chosen(self) -> dict[str, Any]:
        """The fields of `LimitSettings` that differ from the default."""
        asked = self.cleaned_data
        removed = {int(start) for start in asked["remove_dividers"]}
        added = {int(asked["add_divider"])} if asked["add_divider"] else set()
        limits: dict[str, Any] = {"dividers": sorted((set(asked["dividers"]) | added) - removed)}
        limits |= {name: int(asked[name]) for name in ("locked_from", "locked_to") if asked[name]}
        limits["typed"] = self._typed()
        if (asked["season_length"] or 0) > 1:
            limits |= {"season_length": asked["season_length"], "seasonal_factors": asked["seasonal_factors"]}
            limits["season_kind"] = asked["season_kind"] if asked["season_kind"] == "additive" else None
        limits["sloped"] = asked["sloped"]
        return {name: value for name, value in limits.items() if value not in (None, [], False, "")}

    def _typed(self) -> dict[str, Any] | None:
        asked = self.cleaned_data
        figures = {name: asked[name] for name in ("lower", "centre", "upper")}
        if all(figure is None for figure in figures.values()):
            return None
        if None in figures.values():
            raise refuse("limits-incomplete", _("Typed limits need all three: lower, centre and upper."), "lower")
        since = {"since": int(asked["since"])} if asked["since"] else {}
        return figures | since


@dataclass(frozen=True, slots=True)
class SettingLine:
    """A former or standing judgement about the normal range."""

    words: str
    reason: str
    author: str
    known_at: str
    is_current: bool


def whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise forms.ValidationError(_("A divider is the start of a period.")) from error


@require_http_methods(["GET", "POST"])
def limits(request: PageRequest, kind: str, key: str) -> HttpResponse:
    """The chart with its settings. POST with do=preview draws them without saving; do=reset goes back to computed."""
    subject = found(request, kind, key)
    current = _current(subject)
    form = _form(request, subject, current)
    standing, status = subject.standing, 200
    if request.method == "POST":
        subject.require("change")
        require("metric", request.actor, "change", subject.metric)
        wanted = request.POST.get("do", "save")
        if form.is_valid():
            tried = carry_out(form, lambda: _tried(subject, {} if wanted == "reset" else form.chosen()))
            if tried is not None and wanted != "preview":
                done = carry_out(form, lambda: _save(subject, {} if wanted == "reset" else form.chosen(), form))
                if done is not None:
                    say(request, _("The normal range is set."))
                    return redirect(subject.url("limits"))
            standing = tried if tried is not None and wanted == "preview" else standing
        status = 422 if form.errors else 200
    shown = kpi_chart.window(standing, request.GET.get("periods", ""))
    context = subject.frame("limits") | {
        "form": form,
        "picture": kpi_chart.picture(standing, shown) if standing.series.complete else None,
        "standing": standing,
        "is_preview": standing is not subject.standing,
        "basis": basis(standing),
        "marks": reading_aids(standing, shown.first)[0],
        "assurance": sentences.ASSURANCE[standing.assurance],
        "factors": _factor_rows(standing),
        "history": _history(subject),
        "figures": _figures(standing),
        "usual_season": USUAL_SEASONS.get(standing.series.frequency),
    }
    return render(request, "kpis/limits.html", context, status=status)


def _save(subject: Subject, chosen: Mapping[str, Any], form: LimitsForm) -> DetectionSetting:
    return choose_limits(subject.actor, subject.metric, limits=chosen, reason=form.cleaned_data["reason"])


def _tried(subject: Subject, chosen: Mapping[str, Any]) -> Standing:
    """The standing as these settings would draw it. Refused where no limits can be drawn from them."""
    own = subject.standing
    breaks = {one.valid_from for one in own.versions if one.number > 1 and one.valid_from is not None}
    try:
        settings: LimitSettings = as_limit_settings(chosen, breaks)
        tried = replace(own, settings=settings)
        _drawn = tried.chart
    except LimitError as error:
        raise refuse(error.key, str(error), _field_of(error.key)) from error
    return tried


def _field_of(key: str) -> str:
    if key.startswith("season"):
        return "seasonal_factors"
    return "locked_to" if key.startswith("lock") else "lower"


def _current(subject: Subject) -> dict[str, Any]:
    """The standing judgement, as stored."""

    row = DetectionSetting.objects.filter(standing_at(subject.point), metric=subject.metric).first()
    return dict(row.limits) if row else {}


def _form(request: PageRequest, subject: Subject, current: Mapping[str, Any]) -> LimitsForm:
    series = subject.standing.series
    typed = current.get("typed") or {}
    initial = {
        **{
            name: current.get(name, "")
            for name in ("locked_from", "locked_to", "season_length", "season_kind", "sloped")
        },
        **{name: typed.get(name) for name in ("lower", "centre", "upper", "since")},
        "dividers": ",".join(map(str, current.get("dividers", ()))),
        "seasonal_factors": "  ".join(f"{one:.6g}" for one in current.get("seasonal_factors", ())),
    }
    hours = [*current.get("dividers", ()), current.get("locked_from"), current.get("locked_to"), typed.get("since")]
    chosen = [period_at(hour, series.frequency, series.calendar, series.span) for hour in hours if hour is not None]
    data = request.POST if request.method == "POST" else None
    return LimitsForm(data, periods=period_choices(series), chosen=chosen, calendar=series.calendar, initial=initial)


def _factor_rows(standing: Standing) -> list[tuple[int, str]]:
    season = standing.chart.season
    return [] if season is None else [(place, f"{factor:.4g}") for place, factor in enumerate(season.factors, 1)]


def _figures(standing: Standing) -> list[tuple[str, str]]:
    """The newest limits as figures."""
    chart, metric = standing.chart, standing.kpi.metric
    if not chart.has_limits:
        return []
    newest = chart.segments[-1]
    return [
        (_("Upper limit"), said(chart.upper_now, metric)), (_("Average"), said(chart.centre_now, metric)),
        (_("Lower limit"), said(chart.lower_now, metric)), (_("Mean moving range"), said(newest.range_mean, metric)),
        (_("Upper range limit"), said(newest.range_upper, metric)),
    ]  # fmt: skip


def _history(subject: Subject) -> list[SettingLine]:
    rows = DetectionSetting.objects.filter(metric=subject.metric)
    if subject.point.known_at is not None:
        rows = rows.filter(known_at__lte=subject.point.known_at)
    series = subject.standing.series
    return [
        SettingLine(
            setting_words(row.limits, series.frequency, series.calendar), row.reason, row.author,
            moment_words(row.known_at), row.superseded_at is None,
        )
        for row in rows.order_by("-known_at", "-id")
    ]  # fmt: skip


def setting_words(limits: Mapping[str, Any], frequency: Frequency, calendar: Any) -> str:
    """A stored setting in words."""

    def named(hour: int) -> str:
        return spoken(period_at(hour, frequency, calendar), calendar)

    words = []
    if dividers := limits.get("dividers"):
        words.append(_("a new range from %(periods)s") % {"periods": ", ".join(named(one) for one in dividers)})
    if limits.get("locked_from") is not None or limits.get("locked_to") is not None:
        first, last = limits.get("locked_from"), limits.get("locked_to")
        ends = {"first": named(first) if first is not None else "…", "last": named(last) if last is not None else "…"}
        words.append(_("locked from %(first)s to %(last)s") % ends)
    if typed := limits.get("typed"):
        words.append(
            _("typed: %(lower)s, %(centre)s, %(upper)s") % {n: f"{typed[n]:g}" for n in ("lower", "centre", "upper")}
        )
    if length := limits.get("season_length"):
        how = _("given") if limits.get("seasonal_factors") else _("estimated")
        words.append(_("season of %(length)s, factors %(how)s") % {"length": length, "how": how})
    if limits.get("sloped"):
        words.append(_("sloped"))
    if rejected := limits.get("rejected"):
        periods = ", ".join(named(one) for one in rejected)
        words.append(_("no change in %(periods)s") % {"periods": periods})
    return "; ".join(words) or _("computed from the values")
