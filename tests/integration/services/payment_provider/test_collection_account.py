"""The provider's account for app-banking money: what is on it, and that nothing stays there."""

from __future__ import annotations

import pytest

from shared.kit.peer import PeerOutcomeUnknown
from shared.wire.differences import UNDO_PAYMENT, UndoPayment
from shared.wire.sandbox_books import COLLECTION_ACCOUNT
from tests.unit.services.payment_provider.samples import OTHER_WARD, barcode


async def _account(provider) -> tuple[int, int, int, int]:
    """Return debited, given back, paid in, balance."""
    account = await provider.operator.ask(COLLECTION_ACCOUNT)
    return (
        account.debited_yen,
        account.given_back_yen,
        account.paid_in_yen,
        account.balance_yen,
    )


async def test_the_collection_account_ends_at_nothing(provider):
    assert await _account(provider) == (0, 0, 0, 0)
    await provider.by_bank(barcode(1))
    await provider.by_bank(barcode(2, 5_000), amount=5_000)
    await provider.by_bank(barcode(3, municipality=OTHER_WARD))
    await provider.by_bank(barcode(4), account="POOR-1")  # nothing is taken
    await provider.by_card(barcode(5))  # the card agent's money
    undone = await provider.by_bank(barcode(6, 700), amount=700)
    taken = 33_138 * 2 + 5_000
    assert await _account(provider) == (taken + 700, 0, 0, taken + 700)
    body = UndoPayment(fault="double_authorisation")
    await provider.operator.ask(UNDO_PAYMENT, body, payment_id=undone.payment_id)
    assert await _account(provider) == (taken + 700, 700, 0, taken)
    provider.at(6, 13, 7)
    await provider.run("write_transfer_orders")
    assert await _account(provider) == (taken + 700, 700, taken, 0)


async def test_money_of_a_payer_who_was_told_nothing_yet_is_on_the_account(provider):
    view = await provider.to_bank(barcode(1))
    await provider.decide(view)  # debited; the payer does not come back
    assert await _account(provider) == (33_138, 0, 0, 33_138)
    provider.at(6, 3, 9)
    await provider.run("settle_bank_payments")
    provider.at(6, 13, 7)
    await provider.run("write_transfer_orders")
    assert (await _account(provider))[-1] == 0


async def test_outside_the_sandbox_nobody_shows_the_account(live_provider):
    with pytest.raises(PeerOutcomeUnknown, match="no_such_path"):
        await live_provider.operator.ask(COLLECTION_ACCOUNT)
