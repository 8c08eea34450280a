"""Forecasts of metrics and the chance of reaching a target by a date."""
