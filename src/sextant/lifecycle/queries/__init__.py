"""Reads of the life of KPIs."""
