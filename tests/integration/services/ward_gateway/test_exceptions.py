"""Exceptions: opened once, resized, resolved, opened again."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from services.ward_gateway.domain.exceptions import ExceptionCode, Finding
from shared.kit.money import Yen
from tests.integration.services.ward_gateway.ward_rows import Ward

LATE = ExceptionCode.FUNDS_LATE


@pytest.fixture
async def ward(databases, clock) -> Ward:
    return Ward(await databases.engine("ward_gateway"), clock)


async def opened(ward: Ward, subject_id: str = "1") -> bool:
    async with ward.work() as work:
        new = await work.exceptions.open("file_refused", "intake", subject_id, 5, "Refused.")
        await work.commit()
    return new


async def settled(ward: Ward, *yen: int, among: list[str] | None = None) -> int:
    findings = [Finding(LATE, "group", str(n), Yen(one), "Late.") for n, one in enumerate(yen)]
    async with ward.work() as work:
        new = await work.exceptions.settle(LATE, findings, among=among)
        await work.commit()
    return new


async def test_an_exception_is_opened_once_while_it_is_open(ward) -> None:
    assert [await opened(ward), await opened(ward)] == [True, False]
    assert await ward.exceptions() == {"file_refused": 5}


async def test_two_who_open_the_same_at_once_open_it_once(ward) -> None:
    assert sorted(await asyncio.gather(opened(ward), opened(ward))) == [False, True]


async def test_settling_opens_resizes_resolves_and_opens_again(ward) -> None:
    assert await settled(ward, 100) == 1
    assert await settled(ward, 70) == 0
    assert await ward.exceptions() == {"funds_late": 70}
    assert await settled(ward) == 0
    assert await ward.exceptions() == {}
    assert await settled(ward, 30) == 1
    assert await ward.exceptions("RESOLVED") == {"funds_late": 70}


async def test_settling_leaves_other_codes_and_subjects_alone(ward) -> None:
    await opened(ward)
    await settled(ward, 100)
    await settled(ward, among=["7"])
    assert await ward.exceptions() == {"file_refused": 5, "funds_late": 100}


async def test_every_move_is_in_the_history_and_the_audit(ward) -> None:
    await settled(ward, 100)
    await settled(ward)
    query = "SELECT event FROM history WHERE record = 'exceptions' ORDER BY version"
    async with ward.engine.connect() as connection:
        events = (await connection.execute(text(query))).scalars().all()
        audited = (await connection.execute(text("SELECT action FROM audit"))).scalars().all()
    assert events == ["exception_opened", "cause_gone"]
    assert sorted(audited) == sorted(events)
