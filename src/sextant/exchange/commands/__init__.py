"""The verbs that write imports and mappings."""

from sextant.core.actors import SYSTEM
from sextant.exchange.commands.imports import (
    Imported,
    begin_work,
    change_mapping,
    check_mapping,
    confirm_import,
    discard_import,
    files_folder,
    give_up_work,
    is_dead,
    read_import,
    source_of,
    start_import,
)
from sextant.exchange.commands.mappings import delete_mapping, keep_mapping, save_mapping
from sextant.exchange.commands.undoing import undo_import

__all__ = [
    "SYSTEM", "Imported", "begin_work", "change_mapping", "check_mapping", "confirm_import", "delete_mapping",
    "discard_import", "files_folder", "give_up_work", "is_dead", "keep_mapping", "read_import", "save_mapping",
    "source_of", "start_import", "undo_import",
]  # fmt: skip
