"""Paying from a bank account: a session, a decision at the bank, an answer, or none of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from services.payment_provider.app import create_app
from services.payment_provider.clients.payers_bank import BankSessionOpened
from services.payment_provider.domain.bank_payments import BankPaymentState
from services.payment_provider.store import payments as payments_store
from services.payment_provider.usecases.ask_in_time import Patience
from services.payment_provider.usecases.open_payment import Intention, open_payment
from shared.keys.channels import Channel
from shared.kit.faults import Fault
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.kit.peer import PeerNotDone, PeerOutcomeUnknown, PeerRefused
from shared.wire.sandbox_bank import DECIDE_AT_BANK, DecideAtBank
from tests.integration.services.payment_provider.conftest import bank_question
from tests.unit.services.payment_provider.samples import WARD, barcode

SLIP = barcode()
JOB = "settle_bank_payments"


def _fault(provider, arrow: str, moment: str, times: int = 1) -> None:
    provider.resources.foundation.faults.plan(Fault(arrow, moment, times))


def _later(provider, **time: int) -> None:
    provider.clock.instant += timedelta(**time)


async def test_an_approved_debit_makes_one_receipt_without_a_fee(provider):
    sent = await provider.to_bank(SLIP)
    assert (sent.state, sent.channel, sent.fee_yen) == ("at_bank", "mobile_banking", 0)
    assert sent.bank_session.until == provider.clock.now() + timedelta(minutes=15)
    assert await provider.bank_books() == {}, "a session takes nothing"
    assert (await provider.decide(sent)).outcome == "debited"
    assert (await provider.view(sent.payment_id)).state == "at_bank", "the bank has no door to us"
    assert await provider.receipts() == []
    view = await provider.back(sent.payment_id)
    assert (view.state, view.bank_session, view.paid_at) == (
        "accepted",
        None,
        provider.clock.now(),
    )
    [receipt] = await provider.receipts()
    assert (str(receipt.confirm_on), str(receipt.transfer_date)) == ("2025-06-05", "2025-06-13")
    [line] = (await provider.bank_books()).values()
    peer_id = (await provider.stored(view.payment_id)).peer_id
    assert (line.reference, line.municipality, line.amount_yen) == (peer_id, WARD, 33_138)


@pytest.mark.parametrize(
    ("account", "decision", "code"),
    [
        ("POOR-1", "approve", "balance_too_low"),
        ("SHUT-1", "approve", "account_refused"),
        ("A-1", "refuse", "refused_at_bank"),
    ],
)
async def test_a_declined_debit_takes_nothing_and_frees_the_slip(provider, account, decision, code):
    sent = await provider.to_bank(SLIP)
    shown = await provider.decide(sent, account, decision)
    assert (shown.outcome, shown.reason) == ("declined", code)
    view = await provider.back(sent.payment_id)
    assert (view.state, view.reason, view.bank_session) == ("declined", code, None)
    assert await provider.receipts() == []
    assert await provider.bank_books() == {}
    assert (await provider.by_bank(SLIP)).state == "accepted"


async def test_an_accounts_daily_limit_is_consumed_and_begins_anew_the_next_day(provider):
    first = await provider.by_bank(barcode(1), account="LIMIT-1")
    second = await provider.by_bank(barcode(2), account="LIMIT-1")
    assert (first.state, second.state) == ("accepted", "declined")
    assert second.reason == "over_daily_limit"
    provider.at(6, 3, 0)
    assert (await provider.by_bank(barcode(2), account="LIMIT-1")).state == "accepted"


async def test_a_payer_who_leaves_is_waited_for_until_the_session_ends_and_then_abandoned(provider):
    sent = await provider.to_bank(SLIP)
    _later(provider, minutes=15)
    assert (await provider.back(sent.payment_id)).state == "at_bank"
    counts = await provider.run(JOB)
    assert (counts.pop("at_bank"), set(counts.values())) == (1, {0})
    with pytest.raises(PeerRefused, match="slip_already_paid"):
        await provider.by_card(SLIP)
    _later(provider, seconds=1)
    counts = await provider.run(JOB)
    assert (counts["abandoned"], counts["at_bank"]) == (1, 0)
    view = await provider.view(sent.payment_id)
    assert (view.state, view.reason, view.bank_session) == ("abandoned", "debit_closed", None)
    assert await provider.bank_books() == {}
    assert (await provider.by_card(SLIP)).state == "accepted"


async def test_a_payer_who_comes_back_after_the_session_is_told_at_once(provider):
    sent = await provider.to_bank(SLIP)
    _later(provider, minutes=16)
    assert (await provider.back(sent.payment_id)).state == "abandoned"


async def test_an_answer_lost_after_the_debit_is_unknown_and_settles_with_one_receipt(provider):
    sent = await provider.to_bank(SLIP)
    with pytest.raises(PeerOutcomeUnknown, match="503 bank_silent"):
        await provider.decide(sent, "LOST-1")
    view = await provider.back(sent.payment_id)
    assert (view.state, view.bank_session) == ("being_confirmed", None)
    stored = await provider.stored(view.payment_id)
    assert stored.state is BankPaymentState.BANK_RESULT_UNKNOWN
    assert list(await provider.bank_books()) == [stored.peer_id]
    assert (await provider.run(JOB))["accepted"] == 1
    assert (await provider.view(view.payment_id)).state == "accepted"
    await provider.run(JOB)
    assert len(await provider.receipts()) == 1


async def test_a_debit_that_is_answered_after_the_payer_left_is_paid_at_its_own_moment(provider):
    sent, decided_at = await provider.to_bank(SLIP), provider.clock.now()
    assert (await provider.decide(sent, "SLOW-1")).outcome == "pending"
    assert (await provider.back(sent.payment_id)).state == "at_bank"
    _later(provider, minutes=20)  # the payer never comes back: the job asks
    assert (await provider.run(JOB))["accepted"] == 1
    [receipt] = await provider.receipts()
    assert receipt.paid_at == decided_at


async def test_a_slow_bank_answers_the_payer_who_comes_back_later(provider):
    sent = await provider.to_bank(SLIP)
    await provider.decide(sent, "SLOW-1")
    _later(provider, minutes=1)
    assert (await provider.back(sent.payment_id)).state == "accepted"


async def test_a_payment_that_is_answered_twice_has_one_receipt(provider):
    sent = await provider.to_bank(SLIP)
    shown = [await provider.decide(sent) for _ in range(2)]
    assert shown[0] == shown[1]
    views = await asyncio.gather(*[provider.back(sent.payment_id) for _ in range(4)])
    assert {view.state for view in views} == {"accepted"}
    assert await provider.back(sent.payment_id) == views[0]
    assert len(await provider.receipts()) == 1
    assert len(await provider.bank_books()) == 1


async def test_a_bank_that_is_closed_at_night_abandons_the_payment(provider):
    provider.at(6, 2, 21)
    view = await provider.to_bank(SLIP, bank="0009")
    assert (view.state, view.reason) == ("abandoned", "bank_closed")
    assert (await provider.to_bank(SLIP, bank="0001")).state == "at_bank"
    provider.at(6, 3, 8)
    assert (await provider.to_bank(barcode(2), bank="0009")).state == "at_bank"


async def test_a_bank_that_cannot_be_reached_abandons_the_payment(provider):
    view = await provider.to_bank(SLIP, bank="0010")
    assert (view.state, view.reason) == ("abandoned", "payers_bank_not_reached")
    assert set((await provider.run(JOB)).values()) == {0}
    assert await provider.bank_books() == {}


async def test_a_page_that_cannot_be_reached_leaves_the_payer_at_the_bank(provider):
    sent = await provider.to_bank(SLIP)
    with pytest.raises(PeerOutcomeUnknown, match="bank_silent"):
        await provider.decide(sent, "DOWN-1")
    assert (await provider.back(sent.payment_id)).state == "at_bank"
    await provider.decide(sent)
    assert (await provider.back(sent.payment_id)).state == "accepted"


async def test_a_bank_that_was_never_reached_on_return_leaves_the_payer_at_the_bank(provider):
    sent = await provider.to_bank(SLIP)
    await provider.decide(sent)
    bank = provider.resources.payers_bank

    async def down(debit_id):
        raise PeerNotDone("nobody listens")

    ask, bank.result = bank.result, down
    assert (await provider.back(sent.payment_id)).state == "at_bank"
    bank.result = ask
    assert (await provider.back(sent.payment_id)).state == "accepted"


async def test_a_session_whose_opening_was_not_answered_is_closed_and_nobody_can_use_it(provider):
    _fault(provider, "open_bank_session", "after")
    view = await provider.to_bank(SLIP)
    assert (view.state, view.bank_session) == ("being_confirmed", None)
    peer_id = (await provider.stored(view.payment_id)).peer_id
    async with provider.resources.open_unit_of_work() as work:
        opened = await work.sandbox_sessions.of_debit(peer_id)
    assert (await provider.run(JOB))["abandoned"] == 1
    body = DecideAtBank(account_reference="A-1", decision="approve")
    with pytest.raises(PeerRefused, match="bank_session_over"):
        await provider.payer.ask(DECIDE_AT_BANK, body, session=opened.session)
    assert await provider.bank_books() == {}


async def test_a_lost_question_is_closed_and_a_late_session_refused(provider):
    _fault(provider, "open_bank_session", "before")
    view = await provider.to_bank(SLIP)
    assert view.state == "being_confirmed"
    assert (await provider.run(JOB))["abandoned"] == 1
    assert (await provider.view(view.payment_id)).reason == "debit_closed"
    late = bank_question((await provider.stored(view.payment_id)).peer_id)
    with pytest.raises(PeerRefused, match="debit_closed"):
        await provider.resources.payers_bank.open_session(late)


async def test_an_approval_after_the_session_was_closed_takes_nothing(provider):
    sent = await provider.to_bank(SLIP)
    _fault(provider, "bank_result", "before")
    assert (await provider.back(sent.payment_id)).state == "being_confirmed"
    assert (await provider.run(JOB))["abandoned"] == 1
    with pytest.raises(PeerRefused, match="bank_session_over"):
        await provider.decide(sent)
    assert await provider.bank_books() == {}
    assert (await provider.back(sent.payment_id)).state == "abandoned"


async def test_an_approval_while_the_provider_waits_for_an_answer_is_not_lost(provider):
    sent = await provider.to_bank(SLIP)
    _fault(provider, "bank_result", "after")
    assert (await provider.back(sent.payment_id)).state == "being_confirmed"
    assert (await provider.decide(sent)).outcome == "debited"
    assert (await provider.run(JOB))["accepted"] == 1
    assert len(await provider.receipts()) == len(await provider.bank_books()) == 1


async def test_a_bank_cannot_keep_a_slip_longer_than_an_hour(provider, monkeypatch):
    bank = provider.resources.payers_bank
    for_ever = BankSessionOpened(session="s", until=provider.clock.now() + timedelta(days=999))

    async def open_for_ever(question):
        return for_ever

    monkeypatch.setattr(bank, "open_session", open_for_ever)
    sent = await provider.to_bank(SLIP)
    assert sent.bank_session.until == provider.clock.now() + timedelta(hours=1)
    _later(provider, hours=1, seconds=1)
    assert (await provider.run(JOB))["abandoned"] == 1


async def test_an_approval_past_the_sessions_end_takes_nothing(provider):
    sent = await provider.to_bank(SLIP)
    _later(provider, minutes=15, seconds=1)
    with pytest.raises(PeerRefused, match="bank_session_over"):
        await provider.decide(sent)
    assert await provider.bank_books() == {}


async def test_a_repeated_question_gets_the_same_session(provider):
    id_ = new_id()
    first = await provider.to_bank(SLIP, id_=id_)
    assert await provider.to_bank(SLIP, id_=id_) == first
    assert await provider.view(id_) == first
    with pytest.raises(PeerRefused, match="payment_id_reused"):
        await provider.to_bank(SLIP, id_=id_, bank="0001")
    await provider.decide(first)
    done = await provider.back(id_)
    assert await provider.to_bank(SLIP, id_=id_) == done
    assert len(await provider.receipts()) == 1


async def test_a_silent_settlement_leaves_the_payment_unknown(provider):
    sent = await provider.to_bank(SLIP)
    await provider.decide(sent)
    _fault(provider, "bank_result", "after")
    assert (await provider.back(sent.payment_id)).state == "being_confirmed"
    _fault(provider, "settle_debit", "after")
    assert (await provider.run(JOB))["still_unknown"] == 1
    assert (await provider.back(sent.payment_id)).state == "accepted"


async def test_a_bank_that_does_not_take_part_is_refused_before_anything_is_recorded(provider):
    id_ = new_id()
    with pytest.raises(PeerRefused, match="bank_not_connected"):
        await provider.to_bank(SLIP, id_=id_, bank="9999")
    for ask in (provider.view, provider.back):
        with pytest.raises(PeerRefused, match="payment_not_found"):
            await ask(id_)


async def test_a_card_payment_does_not_come_back_from_a_bank(provider):
    view = await provider.by_card(SLIP)
    with pytest.raises(PeerRefused, match="payment_not_found"):
        await provider.back(view.payment_id)


async def test_outside_the_sandbox_no_bank_takes_part(live_provider):
    assert live_provider.resources.payers_bank is None
    with pytest.raises(PeerRefused, match="bank_not_connected"):
        await live_provider.to_bank(SLIP)
    assert await live_provider.run(JOB) == {"still_unknown": 0}
    path = "https://provider.test/sandbox/bank-sessions/x/decision"
    assert (await live_provider.payer.http.post(path, json={})).status_code == 404


def _without_banks(provider):
    """Put a new process behind the payers' door, which is connected to no bank."""
    alone = replace(provider.resources, payers_bank=None)
    provider.net.join("payment_provider", "payers", create_app(alone, "payers"))
    return replace(provider, resources=alone)


