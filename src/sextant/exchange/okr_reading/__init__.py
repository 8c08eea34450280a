"""Reading objectives and key results out of files: tables, related lists of records, Markdown, and OKRs as code.

Pure: files in, one `OkrDocument` out. Nothing here knows what the product holds already (see `exchange.okrs`).
"""

from sextant.exchange.okr_reading.document import (
    OkrDocument,
    Place,
    ReadCycle,
    ReadInitiative,
    ReadKeyResult,
    ReadObjective,
    ReadProblem,
    ReadStep,
    ReadTeam,
    ReadUpdate,
)
from sextant.exchange.okr_reading.reading import OpenedFile, list_files, looks_like_okrs, read_okrs

__all__ = [
    "OkrDocument",
    "OpenedFile",
    "Place",
    "ReadCycle",
    "ReadInitiative",
    "ReadKeyResult",
    "ReadObjective",
    "ReadProblem",
    "ReadStep",
    "ReadTeam",
    "ReadUpdate",
    "list_files",
    "looks_like_okrs",
    "read_okrs",
]
