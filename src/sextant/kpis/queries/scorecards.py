"""Scorecards: which KPIs, in which order and weight, and how they score together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sextant.core.actors import Actor
from sextant.kpis.access import visible_to
from sextant.kpis.models import Kpi, Scorecard, ScorecardItem
from sextant.kpis.queries.facts import standing_at
from sextant.kpis.queries.standing import Standing, draw_together, standings
from sextant.metrics.queries.standpoint import Standpoint, standpoint

NEWEST_FOR_STATUS = 3  # the judged period, the one before, and the running one


@dataclass(frozen=True, slots=True)
class Row:
    """A KPI's line on a scorecard."""

    standing: Standing
    weight: float
    position: int


@dataclass(frozen=True, slots=True)
class ScorecardView:
    """A scorecard at a standpoint. `score` is the weighted mean of the scores there are (None when there is none)."""

    scorecard: Scorecard | None
    point: Standpoint
    rows: Sequence[Row]
    score: float | None
    scored: int

    @property
    def counts(self) -> dict[str, int]:
        """How many KPIs have each status."""
        counts: dict[str, int] = {}
        for row in self.rows:
            counts[row.standing.status] = counts.get(row.standing.status, 0) + 1
        return counts

    @property
    def without_action(self) -> int:
        """Off-target KPIs for which nothing is noted to be done."""
        return sum(row.standing.computed == "off_target" and row.standing.action is None for row in self.rows)


def scorecard(actor: Actor, card: Scorecard, *, as_of: date | None = None) -> ScorecardView:
    """The scorecard with the KPIs this actor may see, as it was known on `as_of`."""
    point = standpoint(as_of)
    places = ScorecardItem.objects.filter(standing_at(point), scorecard=card).order_by("position", "id")
    items = list(places.values_list("kpi_id", "weight", "position"))
    kpis = {
        kpi.id: kpi
        for kpi in visible_to(actor).filter(id__in=[kpi_id for kpi_id, *_ in items], archived_at=None).order_by()
    }
    shown = [item for item in items if item[0] in kpis]
    stand = standings([kpis[kpi_id] for kpi_id, *_ in shown], point)
    draw_together(stand)
    rows = [Row(each, weight, position) for each, (_, weight, position) in zip(stand, shown, strict=True)]
    return ScorecardView(card, point, rows, *weighted_score(rows))


def board(kpis: Sequence[Kpi], *, as_of: date | None = None) -> ScorecardView:
    """Any set of KPIs in the same shape, each with weight 1, such as all KPIs of a team."""
    point = standpoint(as_of)
    stand = standings(kpis, point)
    draw_together(stand)
    rows = [Row(each, 1.0, place) for place, each in enumerate(stand, 1)]
    return ScorecardView(None, point, rows, *weighted_score(rows))


def overviews(actor: Actor, cards: Sequence[Scorecard], *, as_of: date | None = None) -> list[ScorecardView]:
    """Many scorecards at once for lists and tiles, with a fixed number of statements.

    Their standings know the newest values only: enough for status, score and counts, not for ranges and trends.
    """
    point = standpoint(as_of)
    items = list(ScorecardItem.objects.filter(standing_at(point), scorecard__in=cards).order_by("position", "id"))
    kpis = visible_to(actor).filter(id__in={item.kpi_id for item in items}, archived_at=None).order_by()
    stand = {each.kpi.id: each for each in standings(list(kpis), point, newest=NEWEST_FOR_STATUS)}
    by_card: dict[int, list[Row]] = {card.id: [] for card in cards}
    for item in items:
        if item.kpi_id in stand:
            by_card[item.scorecard_id].append(Row(stand[item.kpi_id], item.weight, item.position))
    return [ScorecardView(card, point, by_card[card.id], *weighted_score(by_card[card.id])) for card in cards]


def overviews_of(kpis: Sequence[Kpi], *, as_of: date | None = None) -> ScorecardView:
    """Any set of KPIs as `board` shows it, knowing their newest values only."""
    point = standpoint(as_of)
    rows = [Row(each, 1.0, place) for place, each in enumerate(standings(kpis, point, newest=NEWEST_FOR_STATUS), 1)]
    return ScorecardView(None, point, rows, *weighted_score(rows))


def weighted_score(rows: Sequence[Row]) -> tuple[float | None, int]:
    """Weighted mean of the scores there are, and how many KPIs it is made of; weight 0 does not count."""
    scored = [(row.weight, row.standing.score) for row in rows if row.weight > 0]
    known = [(weight, value) for weight, value in scored if value is not None]
    total = sum(weight for weight, _ in known)
    if not known or not total:
        return None, 0
    return sum(weight * value for weight, value in known) / total, len(known)
