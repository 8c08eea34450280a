"""Who may open the pages about KPIs: their library, pages, imports, scorecards, surveys and lives."""

from __future__ import annotations

from tests.access.answers import Route, act, admins_page, open_page, page

LIBRARY = [
    page("library"),
    page("library_kpi", "time-to-hire"),
    page("library_kpi", "no-such-kpi", member=404, outsider=404, admin=404),
    act("library_install", "time-to-hire", team="emergency", member=302),
    act("library_install", "time-to-hire", team="no-such-team", member=404, outsider=404, admin=404),
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
    act("proposal_standing_for", "{waiting_proposal}"),
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
