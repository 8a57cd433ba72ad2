"""Whom the ward asks, one file per peer. Knows neither store nor domain."""
