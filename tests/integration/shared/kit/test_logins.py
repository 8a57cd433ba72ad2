"""Users, passwords, locks; and what it costs to ask for somebody who does not exist."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta

import pytest
from sqlalchemy import update

from shared.kit import logins
from shared.kit.clock import machine_now
from shared.kit.logins import (
    LOCKED_FOR,
    WRONG_PASSWORDS_MAX,
    LoginRefused,
    User,
    log_in,
    put_user,
)
from shared.kit.tokens import Login
from tests.integration.shared.kit.things import TABLES
from tests.support.passwords import hash_as_in_service, hash_quickly

USERS = TABLES.users
SATO = User("sato", "intranet", "131041", frozenset({"clerk", "auditor"}))
RIGHT = "correct horse battery"


class CountingHasher:
    """Counts the hashes that are computed, and computes them."""

    def __init__(self, hasher) -> None:
        self.hasher, self.verified = hasher, []

    def verify(self, stored_hash: str, password: str) -> bool:
        self.verified.append(stored_hash)
        return self.hasher.verify(stored_hash, password)


class SlowForTheRight:
    """Compares the right password only when it is told to."""

    def __init__(self, hasher) -> None:
        self.hasher = hasher
        self.asked, self.may_answer = threading.Event(), threading.Event()

    def verify(self, stored_hash: str, password: str) -> bool:
        if password == RIGHT:
            self.asked.set()
            assert self.may_answer.wait(10)
        return self.hasher.verify(stored_hash, password)


@pytest.fixture(scope="module", autouse=True)
def _strength():
    hash_as_in_service()
    yield
    hash_quickly()


@pytest.fixture
def hashes(monkeypatch) -> list[str]:
    """The stored hashes that a password was compared with."""
    counting = CountingHasher(logins._HASHER)
    monkeypatch.setattr(logins, "_HASHER", counting)
    return counting.verified


@pytest.fixture
async def enter(engine):
    """Add Sato, and return how to log in."""
    await put_user(engine, USERS, SATO, RIGHT)

    async def try_to(password: str = RIGHT, user_id: str = "sato", door: str = "intranet") -> Login:
        return await log_in(
            engine, USERS, user_id=user_id, password=password, door=door, purpose="session"
        )

    return try_to


async def is_refused(attempt) -> bool:
    try:
        await attempt
    except LoginRefused:
        return True
    return False


async def sato(ward):
    [row] = await ward.rows(USERS)
    return row


async def test_the_right_password_opens(enter):
    assert await enter() == Login("sato", frozenset({"clerk", "auditor"}), "131041", "session")


@pytest.mark.parametrize("password", ["", "correct horse", RIGHT.upper(), RIGHT + " ", "x" * 5000])
async def test_a_wrong_password_does_not(enter, password):
    assert await is_refused(enter(password))


async def test_a_password_is_stored_as_a_hash_only(enter, ward):
    row = await sato(ward)
    assert row.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert RIGHT not in str(row)


async def test_a_user_of_another_door_is_refused(enter):
    assert await is_refused(enter(door="operator"))


async def test_five_wrong_passwords_lock_the_user_even_for_the_right_one(enter, ward):
    assert WRONG_PASSWORDS_MAX == 5
    for _ in range(WRONG_PASSWORDS_MAX):
        assert await is_refused(enter("wrong"))
    locked_until = (await sato(ward)).locked_until
    remaining = locked_until - machine_now()
    assert timedelta(0) < remaining <= LOCKED_FOR
    assert await is_refused(enter())
    assert (await sato(ward)).locked_until == locked_until


async def test_four_wrong_passwords_do_not_lock_and_a_right_one_starts_anew(enter):
    for _ in range(3):
        for _ in range(WRONG_PASSWORDS_MAX - 1):
            assert await is_refused(enter("wrong"))
        assert (await enter()).user_id == "sato"


async def test_a_lock_ends_by_itself(enter, engine, ward):
    for _ in range(WRONG_PASSWORDS_MAX):
        assert await is_refused(enter("wrong"))
    async with engine.begin() as connection:
        await connection.execute(update(USERS).values(locked_until=machine_now()))
    assert (await enter()).user_id == "sato"
    row = await sato(ward)
    assert (row.wrong_passwords, row.locked_until) == (0, None)


async def test_after_a_lock_there_are_five_attempts_again(enter, engine):
    for _ in range(WRONG_PASSWORDS_MAX):
        assert await is_refused(enter("wrong"))
    async with engine.begin() as connection:
        await connection.execute(update(USERS).values(locked_until=machine_now()))
    for _ in range(WRONG_PASSWORDS_MAX - 1):
        assert await is_refused(enter("wrong"))
    assert (await enter()).user_id == "sato"


async def test_guesses_while_the_user_is_locked_do_not_prolong_the_lock(enter, ward):
    for _ in range(WRONG_PASSWORDS_MAX):
        assert await is_refused(enter("wrong"))
    before = await sato(ward)
    for _ in range(WRONG_PASSWORDS_MAX):
        assert await is_refused(enter("wrong"))
    assert await sato(ward) == before


async def test_guesses_made_all_at_once_are_all_counted(enter, ward):
    guesses = [is_refused(enter("wrong")) for _ in range(WRONG_PASSWORDS_MAX)]
    assert all(await asyncio.gather(*guesses))
    assert (await sato(ward)).locked_until is not None


async def test_a_right_guess_that_comes_out_after_the_lock_is_refused(enter, monkeypatch):
    slow = SlowForTheRight(logins._HASHER)
    monkeypatch.setattr(logins, "_HASHER", slow)
    right = asyncio.create_task(enter())
    assert await asyncio.to_thread(slow.asked.wait, 10)  # the user was read, and was not locked
    for _ in range(WRONG_PASSWORDS_MAX):
        assert await is_refused(enter("wrong"))
    slow.may_answer.set()
    assert await is_refused(right)


async def test_a_new_password_lifts_the_lock_and_ends_the_old_one(enter, engine):
    for _ in range(WRONG_PASSWORDS_MAX):
        assert await is_refused(enter("wrong"))
    await put_user(engine, USERS, SATO, "a new one entirely")
    assert (await enter("a new one entirely")).user_id == "sato"
    assert await is_refused(enter())


@pytest.mark.parametrize(
    ("attempt", "is_known"),
    [
        ({}, True),
        ({"password": "wrong"}, True),
        ({"door": "operator"}, True),
        ({"user_id": "nobody"}, False),
        ({"user_id": ""}, False),
    ],
    ids=["right", "wrong password", "wrong door", "unknown", "nameless"],
)
async def test_every_attempt_costs_one_hash_whoever_it_is_for(
    enter, ward, hashes, attempt, is_known
):
    await asyncio.gather(enter(**attempt), return_exceptions=True)
    stored = (await sato(ward)).password_hash
    assert hashes == [stored if is_known else logins._NOBODYS_HASH]


async def test_a_locked_users_attempt_costs_a_hash_too(enter, hashes):
    for _ in range(WRONG_PASSWORDS_MAX + 1):
        assert await is_refused(enter("wrong"))
    assert len(hashes) == WRONG_PASSWORDS_MAX + 1


def test_nobodys_hash_costs_as_much_as_anybodys():
    assert not logins._HASHER.check_needs_rehash(logins._NOBODYS_HASH)


async def test_every_refusal_says_the_same(enter):
    details = set()
    for attempt in ({"password": "wrong"}, {"user_id": "nobody"}, {"door": "operator"}):
        with pytest.raises(LoginRefused) as caught:
            await enter(**attempt)
        details.add(caught.value.detail)
    assert len(details) == 1


async def test_a_damaged_hash_lets_nobody_in(enter, engine):
    async with engine.begin() as connection:
        await connection.execute(update(USERS).values(password_hash="damaged"))
    assert await is_refused(enter())


async def test_a_user_id_is_no_sql(enter):
    assert await is_refused(enter(user_id="sato' OR '1'='1"))
