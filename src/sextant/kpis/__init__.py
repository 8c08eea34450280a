"""KPIs, targets and scorecards."""
