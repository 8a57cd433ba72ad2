"""Passwords of tests are hashed quickly: the suite sets thousands, and none is a secret."""

from __future__ import annotations

from argon2 import PasswordHasher, Type

from shared.kit import logins

AS_IN_SERVICE = (logins._HASHER, logins._NOBODYS_HASH)
_QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, type=Type.ID)
_QUICK_AND_NOBODYS = (_QUICK, _QUICK.hash("nobody has this password"))


def hash_quickly() -> None:
    """Hash with the least that argon2id allows."""
    logins._HASHER, logins._NOBODYS_HASH = _QUICK_AND_NOBODYS


def hash_as_in_service() -> None:
    """Hash with the strength that a service has."""
    logins._HASHER, logins._NOBODYS_HASH = AS_IN_SERVICE
