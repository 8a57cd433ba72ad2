"""A paper notice that is none is withdrawn by a second person, and leaves no trace in the yen."""

from __future__ import annotations

import pytest

from services.ward_gateway.store import tables
from services.ward_gateway.store.paper_notice_tables import PAPER_NOTICES, PAPER_PAIRS
from shared.files.codes import DataType
from shared.keys.payment_number import PaymentNumber, SlipType
from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from shared.wire.paper_notices import (
    WITHDRAW_PAPER_NOTICE,
    PaperNoticeRead,
    PaperNoticeWithdrawn,
    WithdrawPaperNotice,
)
from tests.integration.services.ward_gateway.test_paper_notices import Town, counter, paper

CONFIRMED = DataType.CONFIRMED


@pytest.fixture
async def town(ward) -> Town:
    return Town(ward)


async def withdrawn(
    town: Town, notice: PaperNoticeRead, by: str = "second_clerk"
) -> PaperNoticeWithdrawn:
    body = WithdrawPaperNotice(notice=notice, reason="misread")
    return await town.ward.ask(by, WITHDRAW_PAPER_NOTICE, body)


async def test_a_notice_that_was_misread_is_withdrawn_by_a_second_person_and_taken_right(
    town,
) -> None:
    (slip,) = await town.ward.with_slips(1000)
    wrong, right = paper(slip, amount_yen=100), paper(slip)
    await town.on_paper(wrong)
    await town.money(9, 1000, "bank_counter")
    assert (await town.on_paper(right)).reused == 1
    assert "paper_notice_reused" in await town.ward.exceptions()
    with pytest.raises(PeerRefused, match="withdrawn_by_same_person"):
        await withdrawn(town, wrong, by="clerk")
    with pytest.raises(PeerRefused, match="paper_notice_not_found"):
        await withdrawn(town, right)
    with pytest.raises(PeerOutcomeUnknown, match="403 role_missing"):
        await withdrawn(town, wrong, by="system")
    gone = await withdrawn(town, wrong)
    assert (gone.withdrawn_by, gone.reason) == ("second_clerk-user", "misread")
    assert await withdrawn(town, wrong) == gone, "once more does nothing"
    assert await town.live() == []
    assert await town.heaps() == {"A6": 1000, "C4": 1000}
    assert (await town.on_paper(right)).taken == 1
    await town.ward.run("reconcile")
    assert await town.heaps() == {"A1": 1000, "B1": 1000, "C1": 1000}
    assert (await town.books()).residual_yen == 0
    assert await town.ward.exceptions() == []
    assert await withdrawn(town, wrong) == gone, "not even now"
    events = [row.event for row in await town.ward.rows(tables.FOUNDATION.journal.history)]
    assert events.count("paper_notice_withdrawn") == 1


async def test_a_withdrawn_notice_parts_from_its_receipt_and_leaves_it_to_another(town) -> None:
    (slip,) = await town.ward.with_slips(1000)
    await town.by_wire(counter(slip), counter(slip, CONFIRMED))
    await town.on_paper(paper(slip, 1), paper(slip, 2))
    assert await town.live() == [("bank_counter", "confirmed"), ("payeasy", "confirmed")]
    await withdrawn(town, paper(slip, 1))
    assert await town.live() == [("payeasy", "confirmed")]
    assert await town.heaps() == {"A2": 1000, "B1": 1000}
    (pair,) = [p for p in await town.ward.rows(PAPER_PAIRS) if p.parted_at is None]
    (stays,) = [n for n in await town.ward.rows(PAPER_NOTICES) if n.withdrawn_at is None]
    assert (pair.notice_id, stays.stamp_number) == (stays.id, "0002")
    await withdrawn(town, paper(slip, 2))
    assert await town.live() == [("payeasy", "confirmed")]
    assert [p for p in await town.ward.rows(PAPER_PAIRS) if p.parted_at is None] == []
    assert await town.ward.exceptions() == []


async def test_a_withdrawn_notice_of_an_unknown_key_is_unmatched_no_more(town) -> None:
    (slip,) = await town.ward.with_slips(1000)
    unknown = PaymentNumber(SlipType.INSTALMENT, 2025, 1, "999999999", 1).digits
    await town.on_paper(paper(slip, payment_number=unknown))
    assert await town.ward.exceptions() == ["receipt_unmatched"]
    await withdrawn(town, paper(slip, payment_number=unknown))
    assert await town.ward.exceptions() == []
    await town.on_paper(paper(slip))
    assert await town.heaps() == {"A2": 1000, "B1": 1000}
