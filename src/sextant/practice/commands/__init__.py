"""Writes of how well an organisation practises."""
