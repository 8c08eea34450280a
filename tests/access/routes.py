"""Who gets which answer from which address. Add a line for every new address.

Four personas: a visitor who is not signed in; a contributor of the Emergency team; the lead of another team; an
administrator of the organisation. An answer is a status code, or "sign-in" for being sent there first.
Parts of an address and values of a form in braces are filled in from the world, see `Words`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from sextant.alerts.models import Alert
from sextant.calc.periods import parse_period
from sextant.core.models import Job
from sextant.exchange.commands import confirm_import, files_folder, read_import, save_mapping, start_import
from sextant.exchange.models import Import
from sextant.kpis.commands import create_scorecard, set_target
from sextant.kpis.models import Kpi
from sextant.metrics.commands import RawPoint, add_marker, record, remove_marker
from sextant.metrics.models import Metric
from sextant.notifications.commands import add_channel, add_team_channel, comment, remove_comment
from sextant.notifications.models import Comment
from sextant.notifications.muting import Muting, confirmation_link, link
from sextant.okrs.commands.alignment import align
from sextant.okrs.commands.blockers import raise_blocker
from sextant.okrs.commands.check_ins import check_in
from sextant.okrs.commands.initiatives import create_initiative
from sextant.okrs.commands.objectives import create_objective
from sextant.okrs.commands.overrides import override
from sextant.okrs.commands.planning import add_candidate
from sextant.okrs.models import Objective
from sextant.people.commands import create_token
from sextant.people.queries import today
from sextant.strategy.commands import create_cycle
from sextant.strategy.models import Cycle
from tests.access.driver_words import DriverWords
from tests.access.lifecycle_words import LifecycleWords
from tests.access.practice_words import PracticeWords
from tests.access.proposal_words import ProposalWords
from tests.access.survey_words import SurveyWords
from tests.doors.alerted import raised
from tests.make import make_key_result, make_kpi, make_metric, make_objective, monthly, record_values
from tests.notifications.posts import mail_channel
from tests.okrs.running import running_key_result
from tests.world import World

Answer = int | str
SIGN_IN = "sign-in"


@dataclass(frozen=True)
class Route:
    name: str
    anonymous: Answer = SIGN_IN
    member: Answer = 200
    outsider: Answer = 200
    admin: Answer = 200
    args: tuple[str, ...] = ()
    method: str = "get"
    data: Mapping[str, str] = field(default_factory=dict)


class Words(DriverWords, LifecycleWords, PracticeWords, ProposalWords, SurveyWords):
    """Fills "{token}", "{cycle}" and the like with what the test needs to exist."""

    def __init__(self, world: World) -> None:
        self.world = world

    def fill(self, text: str) -> str:
        make = getattr(self, f"make_{text[1:-1].replace('-', '_')}", None) if text.startswith("{") else None
        return make() if make else text

    def make_token(self) -> str:
        """The key of a push token of the Emergency team."""
        return create_token(self.world.lea, name="desk", scope="push", team=self.world.emergency).token.key

    def make_failed_job(self) -> str:
        """The number of a background job that was given up."""
        now = timezone.now()
        return str(Job.objects.create(name="x", lane="main", arguments={}, state="failed", added_at=now, due_at=now).pk)

    def make_cycle(self) -> str:
        from datetime import date

        return create_cycle(self.world.ada, "Q1", starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 31)).key

    def make_kpi(self) -> str:
        """The key of a complete draft of the Emergency team, owned by its lead, with a few values and a target."""
        kpi = Kpi.objects.filter(key="waiting-time").first() or make_kpi()
        record_values(kpi, monthly(2026, [30, 32, 31, 29, 33, 30, 31]))
        return kpi.key

    def make_metric(self) -> str:
        """The key of a metric that nobody watches."""
        return make_metric("front-desk-calls").key

    def make_map_objective(self) -> str:
        """The key of an objective everybody may see."""
        return make_objective("Be seen on the map", key="seen-on-the-map").key

    def make_hidden_map_objective(self) -> str:
        """The key of one that only its team may see."""
        return make_objective("Be off the map", key="off-the-map", visibility="team").key

    def make_kpi_target(self) -> str:
        return str(set_target(self.world.lea, Kpi.objects.get(key="waiting-time"), target=30).pk)

    def make_kpi_marker(self) -> str:
        return str(self._marker(self.world, Kpi.objects.get(key="waiting-time").metric))

    def make_metric_marker(self) -> str:
        return str(self._marker(self.world, Metric.objects.get(key="front-desk-calls")))

    def make_former_kpi_marker(self) -> str:
        metric = Kpi.objects.get(key="waiting-time").metric
        return self._former(metric)

    def make_former_metric_marker(self) -> str:
        return self._former(Metric.objects.get(key="front-desk-calls"))

    def make_kpi_batch(self) -> str:
        return record_values("waiting-time", {"2026-09": 44}).batch

    def make_metric_batch(self) -> str:
        return record_values("front-desk-calls", {"2026-09": 44}).batch

    def make_kpi_period(self) -> str:
        """The first hour of a period with a value."""
        record_values("waiting-time", {"2026-09": 44})
        return str(parse_period("2026-09").start)

    def make_metric_period(self) -> str:
        record_values("front-desk-calls", {"2026-09": 44})
        return str(parse_period("2026-09").start)

    def make_kpi_value(self) -> str:
        return "31.0"

    @staticmethod
    def _marker(world: World, metric: Metric) -> int:
        return add_marker(world.lea, metric, start=490_000, label="New desk").pk

    def _former(self, metric: Metric) -> str:
        marker = self._marker(self.world, metric)
        remove_marker(self.world.lea, metric, marker)
        return str(marker)

    def make_comment(self) -> str:
        """A comment by the contributor on a KPI open to all."""
        return str(comment(self.world.cem, "kpi", self.make_kpi(), "Hello").pk)

    def make_removed_comment(self) -> str:
        said = Comment.objects.get(pk=int(self.make_comment()))
        return str(remove_comment(self.world.cem, said).pk)

    def make_hidden_kpi(self) -> str:
        """The key of a KPI that only its owner, the lead, may see."""
        return make_kpi("bonus", visibility="people").key

    def make_insight(self) -> str:
        """The key of an insight about a KPI everybody may see."""
        return f"heading:{self.make_kpi()}:away:490000"

    def make_hidden_insight(self) -> str:
        return f"heading:{self.make_hidden_kpi()}:away:490000"

    def make_hidden_comment(self) -> str:
        return str(comment(self.world.lea, "kpi", self.make_hidden_kpi(), "Hello").pk)

    def make_scorecard(self) -> str:
        """The key of a scorecard of the Emergency team with one KPI, waiting-time."""
        kpi = Kpi.objects.get(key=self.make_kpi())
        return create_scorecard(self.world.lea, name="Emergency", team=self.world.emergency, kpis=[kpi]).key

    def make_batch(self) -> str:
        """A value the lead of the Emergency team just entered."""
        self.make_kpi()
        return record(self.world.lea, [RawPoint("waiting-time", "2026-01", 5)], kind="form").batch

    def make_import(self) -> str:
        """An import of the Emergency team that is read and waits to be confirmed."""
        return previewed(self.world).key

    def make_written_import(self) -> str:
        imp = previewed(self.world)
        confirm_import(self.world.cem, imp)
        return imp.key

    def make_mapping(self) -> str:
        return save_mapping(self.world.cem, previewed(self.world), name="Waits").key

    def make_candidate(self) -> str:
        """The number of a candidate of the Emergency team."""
        cycle = Cycle.objects.get(key=self.make_cycle())
        return str(add_candidate(self.world.cem, cycle, team=self.world.emergency, title="Shorter waits").pk)

    def make_draft_objective(self) -> str:
        """The key of a draft of the Emergency team that nobody owns, in a cycle of its own."""
        cycle = Cycle.objects.get(key=self.make_cycle())
        return create_objective(self.world.lea, title="No falls", team=self.world.emergency, cycle=cycle).key

    def make_waiting_objective(self) -> str:
        return create_objective(self.world.lea, title="Some day", team=self.world.emergency).key

    def make_objective(self) -> str:
        """The key of a draft of the Emergency team with one key result, owned by its lead."""
        found = Objective.objects.filter(key="shorter-waits").first()
        if found is None:
            found = make_objective("Shorter waits", key="shorter-waits")
            make_key_result(found, key="minutes-waited")
        return found.key

    def make_objective_link(self) -> str:
        child = Objective.objects.get(key=self.make_objective())
        return str(align(self.world.lea, child, make_objective("Be there in time")).pk)

    def make_overridden_objective(self) -> str:
        key = self.make_objective()
        override(self.world.lea, Objective.objects.get(key=key), progress=0.5, reason="So it is.", expires_on=today())
        return key

    def make_key_result(self) -> str:
        self.make_objective()
        return "minutes-waited"

    def make_initiative(self) -> str:
        objective = Objective.objects.get(key=self.make_objective())
        return create_initiative(self.world.lea, objective, title="Open a second desk").key

    def make_running_key_result(self) -> str:
        """The key of a key result of the Emergency team that runs, owned by its contributor."""
        return running_key_result(self.world).key

    def make_said_key_result(self) -> str:
        """The same, after its owner checked in on it."""
        key_result = running_key_result(self.world)
        check_in(self.world.cem, key_result, confidence=5)
        return key_result.key

    def make_check_in(self) -> str:
        """A check-in of the contributor of the Emergency team."""
        return str(check_in(self.world.cem, running_key_result(self.world), confidence=5).pk)

    def make_blocker(self) -> str:
        return str(raise_blocker(self.world.cem, running_key_result(self.world), text="No room").pk)

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

    def make_next_week(self) -> str:
        return (today() + timedelta(days=7)).isoformat()

    def make_team_version(self) -> str:
        return str(self.world.emergency.version)


def previewed(world: World) -> Import:
    """A small table, read for the Emergency team by one of its contributors."""
    imp = start_import(world.cem, name="waits.csv", team=world.emergency)
    (files_folder(imp) / "waits.csv").write_text("KPI,2026-01,2026-02\nWaiting,5,6\n")
    return read_import(world.cem, imp)


def page(name: str, *args: str, **answers: Answer) -> Route:
    """A page everybody inside may read."""
    return Route(name, args=args, **answers)  # type: ignore[arg-type]


def admins_page(name: str, *args: str) -> Route:
    return Route(name, member=403, outsider=403, args=args)


def act(
    route: str, /, *args: str, member: Answer = 403, outsider: Answer = 403, admin: Answer = 302, **data: str
) -> Route:
    """A change by POST: refused for those without the right, done and redirected for the others."""
    return Route(route, member=member, outsider=outsider, admin=admin, args=args, method="post", data=data)


def open_page(name: str, *args: str, answer: int = 200) -> Route:
    """A page before sign-in."""
    return Route(name, answer, answer, answer, answer, args=args)


WATCHING = [open_page("healthz"), open_page("readyz")]

SIGN_IN_PAGES = [
    open_page("welcome", answer=302),
    Route("account_login", 200, 302, 302, 302),
    Route("sign_in_as", 404, 404, 404, 404, method="post", data={"person": "ada-admin"}),
    Route("account_logout", 302, 200, 200, 200),
    Route("account_signup", 200, 302, 302, 302),
    open_page("account_inactive"),
    Route("account_reauthenticate", SIGN_IN, 200, 200, 200),
    page("account_change_password"),
    Route("account_set_password", SIGN_IN, 302, 302, 302),
    open_page("account_reset_password"),
    open_page("password_link", "no-such-link", answer=404),
    open_page("invitation", "no-such-link", answer=404),
]

PEOPLE = [
    page("people"),
    Route("person_new", member=403, outsider=200),
    page("person", "vic-viewer"),
    page("person", "nobody-here", member=404, outsider=404, admin=404),
    admins_page("person_change", "vic-viewer"),
    act("person_invite", "vic-viewer", email="vic@hospital.example", admin=422),
    act("person_password_link", "vic-viewer", admin=200),
    act("person_administrator", "vic-viewer", is_admin="yes"),
    act("person_archive", "vic-viewer"),
    act("person_restore", "vic-viewer"),
    admins_page("person_erase", "vic-viewer"),
    act("person_erase", "vic-viewer", name="Vic Viewer"),
]

TEAMS = [
    page("teams"),
    admins_page("team_new"),
    act("team_new", name="Ward", parent="harbour-hospital", member=403, outsider=403),
    page("team", "emergency"),
    page("team", "no-such-team", member=404, outsider=404, admin=404),
    admins_page("team_change", "emergency"),
    act("team_change", "emergency", name="Acute", parent="harbour-hospital", version="{team-version}"),
    act("team_archive", "emergency"),
    act("team_restore", "emergency"),
    act("team_role", "emergency", person="otto-outsider", role="viewer"),
    act("team_role_end", "emergency", "vic-viewer"),
    act("team_token", "emergency", name="desk", days="90", admin=200),
]

TOKENS = [
    page("tokens"),
    act("token_revoke", "{token}", member=404, outsider=404),
]

STRATEGY = [
    page("strategy"),
    page("vision"),
    act("vision", text="Everyone is seen in time.", version="0"),
    admins_page("theme_new"),
    act("theme_order", key="patient-safety", to="up"),
    page("theme", "patient-safety"),
    admins_page("theme_change", "patient-safety"),
    act("theme_archive", "patient-safety"),
    act("theme_restore", "patient-safety"),
    Route("cycle_new", member=403, outsider=200),
    Route("cycle_change", member=403, outsider=200, args=("{cycle}",)),
    act("cycle_archive", "{cycle}"),
    act("cycle_restore", "{cycle}"),
]

PLANNING = [
    page("reliability"),
    page("cycles"),
    page("backlog"),
    page("cycles_compare"),
    page("cycle_plan", "{cycle}"),
    page("cycle_plan", "no-such-cycle", member=404, outsider=404, admin=404),
    act("cycle_candidates", "{cycle}", title="Shorter waits", team="emergency", member=302, outsider=422),
    act("cycle_criteria", "{cycle}", name="Impact", weight="2", outsider=302),
    act("cycle_scores", "{cycle}", member=302, outsider=302),
    Route("candidate_new", member=302, outsider=302, admin=302),
    page("candidate_choice", "{candidate}"),
    act("candidate_choice", "{candidate}", choice="left", reason="Not now."),
    page("candidate_choice", "999999", member=404, outsider=404, admin=404),
    act("candidate_archive", "{candidate}"),
    act("candidate_restore", "{candidate}"),
    act("backlog", objective="{waiting_objective}", cycle="{cycle}", member=302),
    page("objective_closure", "{draft_objective}"),
    act("objective_closure", "{draft_objective}", outcome="Done.", learning="Start early.", decision="drop"),
    act(
        "objective_closure", "{draft_objective}", outcome="Done.", decision="keep", member=422, outsider=422, admin=422
    ),
    page("cycle_closure", "{cycle}"),
    act("cycle_closure", "{cycle}", do="close", outsider=302),
    act("cycle_closure", "{cycle}", do="reopen", outsider=302),
    page("rules"),
    page("rule", "jargon"),
    page("rule", "no-such-rule", member=404, outsider=404, admin=404),
    act("rule", "jargon", is_muted="on", reason="We like our words."),
]

SETTINGS = [
    admins_page("settings"),
    page("profile"),
    act("appearance", theme="dark", language="en", member=302, outsider=302),
    page("permissions"),
    page("audit"),
    page("audit_csv"),
    admins_page("background"),
    act("job_retry", "{failed_job}", member=403, outsider=403),
    act("job_retry", "999999", member=403, outsider=403, admin=404),
]

ALERTS = [
    page("alerts"),
    page("alert_count"),
    page("alerts_unanswered"),
    page("alert", "{alert}"),
    page("alert", "{hidden-alert}", member=404, outsider=404),
    page("alert", "999999", member=404, outsider=404, admin=404),
    act("alert_acknowledgements", id="{alert}", member=302, outsider=302),
    act("alert_reopenings", id="{alert}", member=302, outsider=302),
    act("alert_acknowledgement", "{alert}", member=302),
    act("alert_acknowledgement", "{hidden-alert}", member=404, outsider=404),
    act("alert_snooze", "{alert}", until="{next-week}", member=302),
    act("alert_reopening", "{alert}", member=302),
    act("alert_closure", "{alert}", **{"close-reason": "A mistake."}, member=302),
    act("alert_owner", "{alert}", owner="cem-contributor", member=302),
    act("alert_response", "{alert}", what="We open a desk.", member=302),
    act("alert_judgement", "{deviation}", do="baseline", **{"judgement-reason": "A new desk."}),
    act("alert_judgement_removal", "{deviation}"),
    page("alert_rules"),
    page("alert_rule", "late"),
    page("alert_rule", "no-such-rule", member=404, outsider=404, admin=404),
    act("alert_rule", "late", version="0", on="on", hears="owner", reason="As it is."),
    act("alert_rule_muting", "late", **{"mute-reason": "A holiday."}),
    act("alert_rule_unmuting", "late", **{"unmute-reason": "It is over."}),
    act("alert_rule_restoral", "late", reason="As shipped."),
]

LIBRARY = [
    page("library"),
    page("library_kpi", "time-to-hire"),
    page("library_kpi", "no-such-kpi", member=404, outsider=404, admin=404),
    act("library_install", "time-to-hire", team="emergency", member=302),
    act("library_install", "time-to-hire", team="no-such-team", member=404, outsider=404, admin=404),
]

HELP = [
    page("help"),
    page("help_page", "method"),
    page("help_page", "guide/roles"),
    page("help_page", "../README", member=404, outsider=404, admin=404),
]

KPI_PAGES = [
    Route("kpi_new"),
    act("kpi_new", name="Calls", team="emergency", unit="count", direction="up", frequency="month",
        aggregation="sum", visibility="organisation", member=302, outsider=422),
    Route("kpi_new", args=(), method="post", member=422, outsider=422, admin=422),
    act("formula_check", formula="1 + 1", member=200, outsider=200, admin=200),
    page("kpi", "{kpi}"),
    page("kpi", "no-such-kpi", member=404, outsider=404, admin=404),
    page("metric", "{metric}"),
    page("metric", "no-such-metric", member=404, outsider=404, admin=404),
    *(page(f"{kind}_{name}", f"{{{kind}}}")
      for kind in ("kpi", "metric")
      for name in ("card", "history", "chart_svg", "chart_png", "data_csv", "values", "limits", "markers",
                   "definition", "drivers", "driver_moves", "driver_suggestions")),
    *(page(f"{kind}_driver", f"{{{kind}}}", f"{{{kind}_driver}}") for kind in ("kpi", "metric")),
    page("kpi_driver", "{kpi}", "no-such-driver", member=404, outsider=404, admin=404),
    *(act(f"{kind}_drivers", f"{{{kind}}}", driver="{free_metric}", lag="1", way="same", why="Nurses see patients.")
      for kind in ("kpi", "metric")),
    *(act(f"{kind}_driver", f"{{{kind}}}", f"{{{kind}_driver}}", lag="2", way="same", why="They do.", admin=422)
      for kind in ("kpi", "metric")),
    *(act(f"{kind}_driver_removal", f"{{{kind}}}", f"{{{kind}_driver}}") for kind in ("kpi", "metric")),
    *(act(f"{kind}_driver_restoral", f"{{{kind}}}", f"{{former_{kind}_driver}}") for kind in ("kpi", "metric")),
    page("kpi_proposals", "{watched_kpi}"),
    admins_page("proposal_new", "{watched_kpi}"),
    page("proposal", "{proposal}"),
    page("proposal", "{draft_proposal}", member=404, outsider=404),
    page("proposal_edit", "{draft_proposal}", member=404, outsider=404),
    act("proposal_announcement", "{draft_proposal}", member=404, outsider=404),
    act("proposal_sign_off", "{proposal}"),
    act("proposal_objection", "{proposal}", reason="Not yet."),
    act("proposal_objection_withdrawal", "{objected_proposal}"),
    act("proposal_overruling", "{objected_proposal}", reason="It is needed."),
    act("proposal_withdrawal", "{proposal}"),
    act("proposal_taking_back", "{proposal_in_force}", reason="A mistake."),
    act("kpi_explanation", "{eased_kpi}", "target-eased-late", reason="It was mistyped."),
    act("kpi_explanation_removal", "{explained_kpi}", "target-eased-late"),
    page("kpi_targets", "{kpi}"),
    page("kpi_action", "{kpi}"),
    admins_page("kpi_edit", "{kpi}"),
    admins_page("metric_edit", "{metric}"),
    *(act(f"{kind}_values", f"{{{kind}}}", period="2026-08", value="31", state="observed", member=302)
      for kind in ("kpi", "metric")),
    *(act(f"{kind}_values_paste", f"{{{kind}}}", pasted="2026-08 31", member=302) for kind in ("kpi", "metric")),
    *(act(f"{kind}_values_undo", f"{{{kind}}}", f"{{{kind}_batch}}", member=302) for kind in ("kpi", "metric")),
    *(act(f"{kind}_limits", f"{{{kind}}}", sloped="on", reason="It grows.") for kind in ("kpi", "metric")),
    *(act(f"{kind}_finding_{said}", f"{{{kind}}}", f"{{{kind}_period}}")
      for kind in ("kpi", "metric") for said in ("baseline", "rejection", "reopening")),
    *(act(f"{kind}_markers", f"{{{kind}}}", period="2026-03", label="New desk", member=302)
      for kind in ("kpi", "metric")),
    *(act(f"{kind}_marker_removal", f"{{{kind}}}", f"{{{kind}_marker}}", member=302) for kind in ("kpi", "metric")),
    *(act(f"{kind}_marker_restoral", f"{{{kind}}}", f"{{former_{kind}_marker}}", member=302)
      for kind in ("kpi", "metric")),
    *(act(f"{kind}_definition", f"{{{kind}}}", version="1", how_measured="By the desk.", kind="correction")
      for kind in ("kpi", "metric")),
    *(act(f"{kind}_archive", f"{{{kind}}}") for kind in ("kpi", "metric")),
    *(act(f"{kind}_restoral", f"{{{kind}}}") for kind in ("kpi", "metric")),
    act("metric_watching", "{metric}", member=302),
    act("kpi_targets", "{kpi}", when="always", target="30"),
    act("kpi_targets_paste", "{kpi}", pasted="2026-08 31"),
    act("kpi_target_removal", "{kpi}", "{kpi_target}"),
    act("kpi_target_restoral", "{kpi}", "{kpi_target}"),
    act("kpi_action", "{kpi}", text="A second desk."),
    act("kpi_action_clearing", "{kpi}"),
    act("kpi_activation", "{kpi}"),
    act("kpi_approval", "{kpi}", value="{kpi_value}"),
    act("kpi_confirmation", "{kpi}"),
    act("kpi_retirement", "{kpi}"),
    act("kpi_review", "{kpi}"),
    page("scratch"),
    act("scratch", pasted="2026-01 3", member=200, outsider=200, admin=200),
    act("scratch_svg", pasted="2026-01 3", member=200, outsider=200, admin=200),
    act("scratch_png", pasted="2026-01 3", member=200, outsider=200, admin=200),
]  # fmt: skip

NOT_OURS = {"outsider": 404}
IMPORTS = [
    page("imports"),
    page("import_new"),
    act("import_new", member=422, outsider=422, admin=422),
    page("import_mappings"),
    page("saved_mapping_toml", "{mapping}", **NOT_OURS),
    act("saved_mapping_removal", "{mapping}", member=302, **NOT_OURS),
    *(page(name, "{import}", **NOT_OURS)
      for name in ("import", "import_kpis", "import_problems", "import_problems_csv", "import_toml")),
    page("import_kpi", "{import}", "0", **NOT_OURS),
    page("import_kpi", "{import}", "99", member=404, outsider=404, admin=404),
    act("import_mapping", "{import}", about="reset", member=302, **NOT_OURS),
    act("import_mapping_saving", "{import}", name="Waits", member=302, **NOT_OURS),
    *(act(name, "{import}", member=302, **NOT_OURS)
      for name in ("import_reading", "import_confirmation", "import_discarding")),
    act("import_undoing", "{written_import}", member=302, **NOT_OURS),
    act("import_scorecard", "{written_import}", **NOT_OURS),
]  # fmt: skip

SCORECARDS = [
    page("home"),
    page("search"),
    page("scorecards"),
    Route("scorecard_new", member=403),
    act("scorecard_new", name="Acute", team="emergency", visibility="organisation", start="empty", outsider=422),
    page("scorecard", "{scorecard}"),
    page("scorecard", "no-such-card", member=404, outsider=404, admin=404),
    page("scorecard_rows", "{scorecard}"),
    page("scorecard_csv", "{scorecard}"),
    page("scorecard_xlsx", "{scorecard}"),
    admins_page("scorecard_change", "{scorecard}"),
    admins_page("scorecard_kpis", "{scorecard}"),
    act("scorecard_kpis", "{scorecard}", step="save"),
    act("scorecard_archive", "{scorecard}"),
    act("scorecard_restore", "{scorecard}"),
    page("kpis"),
    page("kpi_reports"),
    page("kpi_rows"),
    page("kpis_csv"),
    page("kpis_xlsx"),
    act("kpis", kpi="{kpi}", reason="Because.", member=422, outsider=422),
    Route("row_action", member=403, outsider=403, admin=302, args=("{kpi}",)),
    page("values"),
    Route("values_cells", member=422, outsider=422, admin=422, method="post"),
    Route("values_preview", member=422, outsider=422, admin=422, method="post"),
    act("values_undo", "{batch}", member=302),
]

# Drafts are changed by contributors of the team; anybody inside reads them.
OBJECTIVE_PAGES = [
    page("objective", "{objective}"),
    page("objective", "no-such-objective", member=404, outsider=404, admin=404),
    page("objective_new"),
    act("objective_new", title="Be kind", team="emergency", do="check", member=200, outsider=200, admin=200),
    act("objective_draft_check", title="Be kind", team="emergency", member=200, outsider=200, admin=200),
    Route("objective_edit", outsider=403, args=("{objective}",)),
    act("objective_edit", "{objective}", title="", version="1", member=422, admin=422),
    act("objective_proposal", "{objective}", member=302),
    act("objective_agreement", "{objective}", admin=422),
    act("objective_start", "{objective}"),
    act("objective_sending_back", "{objective}", reason="Later.", admin=422),
    act("objective_archive", "{objective}", member=302),
    act("objective_restoral", "{objective}", member=302),
    act("objective_repairs", "{objective}", accept="all", member=302),
    Route("objective_alignment", outsider=403, args=("{objective}",)),
    act("objective_link_removal", "{objective}", "{objective-link}", member=302),
    act("objective_link_restoral", "{objective}", "{objective-link}", member=302),
    Route("objective_override", member=403, outsider=403, args=("{objective}",)),
    act("objective_override_end", "{overridden-objective}"),
    Route("key_result_new", outsider=403, args=("{objective}",)),
    act("key_result_new", "{objective}", do="paste", pasted="Wait | 60 | 20", member=302),
    page("key_result", "{key-result}"),
    page("key_result", "no-such-key-result", member=404, outsider=404, admin=404),
    Route("key_result_edit", outsider=403, args=("{key-result}",)),
    Route("key_result_figures", outsider=403, args=("{key-result}",)),
    act("key_result_figures", "{key-result}", baseline="60", target="30", member=302),
    act("key_result_publication", "{key-result}", member=302),
    act("key_result_archive", "{key-result}", member=302),
    act("key_result_restoral", "{key-result}", member=302),
    act("key_result_milestone", "{key-result}", "999999", evidence="Seen.", member=422, admin=422),
    Route("initiative_new", outsider=403, args=("{objective}",)),
    act("initiative_new", "{objective}", title="Open a second desk", state="planned", member=302),
    page("initiative", "{initiative}"),
    page("initiative", "no-such-initiative", member=404, outsider=404, admin=404),
    act("initiative_archive", "{initiative}", member=302),
    act("initiative_restoral", "{initiative}", member=302),
    page("chooser"),
    page("chooser_start", member=302, outsider=302, admin=302),
    page("okr_library"),
    act("okr_library_install", "digital-daily-work", team="emergency", member=302),
]

# An insight is as visible as its KPI; dismissing it is everybody's own affair.
INSIGHTS = [
    page("insights"),
    act("insight_dismissal", "{insight}", member=302, outsider=302),
    act("insight_dismissal", "{hidden-insight}", member=404, outsider=404),
    act("insight_dismissal", "no-such-insight", member=404, outsider=404, admin=404),
    act("insight_restoral", "{insight}", member=302, outsider=302),
    act("insight_restoral", "{hidden-insight}", member=404, outsider=404),
    page("cycle_worsening", "{cycle}"),
]

# What is said follows the visibility of what it is about; the waiting time is open to all.
DISCUSSION = [
    page("comments", "kpi", "{kpi}"),
    page("comments", "kpi", "no-such-kpi", member=404, outsider=404, admin=404),
    page("comments", "no-such-kind", "x", member=404, outsider=404, admin=404),
    page("comments", "kpi", "{hidden-kpi}", member=404, outsider=404),
    act("comments", "kpi", "{kpi}", text="Hello", member=302, outsider=302),
    act("comments", "kpi", "{kpi}", text=" ", member=422, outsider=422, admin=422),
    act("comments", "kpi", "{hidden-kpi}", text="Hello", member=404, outsider=404),
    act("comment_text", "{comment}", text="Hello again", version="1", member=302, admin=403),
    act("comment_text", "{hidden-comment}", text="x", member=404, outsider=404, admin=403),
    act("comment_removal", "{comment}", member=302),
    act("comment_removal", "{hidden-comment}", member=404, outsider=404),
    act("comment_restoral", "{removed-comment}", member=302),
    act("following", "kpi", "{kpi}", on="yes", member=302, outsider=302),
    act("following", "kpi", "{hidden-kpi}", on="yes", member=404, outsider=404),
    page("mention_choices", "kpi", "{kpi}"),
    page("mention_choices", "kpi", "{hidden-kpi}", member=404, outsider=404),
    page("inbox"),
    page("inbox_bell"),
    act("inbox_reading", member=302, outsider=302),
    act("inbox_reading", id="1", open="1", member=302, outsider=302),
]

NOTIFICATIONS = [
    page("notification_settings"),
    act("notification_settings", version="0", digest_at="08:00", digest_weekday="0", member=302, outsider=302),
    act("notification_settings", version="0", digest_at="8 am", member=422, outsider=422, admin=422),
    act("channel_new", service="webhook", address="https://example.org/hook", member=302, outsider=302),
    act("channel_new", service="webhook", address="https://10.0.0.1/hook", member=422, outsider=422, admin=422),
    act("account_question", member=422, outsider=422, admin=422),
    act("channel_test", "{channel}", member=302, outsider=404, admin=404),
    act("channel_question", "{channel}", member=422, outsider=404, admin=404),
    act("channel_removal", "{channel}", member=302, outsider=404, admin=404),
    act("channel_change", "{team-channel}", pace="daily", groups="alerts", member=404, outsider=404),
    act("channel_removal", "{team-channel}", member=404, outsider=404),
    admins_page("team_channels", "emergency"),
    page("team_channels", "no-such-team", member=404, outsider=404, admin=404),
    act("team_channels", "emergency", service="webhook", address="https://example.org/hook", pace="daily",
        groups="alerts"),
    admins_page("deliveries"),
    page("go", "kpi", "{kpi}", member=302, outsider=302, admin=302),
    open_page("mute", "no-such-link", answer=404),
    open_page("mute", "{mute-link}"),
    Route("mute", 200, 200, 200, 200, args=("{mute-link}",), method="post"),
    open_page("channel_confirmation", "no-such-link", answer=404),
    open_page("channel_confirmation", "{confirmation}"),
]  # fmt: skip

CHECK_INS = [
    page("check_in"),
    page("check_in_team"),
    *(
        page(f"{kind}_check_ins", f"{{{word}}}")
        for kind, word in (("kpi", "kpi"), ("key_result", "running-key-result"))
    ),
    page("key_result_check_ins", "no-such-key-result", member=404, outsider=404, admin=404),
    act("kpi_check_ins", "{kpi}", confidence="7", member=302),
    act("key_result_check_ins", "{running-key-result}", confidence="7", member=302),
    act("key_result_check_ins", "{running-key-result}", confidence="11", member=422, admin=422),
    act("key_result_check_ins", "{said-key-result}", confidence="7", seen="0", admin=409, member=302),
    act("kpi_blockers", "{kpi}", blocker="No room", member=302),
    act("key_result_blockers", "{running-key-result}", blocker="No room", member=302),
    page("check_in_one", "{check-in}", member=302, outsider=302, admin=302),
    page("check_in_one", "999999", member=404, outsider=404, admin=404),
    act("check_in_taking_back", "{check-in}", member=302, admin=403),
    act("check_in_acknowledgement", "{check-in}"),
    act("check_in_acknowledgements", check_in="{check-in}"),
    act("blocker_resolution", "{blocker}", member=302),
    act("blocker_reopening", "{blocker}", member=302),
]

OBJECTIVE_LISTS = [
    page("objectives"),
    page("objective_rows"),
    page("objective_map_svg"),
    page("objective_map_png"),
    page("objective_results", "{map-objective}"),
    page("objective_results", "{hidden-map-objective}", outsider=404),
    page("team_objectives", "emergency"),
    page("team_objectives", "no-such-team", member=404, outsider=404, admin=404),
]

# Who may change the metric may run its survey; who has a link may answer, whoever they are.
SURVEYS = [
    page("surveys"),
    page("survey_new"),
    act("survey_new", name="", member=422, outsider=422, admin=422),
    page("survey", "{survey}"),
    page("survey", "{hidden-survey}", outsider=404),
    page("survey", "no-such-survey", member=404, outsider=404, admin=404),
    admins_page("survey_edit", "{survey}"),
    act("survey_edit", "{survey}", name="", version="1", admin=422),
    act("survey_opening", "{survey}"),
    act("survey_opening", "{hidden-survey}", outsider=404, admin=422),
    act("survey_pause", "{open-survey}"),
    act("survey_closure", "{open-survey}"),
    act("survey_archive", "{survey}"),
    act("survey_restoral", "{archived-survey}"),
    act("survey_link", "{link-survey}"),
    act("survey_links", "{open-survey}", count="3", admin=200),
    act("survey_links", "{open-survey}", count="0", admin=422),
    act("survey_mails", "{open-survey}", addresses="x@example.org", admin=422),
    admins_page("survey_counts", "{survey}"),
    act("survey_counts", "{survey}", period="2020-01", score_0="5", score_10="5"),
    page("survey_answer", "{staff-survey}", outsider=404, admin=404),
    page("survey_answer", "{survey}", member=404, outsider=404, admin=404),
    act("survey_answer", "{staff-survey}", score="9", member=200, outsider=404, admin=404),
    open_page("survey_form", "no-such-link", answer=404),
    open_page("survey_form", "{personal-link}"),
    Route("survey_form", 200, 200, 200, 200, args=("{personal-link}",), method="post", data={"score": "9"}),
    Route("survey_form", 422, 422, 422, 422, args=("{open-link}",), method="post", data={"score": "99"}),
]

# Everybody reads what is told of teams; asking for the pulse is the administrator's, answering everybody's own.
PRACTICE = [
    page("practice"),
    page("pitfall", "okr-hard-to-set"),
    page("pitfall", "no-such-pitfall", member=404, outsider=404, admin=404),
    page("team_maturity", "emergency"),
    page("team_maturity", "no-such-team", member=404, outsider=404, admin=404),
    page("practice_pulse"),
    act("practice_pulse", version="0", is_on="on", every_months="3", open_days="14"),
    act("pulse_opening", every="{pulse-rhythm}"),
    act("pulse_opening", admin=422),
    act("pulse_closing", "{pulse-round}"),
    act("pulse_closing", "no-such-round", member=404, outsider=404, admin=404),
    page("pulse"),
    act("pulse", round="{pulse-round}", focus="3", member=422, outsider=422, admin=422),
]

# Who may change the KPI decides about its life; what one may not see has none.
LIFECYCLE = [
    page("lifecycle"),
    page("lifecycle_reds"),
    Route("kpi_promote", member=403, outsider=403, args=("{lagging-kpi}",)),
    Route("kpi_promote", member=404, outsider=404, args=("{hidden-kpi}",), admin=422),
    act("kpi_promote", "{lagging-kpi}", why="Patients wait.", ends_on="{next-week}", revert_after="3", anyway="1"),
    page("kpi_decision", "{promoted-kpi}"),
    page("kpi_decision", "{hidden-kpi}", member=404, outsider=404),
    act("kpi_decision", "{promoted-kpi}", do="withdraw", **{"withdraw-reason": "The machine is sold."}),
    act("promotion_answer", "{promotion}", **{"changed-text": "A second desk."}),
    act("promotion_answer", "{hidden-promotion}", member=404, outsider=404, **{"changed-text": "A second desk."}),
    act("lifecycle_undo", "{promoting-step}"),
    act("lifecycle_undo", "{hidden-step}", member=404, outsider=404),
    page("key_result_graduation", "{promoted-key-result}"),
    act("key_result_graduation", "{promoted-key-result}", admin=422),
]

ROUTES = [
    *LIFECYCLE,
    *PRACTICE,
    *SURVEYS,
    Route("without_slash", anonymous=301, member=301, outsider=301, admin=301, args=("people",)),
    *SCORECARDS,
    *IMPORTS,
    *KPI_PAGES,
    *WATCHING,
    *SIGN_IN_PAGES,
    *PEOPLE,
    *TEAMS,
    *TOKENS,
    *STRATEGY,
    *PLANNING,
    *LIBRARY,
    *HELP,
    *SETTINGS,
    *INSIGHTS,
    *DISCUSSION,
    *NOTIFICATIONS,
    *CHECK_INS,
    *ALERTS,
    *OBJECTIVE_LISTS,
    *OBJECTIVE_PAGES,
]
