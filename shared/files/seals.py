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


class Sealer:
    """Seals with one key: the first 16 bytes of HMAC-SHA256, as 32 lower-case hex digits.

    HMAC hashes the padded key before each message (RFC 2104): here that is done once.
    """

    def __init__(self, key: bytes) -> None:
        demand_key(key)
        block = hashlib.sha256().block_size
        padded = (key if len(key) <= block else hashlib.sha256(key).digest()).ljust(block, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def seal(self, sealed: bytes) -> str:
        """Return the seal of one byte string."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(sealed)
        outer.update(inner.digest())
        return outer.digest()[:SEAL_BYTES].hex()

    def seals(self, sealed: bytes, size: int) -> str:
        """Return the seals of consecutive pieces of `size` bytes, one behind the other."""
        copy_inner, copy_outer = self._inner.copy, self._outer.copy
        seals = []
        for start in range(0, len(sealed), size):
            inner, outer = copy_inner(), copy_outer()
            inner.update(sealed[start : start + size])
            outer.update(inner.digest())
            seals.append(outer.digest()[:SEAL_BYTES])
        return b"".join(seals).hex()


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
