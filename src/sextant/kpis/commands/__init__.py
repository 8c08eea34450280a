"""Verbs that write KPIs, targets and scorecards."""

from sextant.kpis.commands.actions import clear_action, note_action
from sextant.kpis.commands.approving import approve_value
from sextant.kpis.commands.arrangement import arrangement_version, set_arrangement
from sextant.kpis.commands.kpis import (
    activate_kpi,
    archive_kpi,
    change_kpi,
    complete_kpis,
    create_kpi,
    restore_kpi,
    retire_kpi,
    review_kpi,
    watch_metric,
)
from sextant.kpis.commands.library import install_from_library
from sextant.kpis.commands.scorecards import (
    archive_scorecard,
    arrange_scorecard,
    change_scorecard,
    create_scorecard,
    place_kpi,
    remove_kpi,
    restore_scorecard,
)
from sextant.kpis.commands.targets import remove_target, set_target

__all__ = [
    "activate_kpi",
    "approve_value",
    "archive_kpi",
    "archive_scorecard",
    "arrange_scorecard",
    "arrangement_version",
    "change_kpi",
    "change_scorecard",
    "clear_action",
    "complete_kpis",
    "create_kpi",
    "create_scorecard",
    "install_from_library",
    "note_action",
    "place_kpi",
    "remove_kpi",
    "remove_target",
    "restore_kpi",
    "restore_scorecard",
    "retire_kpi",
    "review_kpi",
    "set_arrangement",
    "set_target",
    "watch_metric",
]
