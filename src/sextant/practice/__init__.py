"""See `apps`: how well an organisation practises."""
