"""Sextant keeps an organisation's KPIs and OKRs on the same numbers."""

__version__ = "0.1.0"
