"""Who may open the pages of the organisation: signing in, people, teams, strategy, settings and help."""

from __future__ import annotations

from tests.access.answers import SIGN_IN, Route, act, admins_page, open_page, page

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

HELP = [
    page("help"),
    page("help_page", "method"),
    page("help_page", "guide/roles"),
    page("help_page", "../README", member=404, outsider=404, admin=404),
]
