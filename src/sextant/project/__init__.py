"""Settings, addresses and the server: the only place that sees all."""
