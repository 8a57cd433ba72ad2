"""The check of bills of fees against the ward's own receipts, at the clerk's door."""

from __future__ import annotations

from datetime import date

import pytest

from services.ward_gateway.store import tables
from services.ward_gateway.store.agent_tables import FEE_BILL_LINES, FEE_BILLS
from shared.files.codes import DataType
from shared.kit.money import Yen
from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from shared.wire import ward_intranet as wire
from shared.wire.fee_bills import TAKE_FEE_BILL, BilledMonth, TakeFeeBill
from tests.integration.services.ward_gateway.conftest import receipt

JUNE, JULY = date(2025, 6, 1), date(2025, 7, 1)


def bill(*lines: tuple[date, int], number: str = "B-1", fee: int = 55, yen: int | None = None):
    """Return a bill of these months; yen: what it says, where that is not count times fee."""
    owed = sum(count for _, count in lines) * fee
    return TakeFeeBill(
        bill_number=number,
        channel="mobile_banking",
        item_fee_yen=Yen(fee),
        amount_yen=Yen(owed if yen is None else yen),
        lines=tuple(BilledMonth(collected_month=m, receipt_count=n) for m, n in lines),
    )


@pytest.fixture
async def paid(ward):
    """Two receipts of June are confirmed, one is only reported."""
    slips = await ward.with_slips(1000, 2000, 500)
    confirmed = [
        receipt(slip, DataType.CONFIRMED, transfer_date=date(2025, 6, 13)) for slip in slips[:2]
    ]
    ward.offer_receipts(1, *[receipt(slip) for slip in slips], *confirmed)
    await ward.run("collect_leased_line")
    return ward


async def test_a_bill_that_is_right_opens_nothing_and_moves_no_yen(paid) -> None:
    before = (await paid.ask("treasury", wire.MAKE_STATEMENT, STATEMENT)).heaps
    checked = await paid.ask("clerk", TAKE_FEE_BILL, bill((JUNE, 2)))
    assert (checked.differs, checked.billed_yen, checked.owed_yen) == (False, 110, 110)
    (month,) = checked.months
    assert (month.billed_count, month.confirmed_count) == (2, 2)
    assert await paid.exceptions() == []
    assert (await paid.ask("treasury", wire.MAKE_STATEMENT, STATEMENT)).heaps == before


STATEMENT = wire.MakeStatement(fiscal_year=2025)


async def test_more_receipts_than_are_confirmed_are_named_with_their_yen(paid) -> None:
    checked = await paid.ask("clerk", TAKE_FEE_BILL, bill((JUNE, 3), (JULY, 1)))
    assert (checked.differs, checked.billed_yen, checked.owed_yen) == (True, 220, 220)
    rows = [row for row in await paid.rows(tables.EXCEPTIONS) if row.state == "OPEN"]
    assert sorted((row.code, row.subject_id, row.amount_yen) for row in rows) == [
        ("fee_bill_differs", "mobile_banking:2025-06", 55),
        ("fee_bill_differs", "mobile_banking:2025-07", 55),
    ]


@pytest.mark.parametrize(
    ("wrong", "difference"), [(bill((JUNE, 2), fee=60), 10), (bill((JUNE, 2), yen=120), 10)]
)
async def test_another_price_or_sum_than_agreed_is_named(paid, wrong, difference) -> None:
    checked = await paid.ask("clerk", TAKE_FEE_BILL, wrong)
    assert (checked.differs, checked.owed_yen) == (True, 110)
    (row,) = [row for row in await paid.rows(tables.EXCEPTIONS) if row.state == "OPEN"]
    assert (row.code, row.subject_id, row.amount_yen) == ("fee_bill_differs", "B-1", difference)


async def test_a_difference_ends_when_reconciliation_finds_it_gone(paid) -> None:
    await paid.ask("clerk", TAKE_FEE_BILL, bill((JUNE, 1)))
    assert await paid.exceptions() == ["fee_bill_differs"]
    await paid.run("reconcile")
    assert "fee_bill_differs" in await paid.exceptions()
    await paid.ask("clerk", TAKE_FEE_BILL, bill((JUNE, 1), number="B-2"))  # what came late
    assert "fee_bill_differs" not in await paid.exceptions()
    await paid.run("reconcile")
    assert "fee_bill_differs" not in await paid.exceptions()


async def test_a_bill_is_taken_once_and_its_number_is_never_another_bills(paid) -> None:
    first = await paid.ask("clerk", TAKE_FEE_BILL, bill((JUNE, 2)))
    assert await paid.ask("clerk", TAKE_FEE_BILL, bill((JUNE, 2))) == first
    for other, code in (
        (bill((JUNE, 1)), "fee_bill_reused"),
        (bill((date(2025, 6, 2), 1), number="B-2"), "fee_bill_malformed"),
        (bill((JUNE, 1), (JUNE, 1), number="B-3"), "fee_bill_malformed"),
    ):
        with pytest.raises(PeerRefused) as refused:
            await paid.ask("clerk", TAKE_FEE_BILL, other)
        assert refused.value.code == code
    assert (await paid.count(FEE_BILLS), await paid.count(FEE_BILL_LINES)) == (1, 1)
    with pytest.raises(PeerOutcomeUnknown, match="403 role_missing"):
        await paid.ask("treasury", TAKE_FEE_BILL, bill((JUNE, 2)))
