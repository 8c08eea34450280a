"""Verbs that write metrics and their measurements."""

from sextant.metrics.commands.batches import undo_batch
from sextant.metrics.commands.definitions import change_definition
from sextant.metrics.commands.drivers import change_driver, link_driver, relink_driver, unlink_driver
from sextant.metrics.commands.judgement import (
    add_marker,
    choose_limits,
    confirm_baseline,
    reject_finding,
    remove_marker,
    reopen_finding,
)
from sextant.metrics.commands.metrics import archive_metric, change_metric, create_metric, restore_metric
from sextant.metrics.commands.recording import RawPoint, Recorded, Rejection, record

__all__ = [
    "RawPoint",
    "Recorded",
    "Rejection",
    "add_marker",
    "archive_metric",
    "change_definition",
    "change_driver",
    "change_metric",
    "choose_limits",
    "confirm_baseline",
    "create_metric",
    "link_driver",
    "record",
    "reject_finding",
    "relink_driver",
    "remove_marker",
    "reopen_finding",
    "restore_metric",
    "undo_batch",
    "unlink_driver",
]
