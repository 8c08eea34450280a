"""Drivers that have to be there for the table of addresses."""

from __future__ import annotations

from sextant.kpis.models import Kpi
from sextant.metrics.commands import link_driver, unlink_driver
from sextant.metrics.models import Metric
from tests.make import admin, make_metric


class DriverWords:
    def make_kpi_driver(self) -> str:
        """The key of a driver of the KPI."""
        return _linked(Kpi.objects.get(key="waiting-time").metric).key

    def make_metric_driver(self) -> str:
        return _linked(Metric.objects.get(key="front-desk-calls")).key

    def make_former_kpi_driver(self) -> str:
        """The key of one whose link has ended."""
        return _ended(Kpi.objects.get(key="waiting-time").metric).key

    def make_former_metric_driver(self) -> str:
        return _ended(Metric.objects.get(key="front-desk-calls")).key

    def make_free_metric(self) -> str:
        """The key of a metric that drives nothing yet."""
        return make_metric("nurses-on-duty").key


def _linked(outcome: Metric) -> Metric:
    driver = make_metric("nurses-on-duty")
    link_driver(admin(), outcome, driver, lag=1, why="Nurses see patients.")
    return driver


def _ended(outcome: Metric) -> Metric:
    driver = _linked(outcome)
    unlink_driver(admin(), outcome, driver, reason="It never followed.")
    return driver
