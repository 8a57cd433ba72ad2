"""What files do to the ward's books: 01, 02, 03, unknown slips, commissions, answers on keys."""

from __future__ import annotations

from datetime import UTC, date, datetime

from services.ward_gateway.store import tables
from shared.files.billing_results import BillingOutcome, BillingResult, write_billing_results
from shared.files.centre_receipts import (
    CentreReceipt,
    CentreReceiptsHeader,
    write_centre_receipts,
)
from shared.files.codes import DataType, Proc
from shared.files.nofu_jutaku_hokoku import Commission, CommissionStatus, write_nofu_jutaku_hokoku
from shared.keys.channels import Channel
from shared.kit.envelope import seal
from shared.kit.money import Yen
from shared.kit.peer_names import Network
from shared.wire import ward_intranet as wire
from shared.wire.doors import OPERATOR_ARROWS
from tests.integration.services.ward_gateway.conftest import TAMPER_KEY, receipt

CONFIRMED, CANCELLED = DataType.CONFIRMED, DataType.CANCELLED
TRANSFER = date(2025, 6, 13)


async def collected(ward, sequence, *records, channel=Channel.MOBILE_BANKING):
    ward.offer_receipts(sequence, *records, channel=channel)
    return await ward.run("collect_leased_line")


async def phases(ward) -> list[str]:
    page = await ward.ask("clerk", wire.LIST_RECEIPTS)
    return sorted(row.phase for row in page.receipts)


async def test_a_receipt_is_preliminary_and_then_confirmed_with_its_transfer_date(ward) -> None:
    (slip,) = await ward.with_slips(1000)
    await collected(ward, 1, receipt(slip))
    await collected(ward, 2, receipt(slip, CONFIRMED, transfer_date=TRANSFER))
    (row,) = (await ward.ask("clerk", wire.LIST_RECEIPTS)).receipts
    assert (row.phase, row.transfer_date) == ("confirmed", TRANSFER)
    assert (row.had_preliminary, row.had_confirmed) == (True, True)
    assert (row.notice_number, row.fiscal_year, row.instalment) == ("000000001", 2025, 1)
    assert row.paid_at == datetime(2025, 6, 10, 3, 34, tzinfo=UTC)
    assert row.identity == f"mobile_banking/{slip.barcode}/20250610/1234/0000001"
    assert await ward.exceptions() == []


async def test_the_same_notice_twice_is_ignored_and_counted(ward) -> None:
    (slip,) = await ward.with_slips(1000)
    await collected(ward, 1, receipt(slip), receipt(slip))
    counts = await collected(ward, 2, receipt(slip))
    assert counts["receipts_duplicate"] == 1
    assert await ward.count(tables.RECEIPTS) == 1


async def test_a_cancelled_receipt_may_be_paid_again_the_same_day(ward) -> None:
    (slip,) = await ward.with_slips(1000)
    again = receipt(slip, paid=(date(2025, 6, 10), "1240"), shop="0000002")
    await collected(ward, 1, receipt(slip), receipt(slip, CANCELLED), again)
    assert await phases(ward) == ["cancelled", "preliminary"]
    assert await ward.exceptions() == ["preliminary_cancelled"]


async def test_a_confirmation_without_a_preliminary_is_booked_and_shown_to_a_clerk(ward) -> None:
    (slip,) = await ward.with_slips(1000)
    await collected(ward, 1, receipt(slip, CONFIRMED, transfer_date=TRANSFER))
    (row,) = (await ward.ask("clerk", wire.LIST_RECEIPTS)).receipts
    assert (row.phase, row.had_preliminary) == ("confirmed", False)
    assert await ward.exceptions() == ["confirmed_without_preliminary"]


async def test_a_preliminary_that_comes_late_leaves_the_books_as_if_it_had_come_first(ward) -> None:
    (slip,) = await ward.with_slips(1000)
    await collected(ward, 1, receipt(slip, CONFIRMED, transfer_date=TRANSFER))
    await collected(ward, 2, receipt(slip))
    (row,) = (await ward.ask("clerk", wire.LIST_RECEIPTS)).receipts
    assert (row.phase, row.had_preliminary) == ("confirmed", True)
    assert await ward.exceptions() == []


