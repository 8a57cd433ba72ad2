"""What was registered goes on to the standard system, and is erased once it is there."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.ward_gateway.jobs.collect import collect_lgwan
from services.ward_gateway.store import tables
from services.ward_gateway.store.delivery_tables import DELIVERIES
from services.ward_gateway.usecases.hand_deliveries_over import acknowledge_delivery
from shared.files.codes import DataType
from shared.files.csv_tables import FileTotals
from shared.files.shuno import BREAKDOWN, MatchStatus, load_shuno
from shared.keys.channels import Channel
from shared.kit.clock import tokyo_time
from shared.kit.ids import new_id
from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from shared.wire import ward_intranet as wire
from shared.wire.deliveries import ACKNOWLEDGE_DELIVERY, FETCH_DELIVERY, LIST_DELIVERIES
from shared.wire.file_collection import AcknowledgeFile
from tests.integration.services.ward_gateway.centre_answers import (
    next_morning,
    owed,
    pays_by_app,
    pays_by_payeasy,
)
from tests.integration.services.ward_gateway.conftest import Killed, claim, receipt
from tests.integration.services.ward_gateway.corrected_claims import cancel, change, hand_in
from tests.integration.services.ward_gateway.test_lump_sum import instalment
from tests.integration.services.ward_gateway.test_registration import centre_file, payeasy


async def waiting(ward, **query):
    return (await ward.ask("system", LIST_DELIVERIES, query=query)).deliveries


async def fetch(ward, role: str, file_id) -> bytes:
    token = await ward.token(role)
    return await ward.staff(role).fetch(FETCH_DELIVERY, token=token, file_id=file_id)


async def fetched(ward, delivery) -> bytes:
    content: bytes = await fetch(ward, "system", delivery.file_id)
    assert hashlib.sha256(content).hexdigest() == delivery.sha256
    assert len(content) == delivery.size_bytes
    return content


async def acknowledged(ward, delivery, sha256: str | None = None):
    body = AcknowledgeFile(file_id=delivery.file_id, sha256=sha256 or delivery.sha256)
    return await ward.ask("system", ACKNOWLEDGE_DELIVERY, body, file_id=delivery.file_id)


async def test_receipts_of_app_banking_go_on_byte_for_byte_and_those_by_card_do_not(ward) -> None:
    slips = await ward.with_slips(1000, 2000)
    file_id = ward.offer_receipts(1, receipt(slips[0]))
    card = receipt(slips[1], channel=Channel.MOBILE_CREDIT)
    ward.offer_receipts(1, card, channel=Channel.MOBILE_CREDIT)
    counts = await ward.run("collect_leased_line")
    assert (counts["registered"], counts["deliveries"]) == (2, 1)
    (one,) = await waiting(ward)
    assert (one.kind, one.sequence, one.record_count, one.total_yen) == (
        "receipts_mobile_banking",
        1,
        1,
        1000,
    )
    assert await fetched(ward, one) == ward.provider.files[file_id][1]
    assert ward.copies() == [], "the terminal's own copy went when the file was registered"


async def test_the_centres_receipts_become_shuno_csv_beside_the_wards_own_claims(ward) -> None:
    slips = await ward.with_slips(1000, 2000, 3000)
    await owed(ward, "UPDATE assessments SET cancelled_at = now() WHERE amount_yen = 2000")
    await owed(
        ward,
        "UPDATE assessments SET amount_yen = 900, medical_yen = 600, care_yen = 300"
        " WHERE amount_yen = 3000",
    )
    records = [payeasy(slip, number) for number, slip in enumerate(slips, start=1)]
    content = centre_file(1, records)
    ward.centre.offer("receipts_payeasy", 1, content, 3, 6000)
    await ward.run("collect_lgwan")
    (one,) = await waiting(ward)
    made = await fetched(ward, one)
    totals = FileTotals(one.record_count, int(one.total_yen), one.sha256)
    loaded = load_shuno(made, totals)
    assert loaded.problems == []
    assert (one.kind, one.record_count, one.total_yen) == ("shuno", 3, 6000)
    assert [row.match_status for row in loaded.records] == [
        MatchStatus.EXACT,
        MatchStatus.NO_CLAIM,
        MatchStatus.OVER,
    ]
    held = {row.identity for row in await ward.rows(tables.RECEIPTS)}
    assert {row.receipt_id for row in loaded.records} == held
    assert loaded.records[0].medical_yen == 1000


async def shuno_rows(ward) -> list:
    """Return the rows of every shuno.csv that waits, in order."""
    return [
        row
        for one in await waiting(ward)
        if one.kind == "shuno"
        for row in load_shuno(await fetched(ward, one)).records
    ]


def parts(row) -> tuple:
    return tuple(getattr(row, name) for name in BREAKDOWN)


async def test_a_lump_sum_is_split_over_the_claims_that_its_slip_pays(ward) -> None:
    halves = {"medical_yen": 600, "care_yen": 400}
    rows = [claim(**instalment(1)), claim(**instalment(2) | halves), claim(**instalment(3))]
    await hand_in(ward, *rows)
    await ward.ask("clerk", wire.ISSUE_SLIPS, wire.IssueSlips(fiscal_year=2025, lump_sum=True))
    (lump,) = [s for s in await ward.rows(tables.SLIPS) if s.slip_type == 2]
    await pays_by_payeasy(ward, lump)
    (paid,) = await shuno_rows(ward)
    assert (paid.instalment, paid.match_status) == (0, MatchStatus.EXACT)
    assert parts(paid) == (3000, 0, 0, 2600, 0, 400, 0)
    assert (paid.assessed_year, paid.account_code, paid.year_class) == (2025, "0001", 1)
    ward.clock.instant += timedelta(hours=1)
    await hand_in(ward, cancel(**instalment(3, 0)))
    await pays_by_payeasy(ward, lump, DataType.CONFIRMED, 2)
    assert parts((await shuno_rows(ward))[1]) == parts(paid)
    ward.clock.instant += timedelta(hours=1)
    again = replace(payeasy(lump, 1), receipt_number="R-2")
    ward.centre.offer("receipts_payeasy", 3, centre_file(3, [again]), 1, 3000)
    await ward.run("collect_lgwan")
    late = (await shuno_rows(ward))[2]
    assert late.match_status is MatchStatus.OVER, "2,000 are left of what its slip asks for"


async def test_edge_case_06_a_03_takes_back_what_its_01_gave_before_a_correction(ward) -> None:
    (slip,) = await ward.with_slips(1000)
    await pays_by_payeasy(ward, slip)
    ward.clock.instant += timedelta(hours=1)
    await hand_in(ward, change(1, 1200, medical_yen=700, care_yen=500))
    ward.clock.instant += timedelta(hours=1)
    await hand_in(ward, cancel(1, correction=2))
    await pays_by_payeasy(ward, slip, DataType.CANCELLED, 2)
    first, last = await shuno_rows(ward)
    assert parts(first) == parts(last) == (1000, 0, 0, 1000, 0, 0, 0)
    assert (first.match_status, last.match_status) == (MatchStatus.EXACT, MatchStatus.EXACT)
    ward.clock.instant += timedelta(hours=1)
    again = replace(payeasy(slip, 1), receipt_number="R-2")
    ward.centre.offer("receipts_payeasy", 3, centre_file(3, [again]), 1, 1000)
    await ward.run("collect_lgwan")
    assert (await shuno_rows(ward))[2].match_status is MatchStatus.NO_CLAIM


async def test_an_acknowledged_file_is_erased_with_a_row_and_a_repeat_changes_nothing(ward) -> None:
    (slip,) = await ward.with_slips(1000)
    await pays_by_payeasy(ward, slip)
    (one,) = await waiting(ward)
    await fetched(ward, one)
    first = await acknowledged(ward, one)
    next_morning(ward)
    assert await acknowledged(ward, one) == first
    (row,) = await ward.rows(DELIVERIES)
    assert (row.state, row.content, row.sha256) == ("IMPORTED", None, one.sha256)
    gone = [row for row in await ward.rows(tables.ERASURES) if row.terminal == "core"]
    assert [(r.file_name, r.sha256) for r in gone] == [("shuno-000001", one.sha256)]
    assert gone[0].actor == "ward-system-01/system-user"
    with pytest.raises(PeerRefused) as refused:
        await fetched(ward, one)
    assert refused.value.code == "delivery_erased"
    assert await waiting(ward) == ()
    (listed,) = await waiting(ward, acknowledged="true")
    assert (listed.file_id, listed.acknowledged_at) == (one.file_id, first.acknowledged_at)
    audit = await ward.rows(tables.FOUNDATION.journal.audit)
    actions = [note.action for note in audit if note.record == "deliveries"]
    assert actions == ["delivery_made", "delivery_fetched", "delivery_imported_and_erased"]


async def test_nothing_is_erased_for_another_hash_or_for_a_file_that_there_is_not(ward) -> None:
    (slip,) = await ward.with_slips(1000)
    await pays_by_app(ward, slip)
    (one,) = await waiting(ward)
    with pytest.raises(PeerRefused) as refused:
        await acknowledged(ward, one, "0" * 64)
    assert refused.value.code == "file_hash_differs"
    stranger = one.model_copy(update={"file_id": new_id()})
    for ask in (fetched, acknowledged):
        with pytest.raises(PeerRefused) as refused:
            await ask(ward, stranger)
        assert refused.value.code == "delivery_not_found"
    body = AcknowledgeFile(file_id=one.file_id, sha256=one.sha256)
    with pytest.raises(PeerRefused) as refused:
        await ward.ask("system", ACKNOWLEDGE_DELIVERY, body, file_id=new_id())
    assert refused.value.code == "delivery_not_found"
    await fetched(ward, one)


async def test_only_the_standard_system_fetches_and_a_clerk_may_see_what_waits(ward) -> None:
    (slip,) = await ward.with_slips(1000)
    await pays_by_app(ward, slip)
    (one,) = await waiting(ward)
    assert (await ward.ask("clerk", LIST_DELIVERIES)).deliveries == (one,)
    body = AcknowledgeFile(file_id=one.file_id, sha256=one.sha256)
    for role in ("clerk", "treasury", "supervisor"):
        with pytest.raises(PeerOutcomeUnknown, match="403"):
            await fetch(ward, role, one.file_id)
        with pytest.raises(PeerOutcomeUnknown, match="403"):
            await ward.ask(role, ACKNOWLEDGE_DELIVERY, body, file_id=one.file_id)
    for role in ("treasury", "supervisor"):
        with pytest.raises(PeerOutcomeUnknown, match="403"):
            await ward.ask(role, LIST_DELIVERIES)


async def test_files_wait_in_the_order_in_which_they_were_registered(ward) -> None:
    slips = await ward.with_slips(1000, 2000)
    for number, slip in enumerate(slips, start=1):
        await pays_by_app(ward, slip, number)
        next_morning(ward)
    assert [each.sequence for each in await waiting(ward)] == [1, 2]


async def test_a_file_that_the_partner_sends_twice_goes_on_once(ward) -> None:
    (slip,) = await ward.with_slips(1000)
    await pays_by_app(ward, slip)
    (one,) = await waiting(ward)
    await acknowledged(ward, one)
    ward.offer_receipts(1, receipt(slip))
    counts = await ward.run("collect_leased_line")
    assert counts["registered"] == 1
    assert "deliveries" not in counts
    assert await waiting(ward) == ()


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
async def test_a_process_that_dies_while_it_registers_makes_one_delivery(ward, before) -> None:
    (slip,) = await ward.with_slips(1000)
    ward.centre.offer("receipts_payeasy", 1, centre_file(1, [payeasy(slip, 1)]), 1, 1000)
    commits = 4 if before else 5  # listed, collected, checked, handed over, registered
    with pytest.raises(Killed):
        await collect_lgwan(ward.dies(after_commits=commits, before=before))
    assert len(await waiting(ward)) == (0 if before else 1)
    await ward.run("collect_lgwan")
    assert len(await waiting(ward)) == 1
    assert await ward.count(tables.RECEIPTS) == 1


async def test_two_acknowledgements_at_once_erase_once(ward) -> None:
    (slip,) = await ward.with_slips(1000)
    await pays_by_app(ward, slip)
    (one,) = await waiting(ward)
    open_work, clock = ward.resources.open_unit_of_work, ward.clock
    told = await asyncio.gather(
        *(
            acknowledge_delivery(one.file_id, one.sha256, open_unit_of_work=open_work, clock=clock)
            for _ in range(4)
        )
    )
    assert len(set(told)) == 1
    gone = [row for row in await ward.rows(tables.ERASURES) if row.terminal == "core"]
    assert len(gone) == 1


async def test_what_is_not_fetched_within_five_business_days_is_a_clerks_matter(ward) -> None:
    (slip,) = await ward.with_slips(1000)
    ward.clock.instant = tokyo_time(date(2025, 6, 11), 9)
    await pays_by_app(ward, slip)
    ward.clock.instant = tokyo_time(date(2025, 6, 18), 20)
    assert (await ward.run("watch_deliveries"))["overdue"] == 0
    ward.clock.instant = tokyo_time(date(2025, 6, 19), 9)
    assert (await ward.run("watch_deliveries"))["exceptions_opened"] == 1
    assert (await ward.run("watch_deliveries"))["exceptions_opened"] == 0
    assert "delivery_overdue" in await ward.exceptions()
    (one,) = await waiting(ward)
    await fetched(ward, one)
    await acknowledged(ward, one)
    assert "delivery_overdue" not in await ward.exceptions()


async def test_what_cannot_be_converted_is_booked_all_the_same_and_shown_to_a_clerk(ward) -> None:
    (slip,) = await ward.with_slips(1000)
    odd = replace(payeasy(slip, 1), notice_number="12345678")
    ward.centre.offer("receipts_payeasy", 1, centre_file(1, [odd]), 1, 1000)
    counts = await ward.run("collect_lgwan")
    assert (counts["receipts_added"], counts["deliveries_not_made"]) == (1, 1)
    assert await ward.exceptions() == ["delivery_not_made"]
    assert await waiting(ward) == ()
