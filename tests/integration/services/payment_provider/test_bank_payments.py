"""Paying from a bank account: the payers' banks of the sandbox, with every kind of failure."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from services.payment_provider.app import create_app
from services.payment_provider.clients.payers_bank import DebitAccount, SettleDebit
from services.payment_provider.domain.bank_payments import BankPaymentState
from services.payment_provider.store import payments as payments_store
from shared.kit.faults import Fault
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.kit.peer import PeerRefused
from shared.wire.sandbox_books import PAYERS_BANK_BOOKS
from tests.unit.services.payment_provider.samples import OTHER_WARD, WARD, barcode

SLIP = barcode()


async def _books(provider) -> dict:
    answer = await provider.operator.ask(PAYERS_BANK_BOOKS)
    return {line.reference: line for line in answer.lines}


def _fault(provider, arrow: str, moment: str) -> None:
    provider.resources.foundation.faults.plan(Fault(arrow, moment))


async def test_a_debited_account_makes_one_receipt_without_a_fee(provider):
    view = await provider.by_bank(SLIP)
    assert (view.state, view.channel, view.fee_yen) == ("accepted", "mobile_banking", 0)
    [receipt] = await provider.receipts()
    assert (str(receipt.confirm_on), str(receipt.transfer_date)) == ("2025-06-05", "2025-06-13")
    [line] = (await _books(provider)).values()
    peer_id = (await provider.stored(view.payment_id)).peer_id
    assert (line.reference, line.municipality, line.amount_yen) == (peer_id, WARD, 33_138)


@pytest.mark.parametrize(
    ("account", "code"), [("POOR-1", "balance_too_low"), ("SHUT-1", "account_refused")]
)
async def test_a_declined_debit_takes_nothing(provider, account, code):
    view = await provider.by_bank(SLIP, account=account)
    assert (view.state, view.reason) == ("declined", code)
    assert await provider.receipts() == []
    assert await _books(provider) == {}
    assert (await provider.by_bank(SLIP)).state == "accepted"


async def test_a_lost_answer_after_the_debit_is_unknown_and_settles_with_one_receipt(provider):
    view = await provider.by_bank(SLIP, account="LOST-1")
    assert view.state == "being_confirmed"
    stored = await provider.stored(view.payment_id)
    assert stored.state is BankPaymentState.BANK_RESULT_UNKNOWN
    assert list(await _books(provider)) == [stored.peer_id]
    assert (await provider.run("settle_bank_payments"))["accepted"] == 1
    assert (await provider.view(view.payment_id)).state == "accepted"
    await provider.run("settle_bank_payments")
    assert len(await provider.receipts()) == 1


async def test_a_lost_question_is_closed_and_a_late_debit_refused(provider):
    _fault(provider, "debit_account", "before")
    view = await provider.by_bank(SLIP)
    assert view.state == "being_confirmed"
    assert (await provider.run("settle_bank_payments"))["abandoned"] == 1
    assert (await provider.view(view.payment_id)).reason == "debit_closed"
    late = DebitAccount(
        debit_id=(await provider.stored(view.payment_id)).peer_id,
        municipality=WARD,
        bank_code="0005",
        account_reference="A-1",
        amount_yen=Yen(33_138),
    )
    with pytest.raises(PeerRefused, match="debit_closed"):
        await provider.resources.payers_bank.debit(late)
    assert await _books(provider) == {}


async def test_a_silent_settlement_leaves_the_payment_unknown(provider):
    await provider.by_bank(SLIP, account="LOST-1")
    _fault(provider, "settle_debit", "after")
    assert (await provider.run("settle_bank_payments"))["still_unknown"] == 1
    assert (await provider.run("settle_bank_payments"))["accepted"] == 1


async def test_a_bank_that_cannot_be_reached_abandons_the_payment(provider):
    view = await provider.by_bank(SLIP, account="DOWN-1")
    assert (view.state, view.reason) == ("abandoned", "payers_bank_not_reached")
    assert set((await provider.run("settle_bank_payments")).values()) == {0}
    assert await _books(provider) == {}


async def test_a_bank_that_does_not_take_part_is_refused_before_anything_is_recorded(provider):
    id_ = new_id()
    with pytest.raises(PeerRefused, match="bank_not_connected"):
        await provider.by_bank(SLIP, id_=id_, bank="9999")
    with pytest.raises(PeerRefused, match="payment_not_found"):
        await provider.view(id_)


async def test_outside_the_sandbox_no_bank_takes_part(live_provider):
    assert live_provider.resources.payers_bank is None
    with pytest.raises(PeerRefused, match="bank_not_connected"):
        await live_provider.by_bank(SLIP)
    assert await live_provider.run("settle_bank_payments") == {"still_unknown": 0}


def _without_banks(provider):
    """Put a new process behind the payers' door, which is connected to no bank."""
    alone = replace(provider.resources, payers_bank=None)
    provider.net.join("payment_provider", "payers", create_app(alone, "payers"))
    return replace(provider, resources=alone)


