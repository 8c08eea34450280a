"""Reads: the inbox, one alert and its history, what waits for an answer, the rules in force, and what failed."""
