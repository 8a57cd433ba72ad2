"""Whom the payment provider asks, one file per peer. Knows neither store nor domain."""
