"""Identifiers that we make ourselves: 122 random bits, the only key a stranger would need."""

from __future__ import annotations

from uuid import UUID, uuid4


def new_id() -> UUID:
    """Return a fresh random identifier (UUID version 4, 122 random bits)."""
    return uuid4()
