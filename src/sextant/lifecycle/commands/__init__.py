"""Writes of the life of KPIs."""
