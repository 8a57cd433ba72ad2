"""A bank's counter that tells by wire, on paper, or by both: each payment counts once, always."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import update

from services.ward_gateway.store import tables
from services.ward_gateway.store.paper_notice_tables import PAPER_NOTICES, PAPER_PAIRS
from services.ward_gateway.usecases.take_bank_statement import take_bank_statement
from shared.files.codes import DataType
from shared.keys.payment_number import PaymentNumber, SlipType
from shared.kit.clock import tokyo_time
from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from shared.wire import ward_intranet as wire
from shared.wire.paper_notices import (
    TAKE_PAPER_NOTICES,
    PaperNoticeRead,
    TakePaperNotices,
)
from tests.integration.services.ward_gateway.test_registration import centre_file, payeasy
from tests.integration.services.ward_gateway.ward_rows import bank_file, line

PAID, PAID_IN = date(2025, 6, 11), date(2025, 6, 13)
CONFIRMED, CANCELLED = DataType.CONFIRMED, DataType.CANCELLED
STATEMENT = wire.MakeStatement(fiscal_year=2025)
COUNTER_CODE = "0000000004"


def paper(slip, stamp: int = 1, **other: object) -> PaperNoticeRead:
    """Return a notice that says what counter() tells by wire."""
    values = {
        "bank_code": "0001",
        "branch_code": "123",
        "payment_number": slip.payment_number,
        "amount_yen": slip.amount_yen,
        "paid_on": PAID,
        "paid_in_on": PAID_IN,
        "stamp_number": f"{stamp:04d}",
    }
    return PaperNoticeRead(**(values | other))


def counter(slip, kind=DataType.PRELIMINARY, number: str = "R-1", medium: str = "05"):
    record = replace(payeasy(slip, 1, kind), medium=medium, receipt_number=number)
    return replace(record, cancelled_receipt_number=number if kind == CANCELLED else "")


class Town:
    """A ward whose books are looked at after every step."""

    def __init__(self, ward) -> None:
        self.ward, self.files = ward, 0
        ward.clock.instant = tokyo_time(date(2025, 6, 12), 9)

    async def by_wire(self, *records) -> None:
        self.files += 1
        numbered = [replace(record, record_seq=n) for n, record in enumerate(records, 1)]
        total = sum(record.amount_yen for record in numbered)
        content = centre_file(self.files, numbered)
        self.ward.centre.offer("receipts_payeasy", self.files, content, len(numbered), total)
        await self.ward.run("collect_lgwan")

    async def on_paper(self, *notices: PaperNoticeRead):
        body = TakePaperNotices(notices=notices)
        return await self.ward.ask("clerk", TAKE_PAPER_NOTICES, body)

    async def money(self, reference: int, yen: int, channel: str) -> None:
        """Let money come on the day of the pay-in, and reconcile."""
        deposit = line(reference, yen, channel="payeasy", day=PAID_IN)
        if channel == "bank_counter":
            deposit = replace(deposit, remitter_code=COUNTER_CODE)
        self.ward.clock.instant = tokyo_time(PAID_IN, 18)
        await take_bank_statement(
            bank_file(deposit),
            open_unit_of_work=self.ward.resources.open_unit_of_work,
            remitters=self.ward.resources.contract.remitters | {COUNTER_CODE: "bank_counter"},
            clock=self.ward.clock,
        )
        await self.ward.run("reconcile")

    async def books(self) -> wire.Statement:
        """Return the statement; every identity must hold at every moment."""
        statement = await self.ward.ask("clerk", wire.MAKE_STATEMENT, STATEMENT)
        assert [one for one in statement.identities if not one.holds] == []
        return statement

    async def heaps(self) -> dict[str, int]:
        """Return the heaps that hold yen."""
        return {heap: yen for heap, yen in (await self.books()).heaps.items() if yen}

    async def live(self) -> list[tuple[str, str]]:
        page = await self.ward.ask("clerk", wire.LIST_RECEIPTS)
        alive = [row for row in page.receipts if row.phase != "cancelled"]
        return sorted((row.channel, row.phase) for row in alive)


@pytest.fixture
async def town(ward) -> Town:
    return Town(ward)


async def all_come(town: Town, *, cancelled: int) -> None:
    """The Pay-easy money of one receipt comes, and everything is explained."""
    await town.money(1, 1000, "payeasy")
    assert await town.live() == [("payeasy", "funded")]
    assert await town.heaps() == {"A1": 1000, "B1": 1000, "C1": 1000}
    books = await town.books()
    assert (books.residual_yen, books.receipts_cancelled) == (0, cancelled)
    assert await town.ward.exceptions() == []


async def test_a_counter_payment_that_also_comes_on_paper_is_counted_once(town) -> None:
    (slip,) = await town.ward.with_slips(1000)
    await town.by_wire(counter(slip))
    taken = await town.on_paper(paper(slip))
    assert (taken.taken, taken.joined, taken.repeated, taken.reused) == (1, 1, 0, 0)
    assert await town.heaps() == {"A4": 1000, "B1": 1000}
    await town.by_wire(counter(slip, CONFIRMED))
    again = await town.on_paper(paper(slip))
    assert (again.taken, again.joined, again.repeated, again.reused) == (0, 0, 1, 0)
    assert await town.heaps() == {"A2": 1000, "B1": 1000}
    assert await town.ward.count(tables.RECEIPTS) == 1
    await all_come(town, cancelled=0)


async def test_paper_that_comes_first_is_joined_by_the_electronic_receipt(town) -> None:
    (slip,) = await town.ward.with_slips(1000)
    taken = await town.on_paper(paper(slip))
    assert (taken.taken, taken.joined) == (1, 0)
    assert await town.live() == [("bank_counter", "confirmed")]
    assert await town.heaps() == {"A2": 1000, "B1": 1000}
    await town.by_wire(counter(slip))
    assert await town.live() == [("payeasy", "preliminary")]
    assert await town.heaps() == {"A4": 1000, "B1": 1000}
    page = await town.ward.ask("clerk", wire.LIST_RECEIPTS)
    rows = {row.channel: row for row in page.receipts}
    assert rows["bank_counter"].joined_receipt_id == rows["payeasy"].receipt_id
    assert (rows["payeasy"].medium, rows["payeasy"].joined_receipt_id) == ("05", None)
    await town.by_wire(counter(slip, CONFIRMED))
    await all_come(town, cancelled=1)
    moves = [
        (row.event, row.to_state)
        for row in await town.ward.rows(tables.FOUNDATION.journal.history)
        if row.record_id == str(rows["bank_counter"].receipt_id)
    ]
    assert moves == [
        ("received_on_paper", "CONFIRMED"),
        ("joined_to_electronic_receipt", "CANCELLED"),
    ]


async def test_money_that_paper_explained_goes_back_to_its_bank_line_when_wire_tells_too(
    town,
) -> None:
    (slip,) = await town.ward.with_slips(1000)
    await town.on_paper(paper(slip))
    await town.money(9, 1000, "bank_counter")
    assert await town.live() == [("bank_counter", "funded")]
    assert (await town.books()).residual_yen == 0
    assert await town.heaps() == {"A1": 1000, "B1": 1000, "C1": 1000}
    await town.by_wire(counter(slip), counter(slip, CONFIRMED))
    # Once received, once deposited: the bank line is explained by nothing any more.
    assert await town.heaps() == {"A2": 1000, "B1": 1000, "C4": 1000}
    await town.ward.run("reconcile")
    assert await town.ward.exceptions() == ["deposit_excess"]
    await town.money(1, 1000, "payeasy")
    assert await town.heaps() == {"A1": 1000, "B1": 1000, "C1": 1000, "C4": 1000}
    assert (await town.books()).residual_yen == 1000


async def test_part_of_the_money_goes_back_to_its_bank_line_too(town) -> None:
    (slip,) = await town.ward.with_slips(1000)
    await town.on_paper(paper(slip))
    await town.money(9, 600, "bank_counter")
    assert await town.live() == [("bank_counter", "confirmed")]
    await town.by_wire(counter(slip), counter(slip, CONFIRMED))
    assert await town.ward.count(tables.FUNDINGS) == 0
    assert await town.heaps() == {"A2": 1000, "B1": 1000, "C4": 600}
    await town.money(1, 1000, "payeasy")
    assert await town.heaps() == {"A1": 1000, "B1": 1000, "C1": 1000, "C4": 600}
    assert (await town.books()).residual_yen == 600


async def test_paper_alone_is_a_receipt_of_the_bank_counter_and_is_funded_by_its_bank(
    town,
) -> None:
    (slip, other) = await town.ward.with_slips(1000, 500)
    await town.on_paper(paper(slip), paper(other, 2))
    unpaid = await town.ward.ask("clerk", wire.LIST_SLIPS, query={"unpaid": "true"})
    assert unpaid.slips == ()
    await town.money(9, 1500, "bank_counter")
    assert await town.live() == [("bank_counter", "funded")] * 2
    assert (await town.books()).residual_yen == 0
    assert await town.ward.exceptions() == []


async def test_two_payments_of_one_key_on_one_day_are_two_receipts_in_both_orders(town) -> None:
    first, second = await town.ward.with_slips(1000, 700)
    await town.by_wire(counter(first, number="R-1"), counter(first, number="R-2"))
    taken = await town.on_paper(paper(first, 1), paper(first, 2))
    assert (taken.taken, taken.joined) == (2, 2)
    taken = await town.on_paper(paper(second, 3), paper(second, 4))
    assert (taken.taken, taken.joined) == (2, 0)
    assert await town.heaps() == {"A4": 1000, "A2": 700, "B1": 1700, "B3": 1700}
    await town.by_wire(counter(second, number="R-3"))
    assert await town.live() == [("bank_counter", "confirmed"), *[("payeasy", "preliminary")] * 3]
    # The wire's minute goes before the stamp's day: it pays, the paper is too much.
    assert await town.heaps() == {"A4": 1700, "B1": 1700, "B3": 1700}
    await town.by_wire(counter(second, number="R-4"))
    assert await town.live() == [("payeasy", "preliminary")] * 4
    assert await town.heaps() == {"A4": 1700, "B1": 1700, "B3": 1700}
    assert await town.ward.exceptions() == ["double_payment"] * 2
    assert len([p for p in await town.ward.rows(PAPER_PAIRS) if p.parted_at is None]) == 4


async def test_paper_stands_for_itself_when_its_electronic_receipt_is_taken_back(town) -> None:
    first, second = await town.ward.with_slips(1000, 700)
    await town.by_wire(counter(first))
    await town.on_paper(paper(first), paper(second, 2))
    await town.by_wire(counter(second))
    assert await town.heaps() == {"A4": 1700, "B1": 1700}
    await town.by_wire(counter(first, CANCELLED), counter(second, CANCELLED))
    assert await town.live() == [("bank_counter", "confirmed")] * 2
    assert await town.heaps() == {"A2": 1700, "B1": 1700}
    await town.by_wire(counter(second, CONFIRMED, number="R-2"))
    assert await town.live() == [("bank_counter", "confirmed"), ("payeasy", "confirmed")]
    assert await town.heaps() == {"A2": 1700, "B1": 1700}
    pairs = await town.ward.rows(PAPER_PAIRS)
    assert [pair.parted_at is None for pair in pairs] == [False, False, True]


async def test_paper_and_wire_that_come_at_once_are_still_one_receipt(town) -> None:
    (slip,) = await town.ward.with_slips(1000)
    await asyncio.gather(town.on_paper(paper(slip)), town.by_wire(counter(slip)))
    assert await town.live() == [("payeasy", "preliminary")]
    assert await town.heaps() == {"A4": 1000, "B1": 1000}


async def test_only_the_same_payment_at_a_counter_belongs_to_a_notice(town) -> None:
    (slip,) = await town.ward.with_slips(1000)
    await town.by_wire(counter(slip, medium="01"))
    taken = await town.on_paper(
        paper(slip), paper(slip, 2, bank_code="0002"), paper(slip, 3, amount_yen=999)
    )
    assert (taken.taken, taken.joined) == (3, 0)
    assert await town.ward.count(tables.RECEIPTS) == 4
    assert (await town.books()).received_yen == 3999


async def test_a_notice_of_an_unknown_key_waits_as_unmatched_until_wire_tells(town) -> None:
    (slip,) = await town.ward.with_slips(1000)
    unknown = PaymentNumber(SlipType.INSTALMENT, 2025, 1, "999999999", 1).digits
    stranger = slip.model_copy(update={"payment_number": unknown})
    await town.on_paper(paper(stranger))
    assert await town.ward.exceptions() == ["receipt_unmatched"]
    assert (await town.heaps())["B8"] == 1000
    await town.by_wire(counter(stranger))
    assert await town.ward.exceptions() == ["receipt_unmatched"]
    assert (await town.heaps())["B8"] == 1000


async def test_a_stamp_is_one_notice_and_never_another_ones(town) -> None:
    first, second = await town.ward.with_slips(1000, 2000)
    taken = await town.on_paper(paper(first), paper(first), paper(second))
    assert (taken.taken, taken.repeated, taken.reused) == (1, 1, 1)
    taken = await town.on_paper(paper(first, amount_yen=999), paper(first))
    assert (taken.taken, taken.repeated, taken.reused) == (0, 1, 1)
    assert await town.ward.exceptions() == ["paper_notice_reused"]
    future = paper(second, 3, paid_on=date(2025, 6, 13))
    with pytest.raises(PeerRefused, match="paper_notice_malformed"):
        await town.on_paper(paper(second, 2), future)
    assert (await town.ward.count(PAPER_NOTICES), await town.ward.count(tables.RECEIPTS)) == (1, 1)
    body = TakePaperNotices(notices=(paper(second, 2),))
    with pytest.raises(PeerOutcomeUnknown, match="403 role_missing"):
        await town.ward.ask("treasury", TAKE_PAPER_NOTICES, body)


async def test_what_cannot_be_on_a_slip_of_this_ward_is_refused_by_name(town) -> None:
    (slip,) = await town.ward.with_slips(1000)
    first, *rest = slip.payment_number
    misread = "".join([first, rest[1], rest[0], *rest[2:-1], "1" if rest[-1] == "0" else "0"])
    with pytest.raises(PeerRefused) as refused:
        await town.on_paper(
            paper(slip),
            paper(slip, 2, payment_number=misread),
            paper(slip, 3, payment_number="9" * 16),
            paper(slip, 4, paid_on=date(2025, 3, 31)),
            paper(slip, 5, paid_on=date(2025, 6, 13), paid_in_on=PAID),
        )
    assert refused.value.code == "paper_notice_malformed"
    assert [tuple(one.values()) for one in refused.value.problems] == [
        (2, "payment_number", "wrong_check_digit"),
        (3, "payment_number", "malformed_payment_number"),
        (4, "paid_on", "before_its_fiscal_year"),
        (5, "paid_on", "in_the_future"),
        (5, "paid_in_on", "paid_in_before_it_was_paid"),
    ]
    assert await town.ward.count(PAPER_NOTICES) == 0


async def without_media(town: Town) -> None:
    """Let the receipts be registered before media were written down."""
    async with town.ward.engine.begin() as connection:
        await connection.execute(update(tables.RECEIPTS).values(medium=""))


async def media(town: Town) -> dict[str, str]:
    return {row.shop_code: row.medium for row in await town.ward.rows(tables.RECEIPTS)}


async def test_a_receipt_whose_medium_was_not_written_down_may_be_of_a_counter(town) -> None:
    (slip,) = await town.ward.with_slips(1000)
    await town.by_wire(counter(slip))
    await without_media(town)
    taken = await town.on_paper(paper(slip))
    assert (taken.taken, taken.joined) == (1, 1)
    assert await town.heaps() == {"A4": 1000, "B1": 1000}
    await town.by_wire(counter(slip, CONFIRMED))
    assert await media(town) == {"R-1": "05"}
    await all_come(town, cancelled=0)


async def test_a_medium_that_is_told_later_parts_what_did_not_belong_together(town) -> None:
    first, second = await town.ward.with_slips(1000, 700)
    machines = [counter(first, medium="01"), counter(second, number="R-2", medium="01")]
    await town.by_wire(*machines)
    await without_media(town)
    assert (await town.on_paper(paper(first), paper(second, 2))).joined == 2
    await town.by_wire(counter(first, CONFIRMED, medium="01"), machines[1])
    assert await media(town) == {"R-1": "01", "R-2": "01", "0001": "", "0002": ""}
    assert await town.live() == [
        *[("bank_counter", "confirmed")] * 2,
        ("payeasy", "confirmed"),
        ("payeasy", "preliminary"),
    ]
    assert await town.ward.exceptions() == ["double_payment"] * 2
    await town.books()
