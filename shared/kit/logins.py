"""Users of a door: named people and terminals with a password, and what happens when it is wrong.

argon2id off the event loop; an unknown user takes as long as a wrong password (DESIGN §2).
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import (
    ARRAY,
    Column,
    DateTime,
    Integer,
    MetaData,
    Table,
    Text,
    case,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.kit.clock import machine_now
from shared.kit.refusals import Refusal
from shared.kit.tokens import Login

WRONG_PASSWORDS_MAX = 5
LOCKED_FOR = timedelta(minutes=10)
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
_NOBODYS_HASH = _HASHER.hash("nobody has this password")
_HASHING = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")


class LoginRefused(Refusal):
    """The user ID or the password is wrong, or the user is locked for some minutes."""

    code = "login_refused"


@dataclass(frozen=True)
class User:
    """A person or a terminal that may log in at one door."""

    user_id: str
    door: str
    municipality: str
    roles: frozenset[str]


def users_table(metadata: MetaData) -> Table:
    """Declare the table `users`: password hashes, roles, and the count of wrong passwords."""
    return Table(
        "users",
        metadata,
        Column("user_id", Text, primary_key=True),
        Column("door", Text, nullable=False),
        Column("municipality", Text, nullable=False),
        Column("roles", ARRAY(Text), nullable=False),
        Column("password_hash", Text, nullable=False),
        Column("wrong_passwords", Integer, nullable=False, server_default="0"),
        Column("locked_until", DateTime(timezone=True)),
    )


async def put_user(engine: AsyncEngine, table: Table, user: User, password: str) -> None:
    """Add a user or give it a new password and roles; any lock is lifted."""
    hashed = await asyncio.get_running_loop().run_in_executor(_HASHING, _HASHER.hash, password)
    values = {
        "door": user.door,
        "municipality": user.municipality,
        "roles": sorted(user.roles),
        "password_hash": hashed,
        "wrong_passwords": 0,
        "locked_until": None,
    }
    statement = insert(table).values(user_id=user.user_id, **values)
    async with engine.begin() as connection:
        await connection.execute(
            statement.on_conflict_do_update(index_elements=["user_id"], set_=values)
        )


async def log_in(
    engine: AsyncEngine, table: Table, *, user_id: str, password: str, door: str, purpose: str
) -> Login:
    """Return the login, or raise LoginRefused: one answer for every reason.

    WRONG_PASSWORDS_MAX wrong passwords in a row lock the user for LOCKED_FOR machine time.
    """
    async with engine.connect() as connection:
        row = (
            await connection.execute(select(table).where(table.c.user_id == user_id))
        ).one_or_none()
    right = await _is_right(row.password_hash if row else _NOBODYS_HASH, password)
    if row is None or row.door != door or not await _let_in(engine, table, user_id, right=right):
        raise LoginRefused
    return Login(user_id, frozenset(row.roles), row.municipality, purpose)


async def _is_right(stored_hash: str, password: str) -> bool:
    def verify() -> bool:
        try:
            return _HASHER.verify(stored_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    return await asyncio.get_running_loop().run_in_executor(_HASHING, verify)


async def _let_in(engine: AsyncEngine, table: Table, user_id: str, *, right: bool) -> bool:
    """Count a wrong password, lock at the limit; say whether the user may come in.

    In one statement and after the hash: guesses made all at once, or at several copies, add up,
    and a right one among them comes too late.
    """
    now = machine_now()
    reached = table.c.wrong_passwords + 1 >= WRONG_PASSWORDS_MAX
    counted = {
        "wrong_passwords": case((reached, 0), else_=table.c.wrong_passwords + 1),
        "locked_until": case((reached, now + LOCKED_FOR), else_=None),
    }
    statement = (
        update(table)
        .where(table.c.user_id == user_id)
        .where(or_(table.c.locked_until.is_(None), table.c.locked_until <= now))
        .values({"wrong_passwords": 0, "locked_until": None} if right else counted)
    )
    async with engine.begin() as connection:
        unlocked = (await connection.execute(statement)).rowcount == 1
    return right and unlocked