async def test_a_debit_is_not_denied_because_the_bank_left_before_the_payer_asked_again(provider):
    id_ = new_id()
    first = await provider.by_bank(SLIP, id_=id_)
    alone = _without_banks(provider)
    assert await alone.by_bank(SLIP, id_=id_) == first
    with pytest.raises(PeerRefused, match="payment_id_reused"):
        await alone.by_bank(SLIP, id_=id_, account="A-2")
    with pytest.raises(PeerRefused, match="bank_not_connected"):
        await alone.by_bank(barcode(2))


async def test_what_waits_for_a_bank_that_left_is_counted_and_not_forgotten(provider):
    id_ = new_id()
    _fault(provider, "debit_account", "after")
    await provider.by_bank(SLIP, id_=id_)
    alone = _without_banks(provider)
    assert await alone.run("settle_bank_payments") == {"still_unknown": 1}
    assert (await alone.by_bank(SLIP, id_=id_)).state == "being_confirmed"
    assert (await provider.run("settle_bank_payments"))["accepted"] == 1


async def test_one_payment_that_cannot_be_settled_does_not_stop_the_others(provider, monkeypatch):
    monkeypatch.setattr(payments_store, "OPEN_LISTED_MAX", 1)
    broken, sound = new_id(), new_id()
    for number, id_ in enumerate((broken, sound)):
        _fault(provider, "debit_account", "after")
        provider.at(6, 2, 10, number)
        await provider.by_bank(barcode(number), id_=id_)
    debit_of_broken = (await provider.stored(broken)).peer_id
    bank = provider.resources.payers_bank
    settle = bank.settle

    async def settle_or_break(debit_id, question):
        if debit_id == debit_of_broken:
            raise RuntimeError("a bug of ours")
        return await settle(debit_id, question)

    monkeypatch.setattr(bank, "settle", settle_or_break)
    counts = await provider.run("settle_bank_payments")
    assert (counts["accepted"], counts["still_unknown"]) == (1, 1)
    assert (await provider.view(sound)).state == "accepted"


async def test_the_same_id_gets_the_stored_answer_and_another_account_is_refused(provider):
    id_ = new_id()
    first = await provider.by_bank(SLIP, id_=id_)
    assert await provider.by_bank(SLIP, id_=id_) == first
    with pytest.raises(PeerRefused, match="payment_id_reused"):
        await provider.by_bank(SLIP, id_=id_, account="A-2")
    assert len(await _books(provider)) == 1


async def test_a_bank_answers_a_debit_id_once(provider):
    bank, id_ = provider.resources.payers_bank, new_id()
    order = DebitAccount(
        debit_id=id_,
        municipality=OTHER_WARD,
        bank_code="0001",
        account_reference="A-1",
        amount_yen=Yen(500),
    )
    answers = await asyncio.gather(*[bank.debit(order) for _ in range(4)])
    assert len({answer.model_dump_json() for answer in answers}) == 1
    with pytest.raises(PeerRefused, match="debit_id_reused"):
        await bank.debit(order.model_copy(update={"amount_yen": Yen(501)}))
    with pytest.raises(PeerRefused, match="debit_id_reused"):
        await bank.settle(id_, SettleDebit(municipality=WARD, amount_yen=Yen(500)))
    settled = await bank.settle(id_, SettleDebit(municipality=OTHER_WARD, amount_yen=Yen(500)))
    assert (settled.outcome, settled.debited_at) == ("debited", provider.clock.now())


async def test_debit_and_settlement_of_one_id_never_both_win(provider):
    bank = provider.resources.payers_bank
    for _ in range(8):
        id_ = new_id()
        order = DebitAccount(
            debit_id=id_,
            municipality=WARD,
            bank_code="0001",
            account_reference="A-1",
            amount_yen=Yen(500),
        )
        question = SettleDebit(municipality=WARD, amount_yen=Yen(500))
        debited, settled = await asyncio.gather(
            bank.debit(order), bank.settle(id_, question), return_exceptions=True
        )
        refused = isinstance(debited, PeerRefused)
        assert settled.outcome == ("closed" if refused else "debited")
        assert (id_ in await _books(provider)) is not refused
