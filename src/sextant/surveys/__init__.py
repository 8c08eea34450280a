"""See `apps`: surveys."""
