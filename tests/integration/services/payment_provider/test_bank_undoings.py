"""A payer's bank gives a debit back: once, to the yen, and only what it has taken."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from services.payment_provider.clients.payers_bank import UndoDebit
from shared.kit.faults import Fault
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from shared.wire.sandbox_books import PAYERS_BANK_BOOKS
from tests.unit.services.payment_provider.samples import OTHER_WARD, WARD, barcode

UNDO = UndoDebit(municipality=WARD, amount_yen=Yen(33_138))


async def _debited(provider, notice: int = 1, account: str = "A-1") -> UUID:
    """Pay a slip from an account and return the bank's id of the debit."""
    view = await provider.by_bank(barcode(notice), account=account)
    assert view.state == "accepted"
    return (await provider.stored(view.payment_id)).peer_id


async def _balance(provider, account: str = "A-1") -> int:
    async with provider.resources.open_unit_of_work() as work:
        return await work.sandbox_debits.balance("0005", account, 0)


async def test_an_undone_debit_is_back_on_its_account_once_and_in_no_book(provider):
    bank, debit_id = provider.resources.payers_bank, await _debited(provider)
    before = await _balance(provider)
    at = provider.clock.now()
    answers = await asyncio.gather(*[bank.undo(debit_id, UNDO) for _ in range(4)])
    provider.at(6, 3)
    answers.append(await bank.undo(debit_id, UNDO))
    assert {(a.debit_id, a.undone_at) for a in answers} == {(debit_id, at)}
    assert await _balance(provider) == before + 33_138
    assert (await provider.operator.ask(PAYERS_BANK_BOOKS)).lines == ()


async def test_an_undoing_whose_answer_is_lost_is_repeated_with_the_same_end(provider):
    bank, debit_id = provider.resources.payers_bank, await _debited(provider)
    provider.resources.foundation.faults.plan(Fault("undo_debit", "after"))
    with pytest.raises(PeerOutcomeUnknown):
        await bank.undo(debit_id, UNDO)
    before = await _balance(provider)
    assert (await bank.undo(debit_id, UNDO)).undone_at == provider.clock.now()
    assert await _balance(provider) == before


async def test_what_was_not_taken_is_not_given_back(provider):
    bank = provider.resources.payers_bank
    declined = await provider.by_bank(barcode(1), account="POOR-1")
    sent = await provider.to_bank(barcode(2))
    ids = [(await provider.stored(v.payment_id)).peer_id for v in (declined, sent)]
    for debit_id in (*ids, new_id()):
        with pytest.raises(PeerRefused, match="debit_not_taken"):
            await bank.undo(debit_id, UNDO)


async def test_an_undoing_of_another_amount_or_town_changes_nothing(provider):
    bank, debit_id = provider.resources.payers_bank, await _debited(provider)
    for changes in ({"amount_yen": Yen(33_137)}, {"municipality": OTHER_WARD}):
        with pytest.raises(PeerRefused, match="debit_id_reused"):
            await bank.undo(debit_id, UNDO.model_copy(update=changes))
    assert len((await provider.operator.ask(PAYERS_BANK_BOOKS)).lines) == 1


async def test_what_was_given_back_does_not_count_against_the_daily_limit(provider):
    debit_id = await _debited(provider, 1, "LIMIT-1")
    await provider.resources.payers_bank.undo(debit_id, UNDO)
    assert (await provider.by_bank(barcode(2), account="LIMIT-1")).state == "accepted"
