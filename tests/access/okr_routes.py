"""Who may open the pages about objectives: planning, drafting, check-ins, and the practice of both."""

from __future__ import annotations

from tests.access.answers import Route, act, page

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
    act("key_result_explanation", "{key-result}", "guard-worse", reason="New staff.", member=422, admin=422),
    act("key_result_explanation_removal", "{key-result}", "guard-worse", member=302),
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
