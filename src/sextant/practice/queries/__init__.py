"""Reads of how well an organisation practises."""
