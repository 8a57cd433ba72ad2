"""The payers' banks of the sandbox: one session for a debit id, one decision, one last answer."""

from __future__ import annotations

import asyncio

import pytest

from services.payment_provider.clients.payers_bank import SettleDebit
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.kit.peer import PeerRefused
from shared.wire.mobile_payments import BankSession
from shared.wire.sandbox_bank import DecideAtBank
from tests.integration.services.payment_provider.conftest import bank_question
from tests.unit.services.payment_provider.samples import OTHER_WARD, WARD, barcode

SLIP = barcode()


async def test_a_session_is_good_for_one_decision(provider):
    sent = await provider.to_bank(SLIP)
    await provider.decide(sent)
    for account, decision in (("A-2", "approve"), ("A-1", "refuse")):
        with pytest.raises(PeerRefused, match="bank_session_used"):
            await provider.decide(sent, account, decision)
    assert (await provider.decide(sent)).outcome == "debited"
    assert len(await provider.bank_books()) == 1
    unknown = sent.model_copy(
        update={"bank_session": BankSession(session="x" * 32, until=provider.clock.now())}
    )
    with pytest.raises(PeerRefused, match="bank_session_unknown"):
        await provider.decide(unknown)


async def test_of_many_decisions_in_one_session_one_is_made(provider):
    sent = await provider.to_bank(SLIP)
    tries = [provider.decide(sent, f"A-{n}") for n in range(5)]
    ended = await asyncio.gather(*tries, return_exceptions=True)
    refused = [error.code for error in ended if isinstance(error, PeerRefused)]
    assert refused == ["bank_session_used"] * 4
    assert len(await provider.bank_books()) == 1


async def test_decision_and_settlement_of_one_debit_never_both_win(provider):
    bank = provider.resources.payers_bank
    for number in range(8):
        sent = await provider.to_bank(barcode(number))
        peer_id = (await provider.stored(sent.payment_id)).peer_id
        question = SettleDebit(municipality=WARD, amount_yen=Yen(33_138))
        decided, settled = await asyncio.gather(
            provider.decide(sent), bank.settle(peer_id, question), return_exceptions=True
        )
        refused = isinstance(decided, PeerRefused)
        assert settled.outcome == ("closed" if refused else "debited")
        assert (peer_id in await provider.bank_books()) is not refused
        assert (await provider.back(sent.payment_id)).state == (
            "abandoned" if refused else "accepted"
        )


async def test_a_bank_gives_one_session_for_a_debit_id_and_knows_whose_it_is(provider):
    bank, id_ = provider.resources.payers_bank, new_id()
    question = bank_question(id_, 500, OTHER_WARD)
    opened = await asyncio.gather(*[bank.open_session(question) for _ in range(4)])
    assert len({answer.session for answer in opened}) == 1
    with pytest.raises(PeerRefused, match="debit_id_reused"):
        await bank.open_session(bank_question(id_, 501, OTHER_WARD))
    body = DecideAtBank(account_reference="A-1", decision="approve")
    await bank.decide(opened[0].session, body)
    assert (await bank.open_session(question)).session == opened[0].session
    with pytest.raises(PeerRefused, match="debit_id_reused"):
        await bank.settle(id_, SettleDebit(municipality=WARD, amount_yen=Yen(500)))
    settled = await bank.settle(id_, SettleDebit(municipality=OTHER_WARD, amount_yen=Yen(500)))
    assert (settled.outcome, settled.debited_at) == ("debited", provider.clock.now())
    with pytest.raises(PeerRefused, match="debit_unknown"):
        await bank.result(new_id())
