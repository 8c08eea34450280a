"""How often a metric's values come, out of their periods and what the metadata says."""

import re
from collections.abc import Sequence
from itertools import pairwise

from sextant.calc.periods import Frequency, Period, guess_frequency, moment_of
from sextant.exchange.understanding.drafts import MetricDraft
from sextant.exchange.understanding.plans import Plan
from sextant.exchange.understanding.scan import Key, in_slot
from sextant.exchange.understanding.when import PeriodReader, coarsened

QUARTER, YEAR = 3, 12
LEAST_PERIODS = 3
_MINUTES = re.compile(r"\d[T ]\d{1,2}:(?!00)\d\d")


def texts_by_metric(plan: Plan) -> dict[int, list[str]]:
    """The period texts seen for each metric, of the first rows."""
    found: dict[int, list[str]] = {}
    for key, combo in plan.scan.combinations.items():
        for place, metric in _metrics(plan, key):
            slot = plan.table.slots[place]
            texts = found.setdefault(metric, [])
            for text, values in combo.samples:
                if values[place] or metric in {total.metric for total in plan.sums.get(key, [])}:
                    texts.append(in_slot(slot.period, text) or plan.table.period)
    return found


def _metrics(plan: Plan, key: Key) -> list[tuple[int, int]]:
    direct = [(place, metric) for place, metric in enumerate(plan.route.get(key, ())) if metric >= 0]
    return direct + [(total.above, total.metric) for total in plan.sums.get(key, [])]


def settle_grains(plan: Plan, drafts: Sequence[MetricDraft]) -> None:
    """Tell the drafts of series that are written in several grains which of them is theirs."""
    for key, combo in plan.scan.combinations.items():
        if combo.grain is not None:
            for _, metric in _metrics(plan, key):
                drafts[metric].grain = drafts[metric].grain or combo.grain


def settle_frequency(draft: MetricDraft, texts: Sequence[str], periods: PeriodReader, chosen: str) -> str:
    """Set found_frequency, frequency and span; returns a note when metadata and dates disagree, else ""."""
    if draft.grain is not None:
        draft.frequency, draft.span = draft.grain
        draft.found_frequency = draft.frequency
        return ""
    read = [period for text in dict.fromkeys(texts) if (period := periods.read(text)) is not None]
    if not read:
        draft.frequency = chosen or draft.frequency
        return ""
    frequency, span = guess_frequency(read)
    if not chosen:
        frequency, span = _by_distance(frequency, span, {period.start for period in read})
    found, note = frequency.value, ""
    stated = draft.frequency
    if stated and stated != found:
        if _holds(read, stated, periods):
            found = stated
        elif not chosen:
            note = (f"“{draft.name}”: the metadata says {stated}, its periods say {found}; the periods are "
                    "believed.")  # fmt: skip
    if not stated:
        draft.evidence["frequency"] = "the periods of its values"
    draft.found_frequency, draft.span = found, span if span > 1 else 1
    draft.frequency = found
    draft.sub_hourly = found == "hour" and any(_MINUTES.search(text) for text in texts)
    if chosen and Frequency(chosen).rank > Frequency(found).rank:
        draft.frequency = chosen
    elif chosen and chosen != found and _holds(read, chosen, periods):
        draft.frequency = draft.found_frequency = chosen
    return note


def _by_distance(frequency: Frequency, span: int, starts: set[int]) -> tuple[Frequency, int]:
    """Months that all end, or all begin, a quarter are quarters; spans of twelve months a year apart are years."""
    if frequency is not Frequency.MONTH or len(starts) < LEAST_PERIODS:
        return frequency, span
    months = sorted(moment_of(start).year * 12 + moment_of(start).month - 1 for start in starts)
    steps = {two - one for one, two in pairwise(months)}
    if span == YEAR and all(step % YEAR == 0 for step in steps):
        return Frequency.YEAR, 1
    if span == 1 and min(steps) == QUARTER and all(step % QUARTER == 0 for step in steps) and months[0] % QUARTER != 1:
        return Frequency.QUARTER, 1
    return frequency, span


def _holds(read: Sequence[Period], frequency: str, periods: PeriodReader) -> bool:
    """Whether plain dates give one value per period of this frequency."""
    if any(period.frequency not in (Frequency.DAY, Frequency.HOUR) for period in read):
        return False
    placed = {coarsened(period, frequency, periods.calendar) for period in read}
    return len(placed) == len({period.start for period in read})
