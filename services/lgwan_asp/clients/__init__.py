"""Whom the shared-use centre asks, one file per peer. Knows neither store nor domain."""
