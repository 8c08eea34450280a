"""The forms about channels, quiet hours and digests."""

from __future__ import annotations

from datetime import time
from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.notifications.models import Channel, Wishes
from sextant.notifications.notices import OF_TEAMS
from sextant.notifications.services import LONGEST_ADDRESS, MAIL, SERVICES, service_name
from sextant.people.queries import organisation
from sextant.web.settings_pages import time_zones

PACES = [
    ("inbox", gettext_lazy("Inbox only")),
    ("weekly", gettext_lazy("Weekly digest")),
    ("daily", gettext_lazy("Daily digest")),
    ("at_once", gettext_lazy("At once")),
]
TEAM_GROUPS = {
    "alerts": gettext_lazy("Alerts"),
    "red_flags": gettext_lazy("Red flags"),
    "recovered": gettext_lazy("Back to normal"),
}
DAYS = list(WEEKDAYS.items())


def _time(**options: Any) -> forms.TimeField:
    return forms.TimeField(widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **options)


def _days(**options: Any) -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(
        choices=DAYS, coerce=int, required=False, widget=forms.CheckboxSelectMultiple, **options
    )


class HoursForm(forms.Form):
    """Quiet hours, the time of digests, and the most messages at once."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    quiet_from = _time(label=gettext_lazy("Quiet from"), required=False)
    quiet_to = _time(
        label=gettext_lazy("Quiet until"), required=False,
        help_text=gettext_lazy("What comes then is kept until the end. Leave both empty for no quiet hours."),
    )  # fmt: skip
    quiet_weekdays = _days(label=gettext_lazy("Quiet hours begin on"))
    quiet_days = _days(label=gettext_lazy("Days that are quiet altogether"))
    digest_at = _time(label=gettext_lazy("Digests come at"))
    digest_weekday = forms.TypedChoiceField(label=gettext_lazy("The weekly digest comes on"), choices=DAYS, coerce=int)
    most_a_week = forms.IntegerField(
        label=gettext_lazy("At most so many messages at once in seven days"), min_value=0, max_value=500,
        required=False,
        help_text=gettext_lazy("For each channel. What is more joins the next digest. Empty: any number."),
    )  # fmt: skip
    time_zone = forms.ChoiceField(label=gettext_lazy("These times are meant in"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usual = _("The organisation's time zone (%(zone)s)") % {"zone": organisation().time_zone}
        self.fields["time_zone"].choices = [("", usual), *time_zones()]  # type: ignore[attr-defined]


class ChannelForm(forms.Form):
    """A channel of one's own."""

    service = forms.ChoiceField(label=gettext_lazy("Service"))
    address = forms.CharField(
        label=gettext_lazy("Address"), max_length=LONGEST_ADDRESS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("Who knows a chat's address may post there, so it is kept encrypted and never shown."),
    )  # fmt: skip
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100, required=False)
    with_mail = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mail = [(MAIL, service_name(MAIL))] if self.with_mail and settings.HAS_MAIL_SERVER else []
        chats = [(one.key, one.name) for one in SERVICES.values()]
        self.fields["service"].choices = [*mail, *chats]  # type: ignore[attr-defined]


class TeamChannelForm(ChannelForm):
    """A chat of a team, with what it hears of."""

    pace = forms.ChoiceField(label=gettext_lazy("How fast"), choices=PACES[:0:-1], initial="at_once")
    groups = forms.MultipleChoiceField(
        label=gettext_lazy("It hears of"), choices=list(TEAM_GROUPS.items()), initial=list(OF_TEAMS),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    with_mail = False


class TeamPaceForm(forms.Form):
    """What a team's channel hears of, and how fast."""

    pace = forms.ChoiceField(label=gettext_lazy("How fast"), choices=PACES[:0:-1])
    groups = forms.MultipleChoiceField(
        label=gettext_lazy("It hears of"), choices=list(TEAM_GROUPS.items()), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, sent: QueryDict | None = None, *, channel: Channel) -> None:
        initial = {"pace": channel.pace, "groups": channel.groups}
        super().__init__(sent, initial=initial, auto_id=f"channel-{channel.pk}-%s")


def initial_hours(row: Wishes) -> dict[str, Any]:
    return {
        "version": row.version,
        "quiet_from": _clock(row.quiet_from),
        "quiet_to": _clock(row.quiet_to),
        "quiet_weekdays": row.quiet_weekdays,
        "quiet_days": row.quiet_days,
        "digest_at": _clock(row.digest_at),
        "digest_weekday": row.digest_weekday,
        "most_a_week": row.most_a_week,
        "time_zone": row.time_zone,
    }


def hours_of(form: HoursForm) -> dict[str, Any]:
    """The values of the form as `commands.choose_hours` takes them; version 0 is of who never chose before."""
    words = dict(form.cleaned_data)
    for name in ("quiet_from", "quiet_to", "digest_at"):
        words[name] = _minutes(words[name])
    return words


def _clock(minutes: int | None) -> time | None:
    return None if minutes is None else time(minutes // 60, minutes % 60)


def _minutes(clock: time | None) -> int | None:
    return None if clock is None else clock.hour * 60 + clock.minute
