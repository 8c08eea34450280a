"""Rules and their episodes: what deviates, since when, who answers for it, and what is done."""
