"""Receipts files: what is written on which morning, and who may collect and acknowledge it."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest
from sqlalchemy import func, select

from services.payment_provider.store.tables import FILES, FOUNDATION
from services.payment_provider.usecases.build_receipts_files import build_receipts_files
from shared.files.codes import DataType
from shared.files.mobile_regi_receipts import load_receipts
from shared.keys.channels import Channel
from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from shared.wire.file_collection import (
    AT_PROVIDER,
    RECEIPTS_MOBILE_BANKING,
    RECEIPTS_MOBILE_CREDIT,
)
from tests.unit.services.payment_provider.samples import OTHER_WARD, WARD, barcode

ONE, TWO = barcode(1), barcode(2)
PRELIMINARY, CONFIRMED = DataType.PRELIMINARY, DataType.CONFIRMED


def _load(content: bytes):
    loaded = load_receipts(content)
    assert loaded.problems == []
    return loaded


async def test_a_card_receipt_is_reported_next_morning_and_confirmed_on_the_third_business_day(
    provider,
):
    await provider.by_card(ONE)  # Monday 2 June, 10:00
    terminal = await provider.terminal()
    provider.at(6, 3)
    assert await provider.run("build_receipts_files") == {
        "files": 1,
        "preliminary": 1,
        "confirmed": 0,
        "cancelled": 0,
    }
    [listed] = await terminal.files()
    content = await terminal.collect(listed)
    header, records, _ = _load(content)
    assert (header.created_on, header.file_sequence) == (date(2025, 6, 3), 1)
    assert (header.agent_code, header.company_code) == ("70001", "00001")
    [first] = records
    assert (first.data_type, first.barcode, first.channel) == (
        PRELIMINARY,
        ONE,
        Channel.MOBILE_CREDIT,
    )
    assert (first.paid_on, first.paid_at_hhmm, first.shop_code) == (
        date(2025, 6, 2),
        "1000",
        "0000001",
    )
    assert (first.transfer_date, first.booked_on) == (None, None)
    assert (listed.kind, listed.sequence, listed.record_count, listed.total_yen) == (
        RECEIPTS_MOBILE_CREDIT,
        1,
        1,
        33_138,
    )
    assert (await terminal.acknowledge(listed)).file_id == listed.file_id

    provider.at(6, 4)
    assert (await provider.run("build_receipts_files"))["files"] == 0
    provider.at(6, 5)
    assert (await provider.run("build_receipts_files"))["confirmed"] == 1
    [listed] = await terminal.files()
    header, [second], _ = _load(await terminal.collect(listed))
    assert (header.file_sequence, second.data_type) == (2, CONFIRMED)
    assert (second.transfer_date, second.booked_on) == (date(2025, 6, 9), date(2025, 6, 5))
    assert second.paid_at_hhmm == "1000"
    provider.at(6, 6)
    assert (await provider.run("build_receipts_files"))["files"] == 0


async def test_the_two_channels_have_files_and_sequences_of_their_own(provider):
    await provider.by_card(ONE)
    await provider.by_bank(TWO)
    provider.at(6, 3)
    assert (await provider.run("build_receipts_files"))["files"] == 2
    terminal = await provider.terminal()
    files = await terminal.files()
    assert [(f.kind, f.sequence) for f in files] == [
        (RECEIPTS_MOBILE_BANKING, 1),
        (RECEIPTS_MOBILE_CREDIT, 1),
    ]
    by_bank, by_card = [_load(await terminal.collect(f)).records for f in files]
    assert [(r.channel, r.barcode) for r in by_bank] == [(Channel.MOBILE_BANKING, TWO)]
    assert [(r.channel, r.barcode) for r in by_card] == [(Channel.MOBILE_CREDIT, ONE)]


async def test_a_receipt_that_was_never_reported_is_reported_before_it_is_confirmed(provider):
    await provider.by_bank(ONE)
    provider.at(6, 5)
    counts = await provider.run("build_receipts_files")
    assert counts == {"files": 1, "preliminary": 1, "confirmed": 1, "cancelled": 0}
    terminal = await provider.terminal()
    [listed] = await terminal.files()
    records = _load(await terminal.collect(listed)).records
    assert [r.data_type for r in records] == [PRELIMINARY, CONFIRMED]
    assert records[1].transfer_date == date(2025, 6, 13)
    assert (listed.record_count, listed.total_yen) == (2, 66_276)


async def test_records_stand_in_the_order_of_payment_time_and_identity(provider):
    provider.at(6, 2, 15)
    slips = [barcode(notice) for notice in (5, 3, 9, 1)]
    await asyncio.gather(*[provider.by_card(slip) for slip in slips])
    provider.at(6, 2, 16)
    await provider.by_card(barcode(0))
    provider.at(6, 3)
    await provider.run("build_receipts_files")
    terminal = await provider.terminal()
    [listed] = await terminal.files()
    written = [r.barcode for r in _load(await terminal.collect(listed)).records]
    assert written == [*sorted(slips), barcode(0)]


async def test_a_payment_of_this_very_moment_waits_for_the_next_file(provider):
    await provider.by_card(ONE)
    assert (await provider.run("build_receipts_files"))["files"] == 0
    provider.at(6, 2, 10, 1)
    assert (await provider.run("build_receipts_files"))["files"] == 1


async def test_two_builders_at_once_write_every_receipt_once(provider):
    for notice in range(6):
        await provider.by_card(barcode(notice))
    provider.at(6, 5)
    books = provider.resources.books
    both = await asyncio.gather(build_receipts_files(books), build_receipts_files(books))
    assert sorted(counts["files"] for counts in both) == [0, 1]
    assert sum(counts["preliminary"] for counts in both) == 6
    assert {row.state for row in await provider.receipts()} == {"CONFIRMED"}


async def test_more_receipts_than_a_file_holds_go_into_several_files_in_order(provider):
    slips = sorted(barcode(notice) for notice in range(5))
    for slip in slips:
        await provider.by_card(slip)
    provider.at(6, 3)
    counts = await build_receipts_files(provider.resources.books, receipts_max=2)
    assert counts == {"files": 3, "preliminary": 5, "confirmed": 0, "cancelled": 0}
    terminal = await provider.terminal()
    files = await terminal.files()
    assert [f.sequence for f in files] == [1, 2, 3]
    written = [r.barcode for f in files for r in _load(await terminal.collect(f)).records]
    assert written == slips


async def test_one_ward_never_sees_anothers_files(provider):
    await provider.by_card(ONE)
    await provider.by_card(barcode(7, municipality=OTHER_WARD))
    provider.at(6, 3)
    assert (await provider.run("build_receipts_files"))["files"] == 2
    ours, theirs = await provider.terminal(WARD), await provider.terminal(OTHER_WARD)
    [our_file], [their_file] = await ours.files(), await theirs.files()
    assert our_file.file_id != their_file.file_id
    assert (our_file.sequence, their_file.sequence) == (1, 1)
    assert _load(await theirs.collect(their_file)).header.company_code == "00002"
    with pytest.raises(PeerRefused, match="file_not_found"):
        await theirs.collect(our_file)
    with pytest.raises(PeerRefused, match="file_not_found"):
        await theirs.acknowledge(our_file)
    assert await ours.files() == [our_file]


async def test_an_acknowledgement_needs_the_right_hash_and_repeats_itself(provider):
    await provider.by_card(ONE)
    provider.at(6, 3)
    await provider.run("build_receipts_files")
    terminal = await provider.terminal()
    [listed] = await terminal.files()
    with pytest.raises(PeerRefused, match="file_hash_differs"):
        await terminal.acknowledge(listed, "0" * 64)
    assert await terminal.files() == [listed]
    first = await terminal.acknowledge(listed)
    provider.at(6, 3, 9)
    assert await terminal.acknowledge(listed) == first
    assert await terminal.files() == []
    with pytest.raises(PeerRefused, match="file_hash_differs"):
        await terminal.acknowledge(listed, "0" * 64)


async def test_only_the_reception_token_collects_and_only_a_session_lists(provider):
    await provider.by_card(ONE)
    provider.at(6, 3)
    await provider.run("build_receipts_files")
    terminal = await provider.terminal()
    [listed] = await terminal.files()
    for token in (terminal.session, None):
        with pytest.raises(PeerOutcomeUnknown, match="token_refused"):
            await terminal.client.fetch(
                AT_PROVIDER.collect_file, token=token, file_id=listed.file_id
            )
    with pytest.raises(PeerOutcomeUnknown, match="token_refused"):
        await terminal.client.ask(AT_PROVIDER.list_files, token=terminal.reception)
    assert len(await terminal.collect(listed)) == listed.size_bytes


async def test_every_move_of_a_receipt_is_in_the_history_with_its_town(provider):
    await provider.by_card(ONE)
    provider.at(6, 5)
    await provider.run("build_receipts_files")
    [receipt] = await provider.receipts()
    history, audit = FOUNDATION.journal.history, FOUNDATION.journal.audit
    async with provider.resources.foundation.engine.connect() as connection:
        moves = await connection.execute(
            select(history).where(history.c.record_id == str(receipt.id)).order_by(history.c.id)
        )
        rows = moves.all()
        audited = await connection.execute(
            select(func.count()).where(audit.c.record_id == str(receipt.id))
        )
        assert audited.scalar_one() == 3
        files = await connection.execute(select(func.count()).select_from(FILES))
        assert files.scalar_one() == 1
    assert [row.event for row in rows] == [
        "receipt_taken",
        "receipt_reported",
        "receipt_confirmed",
    ]
    assert {row.municipality for row in rows} == {WARD}
    assert [row.version for row in rows] == [0, 1, 2]
