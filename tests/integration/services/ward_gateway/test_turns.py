"""Who moves receipts and claims at one moment takes turns, and nobody loses a deadlock."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import delete

from services.ward_gateway.domain.clearings import LiveReceipt
from services.ward_gateway.store.holds import HoldStore
from services.ward_gateway.store.tables import CLEARINGS
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.clear_receipts import clear_assessments
from services.ward_gateway.usecases.reconcile import reconcile
from shared.kit.clock import tokyo_time
from tests.integration.services.ward_gateway.ward_rows import Ward, line, named

CARD = "mobile_credit"
PLANNED, AFTER = date(2025, 6, 13), date(2025, 6, 25)


@pytest.fixture
async def ward(databases, clock) -> Ward:
    return Ward(await databases.engine("ward_gateway"), clock)


async def registers(work: UnitOfWork, claims: Collection[UUID]) -> None:
    await clear_assessments(work, claims)
    await work.commit()


async def test_a_registration_that_holds_a_receipt_does_not_keep_others_from_clearing_it(
    ward,
) -> None:
    await ward.claim("june", yen=1000)
    await ward.receipt("a", "june")
    async with ward.engine.begin() as connection:
        await connection.execute(delete(CLEARINGS))
    async with ward.work() as registration, ward.work() as correction:
        assert list(await registration.receipts.held(["payeasy/a"])) == ["payeasy/a"]
        (claim,) = await correction.clearings.lock_claims([named("june")])
        await asyncio.gather(registers(registration, [claim.id]), registers(correction, [claim.id]))
    assert await ward.select("SELECT amount_yen FROM clearings") == [(1000,)]


async def test_a_reconciliation_takes_all_its_claims_at_once(ward) -> None:
    """Money is late on one claim, the agent is in default on another one: one round, one order."""
    held, late = sorted(("june", "july"), key=named)
    for name in (held, late):
        await ward.claim(name)
    old_law = {"channel": CARD, "paid_at": tokyo_time(date(2021, 6, 2))}
    await ward.receipt("late", late, transfer=PLANNED, **old_law)
    await ward.receipt("held", held, confirmed=False, **old_law)
    await ward.commission("1", held, designated=PLANNED, authorised_at=old_law["paid_at"])
    ward.on(AFTER)
    await ward.bank(line(1, 100, channel=CARD, day=PLANNED))
    async with ward.work() as registration:
        asks: list[asyncio.Task[None]] = []

        class Interrupted(HoldStore):
            async def unfunded_card_receipts(self) -> list[LiveReceipt]:
                await registration.clearings.lock_claims([named(held)])
                asks.append(asyncio.create_task(registers(registration, [named(late)])))
                return await super().unfunded_card_receipts()

        class Work(UnitOfWork):
            @property
            def holds(self) -> HoldStore:
                return Interrupted(self.connection, self.journal)

        await reconcile(open_unit_of_work=lambda: Work(ward.engine, ward.clock), clock=ward.clock)
        await asks[0]
    assert await ward.select("SELECT count(*) FROM receipt_holds") == [(2,)]
