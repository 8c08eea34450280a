"""What an import understood, as plain values: drafts of metrics and targets, offers, problems, blocks of values."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sextant.calc.periods import Period

COMPLETE = ("unit", "direction", "frequency", "how_measured", "owner", "target")
"""What a KPI has before it can be activated; `MetricDraft.missing` names those not found."""


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """Something that kept a cell, a row or a file out. `row` and `column` count from 1 as a sheet does."""

    file: str
    row: int | None
    column: str
    key: str
    message: str
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class ImportNote:
    """Something a person should know although nothing was kept out."""

    file: str
    key: str
    message: str
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A question to the person: what was found, what can be chosen, what was assumed.

    `setting` is the key of the table mapping that answers it. `required` offers keep values out until
    they are answered; for the others `chosen` says what is done when nobody answers.
    """

    kind: str
    file: str
    message: str
    setting: str
    choices: tuple[str, ...] = ()
    chosen: str = ""
    required: bool = False
    sheet: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class TargetDraft:
    """A target as found: for one `period`, from `valid_from` on, or (`aim_by`) for a later date.

    All three None: it holds for every period. `applies_to` names the measure it is about, "" for all.
    """

    target: float | None = None
    red_flag: float | None = None
    low: float | None = None
    high: float | None = None
    period: Period | None = None
    valid_from: Period | None = None
    aim_by: Period | None = None
    applies_to: str = ""
    text: str = ""
    source: str = ""


@dataclass(slots=True)
class MetricDraft:
    """One metric as far as the files describe it; `missing` names what a complete KPI still lacks.

    `has_series`: a table of values is about it; `has_values`: values go to it (False where its table holds
    breakdowns only). `found_frequency` is that of the streamed periods; `frequency` may be coarser when the
    mapping says so. `sub_hourly`: several values share an hour; their note is the exact time as written.
    """

    index: int
    name: str
    external_id: str = ""
    key_hint: str = ""
    file: str = ""
    sheet: str = ""
    row: int | None = None
    unit: str = ""
    unit_text: str = ""
    direction: str = ""
    frequency: str = ""
    span: int = 1
    aggregation: str = ""
    precision: int | None = None
    description: str = ""
    how_measured: str = ""
    owner: str = ""
    team: str = ""
    theme: str = ""
    source: str = ""
    parent: str = ""
    baseline: float | None = None
    target_text: str = ""
    targets: list[TargetDraft] = field(default_factory=list)
    part_of: int | None = None
    slice: dict[str, str] = field(default_factory=dict)
    measure: str = ""
    measure_of: int | None = None
    numerator: str = ""
    denominator: str = ""
    numerator_metric: int | None = None
    denominator_metric: int | None = None
    has_series: bool = False
    has_values: bool = False
    is_headline: bool = True
    found_frequency: str = ""
    grain: tuple[str, int] | None = None
    sub_hourly: bool = False
    translations: dict[str, str] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)

    @property
    def missing(self) -> tuple[str, ...]:
        """What is still needed before this can be an active KPI."""
        return tuple(name for name in COMPLETE if not self._has(name))

    def _has(self, name: str) -> bool:
        return bool(self.targets) if name == "target" else bool(getattr(self, name))

    def learn(self, name: str, value: object, origin: str) -> bool:
        """Take a fact unless one is known already; the first source wins. Returns whether it was taken."""
        if value in (None, "") or getattr(self, name) not in (None, ""):
            return False
        setattr(self, name, value)
        self.evidence[name] = origin
        return True


Measurement = tuple[int, int, int, float | None, str, str, str, int]
"""metric index, start and end (hours since 1970), value, state, qualifier, note, row in the file."""


@dataclass(slots=True)
class Block:
    """Some measurements of one table, in file order."""

    file: str
    sheet: str
    rows: list[Measurement]

    def __iter__(self) -> Iterator[Measurement]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(slots=True)
class Counts:
    """What happened to the cells while values were read.

    `skipped` were empty, `missing` said "NA" or the like (kept as measurements without a value), `breakdown`
    are offered and not lost, `left_out` are forecasts and other kinds of numbers, `targets` judge values.
    """

    measurements: int = 0
    missing: int = 0
    skipped: int = 0
    breakdown: int = 0
    left_out: int = 0
    targets: int = 0
    unanswered: int = 0
    unreadable: int = 0
    rows: int = 0
