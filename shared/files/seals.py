"""Hashes inside a file: 改ざん検知 of a record (HMAC) and the SHA-256 in a trailer. OWN DESIGN.

Knows bytes and keys, no field.
"""

from __future__ import annotations

import hashlib
import hmac

SEAL_BYTES = 16
KEY_BYTES_MIN = 16


def demand_key(key: bytes) -> bytes:
    """Return the key; ValueError if it is too short to prove anything."""
    if len(key) < KEY_BYTES_MIN:
        raise ValueError(f"the key of a seal has at least {KEY_BYTES_MIN} bytes")
    return key


def seal_of(key: bytes, sealed: bytes) -> str:
    """Return the first 16 bytes of HMAC-SHA256 over `sealed`, as 32 lower-case hex digits."""
    return hmac.digest(key, sealed, "sha256")[:SEAL_BYTES].hex()


def same_seal(written: str, computed: str) -> bool:
    """Compare two seals in constant time."""
    return hmac.compare_digest(written, computed)


class FileHash:
    """The running SHA-256 over every record of a file, newlines left out."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def update(self, raw: bytes) -> None:
        """Add a record, or the part of the trailer that stands before the hash."""
        self._hash.update(raw)

    def hexdigest(self) -> str:
        """Return 64 lower-case hex digits."""
        return self._hash.hexdigest()
