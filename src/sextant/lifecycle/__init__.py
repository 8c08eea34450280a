"""See `apps`: the life of KPIs."""
