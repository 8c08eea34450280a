"""What files of objectives and key results say, as plain values, before anything of it is matched or kept."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: `row` counts lines of a text, rows of a table, records of a list plus one."""

    file: str
    row: int | None = None
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class ReadProblem:
    """Something that could not be read, or that a person should look at; `kept_out`: it is not taken."""

    file: str
    row: int | None
    column: str
    key: str
    message: str
    sheet: str = ""
    kept_out: bool = False


@dataclass(frozen=True, slots=True)
class ReadCycle:
    """A span of time as texts that `calc.periods.parse_period` reads: "2019-Q2", "FY2022", "2026-01-01"."""

    first: str
    last: str = ""
    name: str = ""  # what it is called, where the file says so
    key: str = ""


@dataclass(frozen=True, slots=True)
class ReadTeam:
    """A team as files call it; `aliases` are its other names, such as an abbreviation."""

    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadObjective:
    """An objective; `ref` names it within the document, `level` is "goal" for one made from a repeated text."""

    ref: str
    title: str
    place: Place
    parent_ref: str = ""
    level: str = "objective"
    description: str = ""
    teams: tuple[str, ...] = ()  # the first holds it, the others contribute
    owners: tuple[str, ...] = ()  # the first is accountable
    cycle: ReadCycle | None = None
    state: str = ""
    status: str = ""
    ambition: str = ""
    rollup: str = ""
    theme: str = ""
    key: str = ""
    external_id: str = ""
    supports: tuple[str, ...] = ()
    steps_of: tuple[str, ...] = ()
    link: str = ""
    visibility: str = ""


@dataclass(frozen=True, slots=True)
class ReadStep:
    """One milestone."""

    title: str
    is_done: bool = False
    weight: float = 1
    due: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class ReadKeyResult:
    """A key result. What no file says is empty or None, never 0."""

    ref: str
    objective_ref: str
    title: str
    place: Place
    kind: str = "metric"
    indicator: str = ""
    direction: str = ""
    unit: str = ""
    baseline: float | None = None
    target: float | None = None
    low: float | None = None
    high: float | None = None
    stretch: float | None = None
    is_strict: bool = False
    planned_periods: int | None = None
    checkpoints: tuple[tuple[float, float], ...] = ()
    plan: tuple[tuple[str, float], ...] = ()
    relative: str = ""
    amount: float | None = None
    baseline_from_series: bool = False
    weight: float | None = None
    ambition: str = ""
    teams: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    starts: str = ""
    due: str = ""
    priority: str = ""
    score: float | None = None
    is_done: bool | None = None
    steps: tuple[ReadStep, ...] = ()
    metric_key: str = ""
    note: str = ""
    link: str = ""
    key: str = ""
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class ReadUpdate:
    """What one record says of a key result in a period; "" is "as things stand", `value` None is no data.

    `progress` is the published share (0.25 is 25 %), kept to compare ours with and never stored as ours.
    """

    key_result_ref: str
    place: Place
    period: str = ""
    value: float | None = None
    baseline: float | None = None
    target: float | None = None
    progress: float | None = None
    status: str = ""
    confidence: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReadInitiative:
    """Work for an objective or a key result."""

    ref: str
    objective_ref: str
    title: str
    place: Place
    key_result_ref: str = ""
    description: str = ""
    owners: tuple[str, ...] = ()
    state: str = ""
    starts: str = ""
    due: str = ""
    link: str = ""
    key: str = ""


@dataclass(slots=True)
class OkrDocument:
    """All that was read, in the order of the files. `updates` has one entry per record, repeats included."""

    objectives: list[ReadObjective] = field(default_factory=list)
    key_results: list[ReadKeyResult] = field(default_factory=list)
    updates: list[ReadUpdate] = field(default_factory=list)
    initiatives: list[ReadInitiative] = field(default_factory=list)
    teams: list[ReadTeam] = field(default_factory=list)
    problems: list[ReadProblem] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)  # (file, what a person should know)
    skipped: int = 0  # empty cells where a value could have been
    is_fiscal: bool = False  # periods are said to be of fiscal years
    is_code: bool = False  # OKRs as code: what it says takes the place of what is known

    @property
    def goals(self) -> list[ReadObjective]:
        return [objective for objective in self.objectives if objective.level == "goal"]

    @property
    def people(self) -> list[str]:
        """Names of owners, each once, in the order met."""
        held = [thing.owners for thing in self.objectives]
        held += [thing.owners for thing in self.key_results]
        held += [thing.owners for thing in self.initiatives]
        return list(dict.fromkeys(name for owners in held for name in owners))

    @property
    def is_empty(self) -> bool:
        return not self.objectives and not self.key_results

    def add(self, other: OkrDocument) -> None:
        """Put what another file says behind this."""
        for name in ("objectives", "key_results", "updates", "initiatives", "teams", "problems", "notes"):
            getattr(self, name).extend(getattr(other, name))
        self.skipped += other.skipped
        self.is_fiscal = self.is_fiscal or other.is_fiscal
        self.is_code = self.is_code or other.is_code

    def problem(self, place: Place, key: str, message: str, *, column: str = "", kept_out: bool = False) -> None:
        self.problems.append(ReadProblem(place.file, place.row, column, key, message, place.sheet, kept_out))
