"""Whom the card agent asks, one file per peer. Knows neither store nor domain."""
