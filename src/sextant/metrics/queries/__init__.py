"""Reads of metrics and their measurements."""