async def test_a_debit_is_not_denied_because_the_bank_left_before_the_payer_asked_again(provider):
    id_ = new_id()
    first = await provider.to_bank(SLIP, id_=id_)
    await provider.decide(first)
    alone = _without_banks(provider)
    assert await alone.to_bank(SLIP, id_=id_) == first
    assert await alone.back(id_) == first
    with pytest.raises(PeerRefused, match="payment_id_reused"):
        await alone.to_bank(SLIP, id_=id_, bank="0001")
    with pytest.raises(PeerRefused, match="bank_not_connected"):
        await alone.to_bank(barcode(2))
    _later(provider, minutes=16)
    assert await alone.run(JOB) == {"still_unknown": 1}
    assert (await provider.run(JOB))["accepted"] == 1


async def test_one_payment_that_cannot_be_settled_does_not_stop_the_others(provider, monkeypatch):
    monkeypatch.setattr(payments_store, "OPEN_LISTED_MAX", 1)
    broken, sound = new_id(), new_id()
    for number, id_ in enumerate((broken, sound)):
        provider.at(6, 2, 10, number)
        await provider.decide(await provider.to_bank(barcode(number), id_=id_))
    provider.at(6, 2, 11)
    debit_of_broken = (await provider.stored(broken)).peer_id
    bank = provider.resources.payers_bank
    settle = bank.settle

    async def settle_or_break(debit_id, question):
        if debit_id == debit_of_broken:
            raise RuntimeError("a bug of ours")
        return await settle(debit_id, question)

    monkeypatch.setattr(bank, "settle", settle_or_break)
    counts = await provider.run(JOB)
    assert (counts["accepted"], counts["still_unknown"]) == (1, 1)
    assert (await provider.view(sound)).state == "accepted"


async def test_a_payment_left_by_a_killed_process_is_closed_by_the_job(provider):
    id_, acceptance = new_id(), await provider.accepted()
    intention = Intention(id_, Channel.MOBILE_BANKING, SLIP, Yen(33_138), ("0005",), acceptance)
    opened = await open_payment(intention, provider.resources.books, patience=Patience(seconds=-60))
    await provider.resources.payers_bank.open_session(bank_question(opened.payment.peer_id))
    assert (await provider.run(JOB))["abandoned"] == 1
    view = await provider.back(id_)
    assert (view.state, view.reason) == ("abandoned", "debit_closed")