async def test_a_cancellation_after_the_confirmation_changes_nothing_but_asks_a_clerk(ward) -> None:
    (slip,) = await ward.with_slips(1000)
    await collected(ward, 1, receipt(slip), receipt(slip, CONFIRMED, transfer_date=TRANSFER))
    await collected(ward, 2, receipt(slip, CANCELLED))
    assert await phases(ward) == ["confirmed"]
    assert await ward.exceptions() == ["cancellation_unmatched"]


async def test_a_cancellation_of_nothing_we_hold_asks_a_clerk(ward) -> None:
    (slip,) = await ward.with_slips(1000)
    await collected(ward, 1, receipt(slip))
    other_minute = receipt(slip, CANCELLED, paid=(date(2025, 6, 10), "1235"))
    await collected(ward, 2, other_minute)
    assert await phases(ward) == ["preliminary"]
    assert await ward.exceptions() == ["cancellation_unmatched"]


async def test_money_for_a_slip_that_we_never_issued_is_kept_and_shown(ward) -> None:
    (slip,) = await ward.with_slips(1000)
    number = "91912345000011250100000009900025063000010000"
    stranger = number[:43] + str(_check_digit(number[:43]))
    await collected(ward, 1, receipt(slip), receipt(stranger))
    rows = (await ward.ask("clerk", wire.LIST_RECEIPTS)).receipts
    assert sorted(row.notice_number or "" for row in rows) == ["", "000000001"]
    assert await ward.exceptions() == ["receipt_unmatched"]


async def test_one_slip_paid_on_two_channels_is_a_double_payment(ward) -> None:
    (slip,) = await ward.with_slips(1000)
    card = Channel.MOBILE_CREDIT
    await collected(ward, 1, receipt(slip))
    await collected(ward, 1, receipt(slip, channel=card), channel=card)
    assert await ward.count(tables.RECEIPTS) == 2
    assert await ward.exceptions() == ["double_payment"]


async def test_payeasy_receipts_come_from_the_centre(ward) -> None:
    (slip,) = await ward.with_slips(400_000)
    records = [payeasy(slip, 1), payeasy(slip, 2, CONFIRMED)]
    ward.centre.offer("receipts_payeasy", 1, centre_file(1, records), 2, 800_000)
    counts = await ward.run("collect_lgwan")
    assert (counts["receipts_added"], counts["receipts_confirmed"]) == (1, 1)
    (row,) = (await ward.ask("clerk", wire.LIST_RECEIPTS)).receipts
    assert (row.channel, row.phase, row.amount_yen) == ("payeasy", "confirmed", 400_000)
    assert row.transfer_date == date(2025, 6, 13)


async def test_a_cancelled_cash_payment_at_an_atm_leaves_the_slip_unpaid(ward) -> None:
    (slip,) = await ward.with_slips(1000)
    records = [payeasy(slip, 1), payeasy(slip, 2, CANCELLED)]
    ward.centre.offer("receipts_payeasy", 1, centre_file(1, records), 2, 2000)
    await ward.run("collect_lgwan")
    assert await phases(ward) == ["cancelled"]
    unpaid = await ward.ask("clerk", wire.LIST_SLIPS, query={"unpaid": "true"})
    assert len(unpaid.slips) == 1
    assert await ward.exceptions() == ["preliminary_cancelled"]


async def test_a_record_that_was_tampered_with_is_refused(ward) -> None:
    (slip,) = await ward.with_slips(1000)
    content = centre_file(1, [payeasy(slip, 1)], key=bytes(32))
    ward.centre.offer("receipts_payeasy", 1, content, 1, 1000)
    await ward.run("collect_lgwan")
    (intake,) = await ward.rows(tables.INTAKES)
    assert "wrong_seal" in str(intake.problems)
    assert await ward.count(tables.RECEIPTS) == 0


async def test_the_card_agents_report_is_opened_here_and_renewed_by_the_next_one(ward) -> None:
    (slip,) = await ward.with_slips(1000)
    for sequence, remitted_on in ((1, None), (2, date(2025, 6, 17))):
        content = seal(report(slip, remitted_on), ward.sealing_key)
        ward.provider.offer("agent_report", sequence, content, 1, 1000)
    await ward.run("collect_leased_line")
    (row,) = await ward.rows(tables.COMMISSIONS)
    assert (row.amount_yen, row.remitted_on, row.status) == (1000, date(2025, 6, 17), 1)


