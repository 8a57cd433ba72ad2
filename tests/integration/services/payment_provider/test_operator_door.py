"""The operator door: what became of a payment, and the sandbox's questions."""

from __future__ import annotations

import pytest

from shared.files.mobile_regi_receipts import load_receipts, write_receipts
from shared.kit.ids import new_id
from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from shared.wire.doors import OPERATOR_ARROWS, PAYMENT_PROVIDER
from shared.wire.sandbox_books import (
    PAYERS_BANK_BOOKS,
    READ_WAITING_FILE,
    REPLACE_WAITING_FILE,
    WAITING_FILES,
)
from tests.unit.services.payment_provider.samples import barcode

ARROWS = OPERATOR_ARROWS[PAYMENT_PROVIDER]
SLIP = barcode()


async def _events(provider, key: object) -> list[str]:
    answer = await provider.operator.ask(ARROWS.history, key=key)
    return [line.event for line in answer.lines]


async def test_a_payments_history_is_found_by_every_key(provider):
    view = await provider.by_card(SLIP)
    [receipt] = await provider.receipts()
    told = ["payment_asked", "card_authorised", "receipt_taken"]
    for key in (view.payment_id, receipt.id, SLIP):
        assert await _events(provider, key) == told
    assert await _events(provider, barcode(2)) == []
    assert await _events(provider, "no-such-key") == []


async def test_an_unknown_outcome_leaves_its_trace(provider):
    provider.net.plan(r"POST /authorisations$", "answer_lost")
    view = await provider.by_card(SLIP)
    await provider.run("settle_card_payments")
    assert await _events(provider, view.payment_id) == [
        "payment_asked",
        "answer_missed",
        "card_authorised",
        "receipt_taken",
    ]


async def test_a_job_is_run_at_the_door_and_answers_with_counts(provider):
    await provider.by_card(SLIP)
    provider.at(6, 3)
    ran = await provider.operator.ask(ARROWS.run_job, name="build_receipts_files")
    assert ran.counts == {"files": 1, "preliminary": 1, "confirmed": 0, "cancelled": 0}
    names = {job.name for job in (await provider.operator.ask(ARROWS.list_jobs)).jobs}
    assert {"settle_card_payments", "settle_bank_payments", "write_transfer_orders"} <= names


async def test_a_waiting_file_can_be_replaced_and_is_listed_anew(provider):
    await provider.by_card(SLIP)
    await provider.by_card(barcode(2))
    provider.at(6, 3)
    await provider.run("build_receipts_files")
    [file] = (await provider.operator.ask(WAITING_FILES)).files
    content = await provider.operator.fetch(READ_WAITING_FILE, file_id=file.file_id)
    loaded = load_receipts(content)
    damaged = write_receipts(loaded.header, loaded.records[:1])
    listed = await provider.operator.ask(REPLACE_WAITING_FILE, damaged, file_id=file.file_id)
    assert (listed.record_count, listed.total_yen) == (1, 33_138)
    terminal = await provider.terminal()
    assert await terminal.files() == [listed]
    assert await terminal.collect(listed) == damaged
    await terminal.acknowledge(listed)
    for arrow in (READ_WAITING_FILE, REPLACE_WAITING_FILE):
        with pytest.raises(PeerRefused, match="file_not_found"):
            await provider.operator.ask(arrow, damaged, file_id=file.file_id)
    assert (await provider.operator.ask(WAITING_FILES)).files == ()


async def test_the_banks_books_come_in_pages(provider):
    views = [await provider.by_bank(barcode(n)) for n in range(3)]
    paid = [(await provider.stored(view.payment_id)).peer_id for view in views]
    answer = await provider.operator.ask(PAYERS_BANK_BOOKS, query={"after": str(min(paid))})
    assert [line.reference for line in answer.lines] == sorted(paid)[1:]
    assert answer.next_after is None


async def test_outside_the_sandbox_its_questions_are_not_there(live_provider):
    for arrow in (PAYERS_BANK_BOOKS, WAITING_FILES, ARROWS.history):
        with pytest.raises(PeerOutcomeUnknown, match="404 no_such_path"):
            await live_provider.operator.ask(arrow, key=new_id())
    health = await live_provider.operator.ask(ARROWS.health)
    assert (health.organisation, health.sandbox) == ("payment_provider", False)
