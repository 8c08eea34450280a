"""KPIs, metrics, scorecards and imports that have to be there for the table of addresses."""

from __future__ import annotations

from sextant.calc.periods import parse_period
from sextant.exchange.commands import confirm_import, files_folder, read_import, save_mapping, start_import
from sextant.exchange.models import Import
from sextant.kpis.commands import create_scorecard, set_target
from sextant.kpis.models import Kpi
from sextant.metrics.commands import RawPoint, add_marker, record, remove_marker
from sextant.metrics.models import Metric
from tests.make import make_kpi, make_metric, monthly, record_values
from tests.world import World


class KpiWords:
    world: World

    def make_kpi(self) -> str:
        """The key of a complete draft of the Emergency team, owned by its lead, with a few values and a target."""
        kpi = Kpi.objects.filter(key="waiting-time").first() or make_kpi()
        record_values(kpi, monthly(2026, [30, 32, 31, 29, 33, 30, 31]))
        return kpi.key

    def make_metric(self) -> str:
        """The key of a metric that nobody watches."""
        return make_metric("front-desk-calls").key

    def make_hidden_kpi(self) -> str:
        """The key of a KPI that only its owner, the lead, may see."""
        return make_kpi("bonus", visibility="people").key

    def make_kpi_target(self) -> str:
        return str(set_target(self.world.lea, Kpi.objects.get(key="waiting-time"), target=30).pk)

    def make_kpi_marker(self) -> str:
        return str(self._marker(self.world, Kpi.objects.get(key="waiting-time").metric))

    def make_metric_marker(self) -> str:
        return str(self._marker(self.world, Metric.objects.get(key="front-desk-calls")))

    def make_former_kpi_marker(self) -> str:
        metric = Kpi.objects.get(key="waiting-time").metric
        return self._former(metric)

    def make_former_metric_marker(self) -> str:
        return self._former(Metric.objects.get(key="front-desk-calls"))

    def make_kpi_batch(self) -> str:
        return record_values("waiting-time", {"2026-09": 44}).batch

    def make_metric_batch(self) -> str:
        return record_values("front-desk-calls", {"2026-09": 44}).batch

    def make_kpi_period(self) -> str:
        """The first hour of a period with a value."""
        record_values("waiting-time", {"2026-09": 44})
        return str(parse_period("2026-09").start)

    def make_metric_period(self) -> str:
        record_values("front-desk-calls", {"2026-09": 44})
        return str(parse_period("2026-09").start)

    def make_kpi_value(self) -> str:
        return "31.0"

    @staticmethod
    def _marker(world: World, metric: Metric) -> int:
        return add_marker(world.lea, metric, start=490_000, label="New desk").pk

    def _former(self, metric: Metric) -> str:
        marker = self._marker(self.world, metric)
        remove_marker(self.world.lea, metric, marker)
        return str(marker)

    def make_scorecard(self) -> str:
        """The key of a scorecard of the Emergency team with one KPI, waiting-time."""
        kpi = Kpi.objects.get(key=self.make_kpi())
        return create_scorecard(self.world.lea, name="Emergency", team=self.world.emergency, kpis=[kpi]).key

    def make_batch(self) -> str:
        """A value the lead of the Emergency team just entered."""
        self.make_kpi()
        return record(self.world.lea, [RawPoint("waiting-time", "2026-01", 5)], kind="form").batch

    def make_import(self) -> str:
        """An import of the Emergency team that is read and waits to be confirmed."""
        return previewed(self.world).key

    def make_written_import(self) -> str:
        imp = previewed(self.world)
        confirm_import(self.world.cem, imp)
        return imp.key

    def make_mapping(self) -> str:
        return save_mapping(self.world.cem, previewed(self.world), name="Waits").key


def previewed(world: World) -> Import:
    """A small table, read for the Emergency team by one of its contributors."""
    imp = start_import(world.cem, name="waits.csv", team=world.emergency)
    (files_folder(imp) / "waits.csv").write_text("KPI,2026-01,2026-02\nWaiting,5,6\n")
    return read_import(world.cem, imp)
