"""A database and two roles for each service: one owns and migrates, one runs.

Knows roles, rights and passwords; no table, no server process.
"""

from __future__ import annotations

import json
import re
import secrets
from typing import Final

import asyncpg

from deploy.home import Home, read_json, write_private

ADMIN: Final = "mesh_admin"
PASSWORD_BYTES: Final = 24
_NAME = re.compile(r"[a-z][a-z0-9_]{0,50}")


class Passwords:
    """The roles' passwords: random, made at set-up, in one file of mode 600."""

    def __init__(self, home: Home) -> None:
        self._file = home.secret("database.json")

    def has(self, role: str) -> bool:
        """Say whether a role's password is known."""
        return role in self._read()

    def of(self, role: str) -> str:
        """Return a role's password; one that was never made is a KeyError."""
        return self._read()[role]

    def keep(self, role: str, password: str) -> None:
        """Write a password down."""
        content = {**self._read(), role: password}
        write_private(self._file, json.dumps(content, indent=1).encode())

    def make(self, role: str) -> str:
        """Return a role's password, making and keeping a new one if there is none."""
        if not self.has(role):
            self.keep(role, secrets.token_urlsafe(PASSWORD_BYTES))
        return self.of(role)

    def _read(self) -> dict[str, str]:
        if not self._file.exists():
            return {}
        content: dict[str, str] = read_json(self._file)
        return content


def owner_role(service: str) -> str:
    """Return the role that owns a service's database and migrates it."""
    return f"{_checked(service)}_owner"


def runtime_role(service: str) -> str:
    """Return the role that a service runs as."""
    return f"{_checked(service)}_runtime"


async def ensure_service_database(
    connection: asyncpg.Connection, service: str, passwords: Passwords
) -> None:
    """Make a service's two roles and its database, or set the known passwords again."""
    for role in (owner_role(service), runtime_role(service)):
        known = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role)
        verb = "ALTER" if known else "CREATE"
        # CREATE ROLE takes no parameters; the password is of the base64url alphabet, made by us.
        await connection.execute(
            f"{verb} ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION"
            f" PASSWORD '{passwords.make(role)}'"
        )
    if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", service):
        await connection.execute(f"CREATE DATABASE {service} OWNER {owner_role(service)}")
    await _grant(connection, service, service)


async def clone_database(connection: asyncpg.Connection, service: str, name: str) -> None:
    """Copy a service's database; a copy has none of the original's rights, so grant them anew.

    Nobody may be connected to the original.
    """
    await connection.execute(
        f"CREATE DATABASE {_checked(name)} OWNER {owner_role(service)} TEMPLATE {_checked(service)}"
    )
    await _grant(connection, service, name)


async def drop_database(connection: asyncpg.Connection, name: str) -> None:
    """Remove a database, ending its sessions."""
    await connection.execute(f"DROP DATABASE IF EXISTS {_checked(name)} WITH (FORCE)")


async def revoke_from_public(connection: asyncpg.Connection) -> None:
    """Take every right from PUBLIC on every database, template0 too."""
    for row in await connection.fetch("SELECT datname FROM pg_database"):
        await connection.execute(f'REVOKE ALL ON DATABASE "{row["datname"]}" FROM PUBLIC')


async def _grant(connection: asyncpg.Connection, service: str, database: str) -> None:
    """Let the runtime role in, and let it stage bulk work in temporary tables (COPY)."""
    await connection.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
    await connection.execute(
        f"GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {runtime_role(service)}"
    )


def _checked(name: str) -> str:
    """Let pass only names that need no quoting in SQL; another is a ValueError, a bug of ours."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a database")
    return name
