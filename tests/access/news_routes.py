"""Who may open what Sextant tells people and what they tell each other: insights, alerts, comments, channels."""

from __future__ import annotations

from tests.access.answers import Route, act, admins_page, open_page, page

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
