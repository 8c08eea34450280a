"""Insights, alerts, comments and channels that have to be there for the table of addresses."""

from __future__ import annotations

from sextant.alerts.models import Alert
from sextant.notifications.commands import add_channel, add_team_channel, comment, remove_comment
from sextant.notifications.models import Comment
from sextant.notifications.muting import Muting, confirmation_link, link
from tests.access.kpi_words import KpiWords
from tests.doors.alerted import raised
from tests.notifications.posts import mail_channel


class NewsWords(KpiWords):
    def make_comment(self) -> str:
        """A comment by the contributor on a KPI open to all."""
        return str(comment(self.world.cem, "kpi", self.make_kpi(), "Hello").pk)

    def make_removed_comment(self) -> str:
        said = Comment.objects.get(pk=int(self.make_comment()))
        return str(remove_comment(self.world.cem, said).pk)

    def make_insight(self) -> str:
        """The key of an insight about a KPI everybody may see."""
        return f"heading:{self.make_kpi()}:away:490000"

    def make_hidden_insight(self) -> str:
        return f"heading:{self.make_hidden_kpi()}:away:490000"

    def make_hidden_comment(self) -> str:
        return str(comment(self.world.lea, "kpi", self.make_hidden_kpi(), "Hello").pk)

    def make_channel(self) -> str:
        """A chat channel of the contributor of the Emergency team."""
        return str(add_channel(self.world.cem, service="webhook", address="https://example.org/hook").pk)

    def make_team_channel(self) -> str:
        address = "https://example.org/hook"
        return str(add_team_channel(self.world.lea, self.world.emergency, service="webhook", address=address).pk)

    def make_mute_link(self) -> str:
        return link(Muting(self.world.person("cem").pk, "thing", "kpi", self.make_kpi())).rpartition("/")[2]

    def make_confirmation(self) -> str:
        channel = mail_channel(self.world.person("cem"))
        return confirmation_link(channel, channel.confirmed).rpartition("/")[2]

    def make_alert(self) -> str:
        """The number of an open alert on a KPI of the Emergency team that is open to all."""
        return str(raised().pk)

    def make_hidden_alert(self) -> str:
        return str(raised("bonus", visibility="people").pk)

    def make_deviation(self) -> str:
        """The number of an alert that says of such a KPI that it has changed."""
        alert = raised()
        Alert.objects.filter(pk=alert.pk).update(rule="deviation", evidence={"since": alert.start, "side": "below"})
        return str(alert.pk)
