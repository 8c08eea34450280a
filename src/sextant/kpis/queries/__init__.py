"""Reads of KPIs and scorecards."""
