"""Values out of tables, block by block: memory stays flat however long the file is."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from sextant.calc.numbers import NumberFormat, Reading
from sextant.exchange.understanding.cells import at, cell_number, normal
from sextant.exchange.understanding.columns import adds_up
from sextant.exchange.understanding.drafts import Block, Counts, ImportProblem, Measurement, MetricDraft
from sextant.exchange.understanding.plans import BREAKDOWN, JUDGES, LEFT_OUT, UNANSWERED, Plan
from sextant.exchange.understanding.scan import Key, RowReader, is_simple, period_text
from sextant.exchange.understanding.tables import Slot, TableReading, is_percent
from sextant.exchange.understanding.when import PeriodReader
from sextant.exchange.understanding.words import MULTIPLIERS, Role, word_lists
from sextant.readers.grids import Cell, Row

BLOCK = 10_000
PROBLEMS = 100_000
ESTIMATED = word_lists("members")["estimated"]
Progress = Callable[[str, int], None]
"""Called with the file and the number of rows read so far."""
Place = tuple[int, int]


@dataclass(slots=True)
class Streaming:
    """One pass over all plans; `problems` and `counts` fill while the blocks are taken."""

    plans: Sequence[Plan]
    drafts: Sequence[MetricDraft]
    readers: Sequence[PeriodReader]
    problems: list[ImportProblem] = field(default_factory=list)
    problems_left_out: int = 0
    counts: Counts = field(default_factory=Counts)
    progress: Progress | None = None

    def blocks(self) -> Iterator[Block]:
        """All measurements, table by table, in file order."""
        for plan, periods in zip(self.plans, self.readers, strict=True):
            simple = is_simple(plan.table) and not plan.sums and not any(plan.scales.values())
            rows = self._delimited(plan, periods) if simple else self._cells(plan, periods)
            block: list[Measurement] = []
            for part in rows:
                block += part
                if len(block) >= BLOCK:
                    yield Block(plan.table.grid.file, plan.table.grid.name, block)
                    block = []
            if block:
                yield Block(plan.table.grid.file, plan.table.grid.name, block)

    def problem(self, plan: Plan, row: int | None, column: str, key: str, message: str) -> None:
        """Remember what kept a cell out; after a great many only their number."""
        self.counts.unreadable += 1
        if len(self.problems) < PROBLEMS:
            grid = plan.table.grid
            self.problems.append(ImportProblem(grid.file, row, column, key, message, grid.name))
        else:
            self.problems_left_out += 1

    def _delimited(self, plan: Plan, periods: PeriodReader) -> Iterator[list[Measurement]]:
        """The fast way: csv rows, two dictionary look-ups and one float per row."""
        table = plan.table
        assert table.layout is not None
        assert table.row_period is not None
        first, period, value = table.layout.first_row, table.row_period, table.slots[0].column
        columns = plan.scan.columns
        only = columns[0] if len(columns) == 1 else None
        cleaned = _cleaner(table.number_format)
        routes, caches = _fast_routes(plan, self.drafts)
        part: list[Measurement] = []
        append = part.append
        number = done = 0
        for number, row in enumerate(table.grid.raw_rows(), 1):
            if number < first:
                continue
            try:
                metric, cache = routes[row[only] if only is not None else tuple([row[c] for c in columns])]
                start, end = cache[row[period]]
                text = row[value]
                number_read = float(text if cleaned is None else cleaned(text))
                if number_read - number_read != 0.0 or "_" in text:
                    raise ValueError
                append((metric, start, end, number_read, "observed", "", "", number))
            except (KeyError, ValueError, IndexError):
                self._slow_row(plan, periods, number, row, caches, part)
            if len(part) >= BLOCK:
                self.counts.measurements += sum(1 for entry in part if entry[3] is not None)
                done = self._report(plan, number, done)
                yield part
                part = []
                append = part.append
        self.counts.measurements += sum(1 for entry in part if entry[3] is not None)
        self._report(plan, number, done)
        yield part

    def _report(self, plan: Plan, number: int, before: int) -> int:
        self.counts.rows += number - before
        if self.progress is not None:
            self.progress(plan.table.grid.file, number)
        return number

    def _slow_row(
        self, plan: Plan, periods: PeriodReader, number: int, row: list[str],
        caches: dict[int, dict[str, Place]], part: list[Measurement],
    ) -> None:  # fmt: skip
        """A row of the fast way that is not plain: empty, padded, qualified, a new period, or unreadable."""
        columns = plan.scan.columns
        if not any(row):
            return
        key = tuple(row[column] if column < len(row) else "" for column in columns)
        route = plan.route.get(key)
        if route is None:
            if sum(1 for cell in row if cell.strip()) > 1 and not plan.table.is_header(row):
                self.problem(plan, number, "", "row-incomplete", "The row has too few columns and was left out.")
            return
        if not self._counts_for(route[0], at(row, plan.table.slots[0].column).strip()):
            return
        before = len(part)
        self._take(plan, periods, number, row, row, 0, route[0], part)
        if len(part) > before:
            _, start, end, *_ = part[-1]
            assert plan.table.row_period is not None
            text = row[plan.table.row_period]
            if text.strip() not in periods.qualifiers and not self.drafts[route[0]].sub_hourly:
                caches[route[0]][text] = (start, end)

    def _counts_for(self, metric: int, text: str) -> bool:
        """Count a cell that goes to no metric, or holds nothing; True when it is to be read."""
        if not text:
            self.counts.skipped += 1
        elif metric >= 0:
            return True
        elif metric == BREAKDOWN:
            self.counts.breakdown += 1
        elif metric == JUDGES:
            self.counts.targets += 1
        elif metric == UNANSWERED:
            self.counts.unanswered += 1
        elif metric == LEFT_OUT:
            self.counts.left_out += 1
        return False

    def _take(
        self, plan: Plan, periods: PeriodReader, number: int, row: Sequence[str | Cell], texts: Sequence[str],
        place: int, metric: int, part: list[Measurement],
    ) -> None:  # fmt: skip
        """Read one value with its period and add it to the part, or say why not."""
        table, draft = plan.table, self.drafts[metric]
        slot = table.slots[place]
        cell = row[slot.column]
        reading = cell_number(cell if isinstance(cell, Cell) else cell.strip(), table.number_format)
        if reading.kind in ("text", "error"):
            self.problem(
                plan,
                number,
                table.header(slot.column),
                reading.key or "not-a-number",
                _unreadable(reading, at(texts, slot.column)),
            )
            return
        written = period_text(table, texts, slot).strip()
        period = periods.read(written) if draft.grain else periods.placed(written, draft.found_frequency)
        if period is not None and draft.grain and (period.frequency.value, period.span) != draft.grain:
            self.counts.left_out += 1
            return
        if period is None:
            written = "" if written.startswith("part:") else written
            self.missing_period(plan, number, table.header(slot.column), written)
            return
        if reading.kind == "empty" and not _mark(table, slot, texts):
            self.counts.skipped += 1
            return
        value, state, qualifier = reading.value, "observed", reading.qualifier or periods.qualifiers.get(written, "")
        if reading.kind == "not_applicable":
            state = "not_applicable"
        elif reading.kind == "missing":
            qualifier = reading.qualifier or reading.text or at(texts, slot.column).strip()
        if value is not None:
            factor = 100.0 if is_percent(cell) and draft.unit == "percent" else plan.scales.get(metric, 1.0)
            factor *= _magnitude(table, texts)
            value = value if factor == 1.0 else round(value * factor, 10)
        else:
            self.counts.missing += 1
        qualifier = qualifier or _mark(table, slot, texts)
        qualifier, note, state = _beside(plan, texts, qualifier, state)
        if draft.sub_hourly:
            note = note or written
        part.append((metric, period.start, period.end, value, state, qualifier, note, number))

    def missing_period(self, plan: Plan, number: int, header: str, written: str) -> None:
        """Report a value whose period is unreadable or not named; open questions are counted only."""
        table = plan.table
        if written and adds_up(written):
            self.counts.left_out += 1
        elif written:
            column = table.header(table.row_period) if table.row_period is not None else header
            self.problem(plan, number, column, "unreadable-period", f"“{written}” cannot be read as a period; its "
                         "value was left out. Write it like 2026-03 or 31.03.2026.")  # fmt: skip
        elif any(offer.required for offer in table.offers):
            self.counts.unanswered += 1
        else:
            self.problem(plan, number, header, "period-missing", "The row names no period; its value was left out.")

    def _cells(self, plan: Plan, periods: PeriodReader) -> Iterator[list[Measurement]]:
        """The general way, for every other shape of table."""
        table = plan.table
        reader = RowReader(table, plan.scan.columns, plan.scan.roles)
        adder = _Adder(self, plan, periods)
        part: list[Measurement] = []
        number = done = 0
        nowhere = [LEFT_OUT] * len(table.slots)
        for number, key, row, texts in reader.rows():
            if plan.sums and adder.add(number, key, row, texts) and key not in plan.route:
                continue
            route = plan.route.get(key, nowhere)
            for place, slot in enumerate(table.slots):
                metric = JUDGES if slot.kind != "actual" and route[place] == LEFT_OUT else route[place]
                if self._counts_for(metric, at(texts, slot.column) or _mark(table, slot, texts)):
                    self._take(plan, periods, number, row, texts, place, metric, part)
            if len(part) >= BLOCK:
                self.counts.measurements += sum(1 for entry in part if entry[3] is not None)
                done = self._report(plan, number, done)
                yield part
                part = []
        part += adder.measurements()
        self.counts.measurements += sum(1 for entry in part if entry[3] is not None)
        self._report(plan, number, done)
        yield part


class _Adder:
    """Keeps one running sum (or two, for ratios) per metric and period; as large as its result."""

    def __init__(self, streaming: Streaming, plan: Plan, periods: PeriodReader) -> None:
        self.streaming, self.plan, self.periods = streaming, plan, periods
        self.sums: dict[tuple[int, int, int], list[float]] = {}
        self.factors: dict[int, tuple[bool, float]] = {}
        self.seen: set[tuple[Key, str]] = set()

    def add(self, number: int, key: Key, row: Row, texts: list[str]) -> bool:
        """Add one row; True when the row belongs to sums."""
        totals = self.plan.sums.get(key)
        if not totals:
            return False
        table = self.plan.table
        written = period_text(table, texts, table.slots[0]).strip()
        if (key, written) in self.seen:
            self.streaming.problem(
                self.plan, number, "", "repeat-in-sum", "The same row occurred before; it was not added a second time."
            )
            return True
        self.seen.add((key, written))
        values = [self._value(number, row, texts, place) for place in range(len(table.slots))]
        for total in totals:
            above, below = values[total.above], values[total.below] if total.below is not None else None
            if above is None or (total.below is not None and below is None):
                continue
            period = self.periods.placed(written, self.streaming.drafts[total.metric].found_frequency)
            if period is None:
                self.streaming.missing_period(self.plan, number, "", written)
                return True
            entry = self.sums.setdefault((total.metric, period.start, period.end), [0.0, 0.0, 0.0, number])
            entry[0] += above
            entry[1] += below or 0.0
            entry[2] += 1
            self.factors[total.metric] = (total.below is not None, total.factor)
        return True

    def _value(self, number: int, row: Row, texts: list[str], place: int) -> float | None:
        column = self.plan.table.slots[place].column
        reading = cell_number(row[column], self.plan.table.number_format) if column < len(row) else None
        if reading is not None and reading.kind in ("text", "error"):
            self.streaming.problem(self.plan, number, self.plan.table.header(column), reading.key or "not-a-number",
                                   _unreadable(reading, at(texts, column)))  # fmt: skip
        elif reading is None or reading.kind == "empty":
            self.streaming.counts.skipped += 1
        return reading.value if reading is not None and reading.kind == "number" else None

    def measurements(self) -> list[Measurement]:
        """The sums and ratios, per metric in the order of time."""
        result: list[Measurement] = []
        for (metric, start, end), (above, below, rows, number) in sorted(self.sums.items()):
            is_ratio, factor = self.factors[metric]
            if is_ratio and below == 0:
                self.streaming.problem(self.plan, int(number), "", "ratio-without-base", "The denominator is 0.")
                continue
            value = round(above / below * factor if is_ratio else above, 10)
            kind = "ratio of sums" if is_ratio else "sum"
            result.append((metric, start, end, value, "observed", "", f"{kind} of {int(rows)} rows", int(number)))
        return result


def _fast_routes(
    plan: Plan, drafts: Sequence[MetricDraft]
) -> tuple[dict[object, tuple[int, dict[str, Place]]], dict[int, dict[str, Place]]]:
    """Key as written -> metric and its dictionary of periods; metrics of one frequency share it."""
    by_frequency: dict[str, dict[str, Place]] = {}
    caches: dict[int, dict[str, Place]] = {}
    routes: dict[object, tuple[int, dict[str, Place]]] = {}
    single = len(plan.scan.columns) == 1
    for key, (metric,) in plan.route.items():
        if metric >= 0:
            caches[metric] = by_frequency.setdefault(drafts[metric].found_frequency, {})
            routes[key[0] if single else key] = (metric, caches[metric])
    return routes, caches


def _cleaner(form: NumberFormat) -> Callable[[str], str] | None:
    """How to turn plain numbers of a format into what `float` reads; None when nothing is to be done.

    A text that holds a separator of thousands is refused here and read with care elsewhere.
    """
    if form.decimal == ".":
        return None

    def cleaned(text: str) -> str:
        if "." in text:
            raise ValueError
        return text.replace(form.decimal, ".")

    return cleaned


def _mark(table: TableReading, slot: Slot, texts: Sequence[str]) -> str:
    """What stands beside a value about it: "p", "x", "suppressed"; an empty cell with a mark is a missing value."""
    if slot.flag is not None and at(texts, slot.flag):
        return at(texts, slot.flag)[:40]
    column = table.column(Role.QUALIFIER)
    return at(texts, column)[:40] if column is not None else ""


def _magnitude(table: TableReading, texts: Sequence[str]) -> float:
    """What the row says its numbers are to be multiplied by: 1000 for "thousands", or for a power of 3."""
    column = table.column(Role.MULTIPLIER)
    if column is None or not (text := normal(at(texts, column))):
        return 1.0
    return 10.0 ** int(text) if text.isdigit() else MULTIPLIERS.get(text, 1.0)


def _beside(plan: Plan, texts: Sequence[str], qualifier: str, state: str) -> tuple[str, str, str]:
    """Qualifier, note and state out of the columns beside a value."""
    table = plan.table
    notes, states = table.column(Role.NOTE), table.column(Role.STATE)
    if states is not None and state == "observed" and normal(at(texts, states)) in ESTIMATED:
        state = "estimated"
    about_row = table.role != "series_wide_periods_across"  # beside many periods a comment is about none of them
    return qualifier, at(texts, notes) if notes is not None and about_row else "", state


def _unreadable(reading: Reading, text: str) -> str:
    if text == "formula-without-value":
        return "The formula's result is not in the file. Open it in your spreadsheet program, save it and import again."
    if reading.key == "error-cell" or text.startswith("#"):
        return f"“{text}” is a spreadsheet error; the value was left out. Mend the formula and import again."
    return f"“{text}” cannot be read as a number; the value was left out."
