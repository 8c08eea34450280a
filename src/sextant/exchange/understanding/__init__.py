"""Understanding any table of KPIs: which columns, metrics, periods, targets and breakdowns it holds.

`understand(grids)` looks at all files together and writes nothing; `Understanding.measurements()` then
streams the values. Pure Python: no Django, no database.
"""

from sextant.exchange.understanding.drafts import (
    Block,
    Counts,
    ImportNote,
    ImportProblem,
    MetricDraft,
    Offer,
    TargetDraft,
)
from sextant.exchange.understanding.mapping import Mapping, MappingError, RatioDefinition, TableMapping
from sextant.exchange.understanding.tables import TableReading
from sextant.exchange.understanding.understand import Understanding, understand

__all__ = [
    "Block",
    "Counts",
    "ImportNote",
    "ImportProblem",
    "Mapping",
    "MappingError",
    "MetricDraft",
    "Offer",
    "RatioDefinition",
    "TableMapping",
    "TableReading",
    "TargetDraft",
    "Understanding",
    "understand",
]