async def test_a_report_that_was_sealed_for_somebody_else_is_refused(ward) -> None:
    ward.provider.offer("agent_report", 1, b"not.an.envelope", 0, 0)
    await ward.run("collect_leased_line")
    (intake,) = await ward.rows(tables.INTAKES)
    assert intake.problems == ["line 0 file envelope: envelope_not_opened"]


async def test_the_centres_answers_move_slips_to_held_or_refused(ward) -> None:
    slips = await ward.with_slips(1000, 2000)
    await ward.run("upload_billing")
    rows = [
        result(slips[0], 1, BillingOutcome.ACCEPTED, ""),
        result(slips[1], 2, BillingOutcome.REFUSED, "E110"),
    ]
    ward.centre.offer("billing_result", 1, write_billing_results(rows), 2, 0)
    counts = await ward.run("collect_lgwan")
    assert (counts["slips_held"], counts["slips_refused"]) == (1, 1)
    page = await ward.ask("clerk", wire.LIST_SLIPS)
    shown = {slip.notice_number: slip.centre_state for slip in page.slips}
    assert shown == {"000000001": "HELD", "000000002": "REFUSED"}
    assert await ward.exceptions() == ["slip_refused"]


async def test_any_key_leads_an_operator_to_the_whole_story(ward) -> None:
    (slip,) = await ward.with_slips(1000)
    await collected(ward, 1, receipt(slip))
    client = ward.network.client("operator", "ward_gateway", "operator", Network.OPERATOR)
    arrows = OPERATOR_ARROWS["ward_gateway"]
    stories = [
        await client.ask(arrows.history, key=key)
        for key in (slip.barcode, slip.payment_number, str(slip.slip_id))
    ]
    events = [[(line.record, line.event) for line in story.lines] for story in stories]
    assert events == [[("slips", "slip_issued"), ("receipts", "preliminary_received")]] * 3
    peers = await client.ask(arrows.peers)
    assert [(check.peer, check.ok) for check in peers.checks] == [
        ("payment_provider", True),
        ("lgwan_asp", True),
    ]


def _check_digit(body: str) -> int:
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(body)))
    return -total % 10


def payeasy(slip, record_seq, kind=DataType.PRELIMINARY) -> CentreReceipt:
    cancelled = kind == CANCELLED
    return CentreReceipt(
        data_type=kind,
        record_seq=record_seq,
        institution_number="13104",
        payment_number=slip.payment_number,
        category="341",
        amount_yen=Yen(slip.amount_yen),
        paid_on=date(2025, 6, 11),
        paid_at_hhmmss="091530",
        bank_code="0001",
        branch_code="123",
        medium="01",
        receipt_number="R-1",
        transfer_date=date(2025, 6, 13),
        paid_in_on=date(2025, 6, 13) if kind == CONFIRMED else None,
        created_on=date(2025, 6, 12),
        cancel_reason=1 if cancelled else None,
        cancelled_receipt_number="R-1" if cancelled else "",
        notice_number=slip.notice_number,
        levy_year=2025,
        instalment=slip.instalment,
    )


def centre_file(sequence, records, key=TAMPER_KEY) -> bytes:
    day = date(2025, 6, 12)
    header = CentreReceiptsHeader("13104", day, "200000", sequence, day, day, "ｼﾝｼﾞﾕｸｸ")
    return write_centre_receipts(header, records, key)


def report(slip, remitted_on) -> bytes:
    status = CommissionStatus.REMITTED if remitted_on else CommissionStatus.COMMISSIONED
    line = Commission(
        record_no=1,
        agent_id="agent-1",
        commission_number="C-1",
        barcode=slip.barcode,
        amount_yen=Yen(slip.amount_yen),
        fee_by_payer_yen=Yen(27),
        authorised_at=datetime(2025, 6, 10, 3, 34, tzinfo=UTC),
        approval_number_masked="****12",
        brand="VISA",
        designated_date=date(2025, 6, 17),
        remitted_on=remitted_on,
        bank_ref="B-1" if remitted_on else "",
        status=status,
    )
    return write_nofu_jutaku_hokoku([line])


def result(slip, record_seq, outcome, code) -> BillingResult:
    return BillingResult(
        file_sequence=1,
        record_seq=record_seq,
        proc=Proc.ADD,
        payment_number=slip.payment_number,
        category="341",
        result=outcome,
        error_code=code,
        error_item="",
        processed_at=datetime(2025, 6, 3, 9, 0, tzinfo=UTC),
    )
