"""Paying by card through the payers' door: record, ask, record, and every way it can end."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from services.payment_provider.domain.card_payments import CardPaymentState
from services.payment_provider.usecases.ask_in_time import Patience
from services.payment_provider.usecases.open_payment import Intention, open_payment
from shared.keys.channels import Channel
from shared.keys.check_digits import modulus_10_weight_3
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.kit.peer import PeerRefused
from shared.wire.card_authorisations import DECLINE_CODES, NOT_CHARGED_CODES, AuthoriseCard
from shared.wire.mobile_payments import PAY_BY_CARD, READ_SLIP, ReadSlip
from tests.unit.services.payment_provider.samples import OTHER_WARD, WARD, barcode

SLIP = barcode()
ASKED, SETTLED = r"POST /authorisations$", r"/settlement$"


async def test_an_authorised_card_makes_one_receipt(provider):
    view = await provider.by_card(SLIP)
    assert (view.state, view.reason, view.channel) == ("accepted", None, "mobile_credit")
    assert (view.amount_yen, view.fee_yen, view.paid_at) == (33_138, 385, provider.clock.now())
    [receipt] = await provider.receipts()
    assert (receipt.municipality, receipt.barcode, receipt.shop_number) == (WARD, SLIP, 1)
    assert receipt.amount_yen == 33_138  # the fee is no revenue of the ward
    assert (str(receipt.confirm_on), str(receipt.transfer_date)) == ("2025-06-05", "2025-06-09")
    assert provider.agent.questions[0].fee_yen == 385


@pytest.mark.parametrize("code", DECLINE_CODES)
async def test_a_declined_card_leaves_the_slip_payable(provider, code):
    provider.agent.refuse = code
    view = await provider.by_card(SLIP)
    assert (view.state, view.reason, view.paid_at) == ("declined", code, None)
    assert await provider.receipts() == []
    provider.agent.refuse = None
    assert (await provider.by_card(SLIP)).state == "accepted"


@pytest.mark.parametrize("code", NOT_CHARGED_CODES)
async def test_another_refusal_means_that_nothing_was_charged(provider, code):
    provider.agent.refuse = code
    view = await provider.by_card(SLIP)
    assert (view.state, view.reason) == ("abandoned", code)
    assert await provider.receipts() == []


async def test_silence_is_an_unknown_outcome_and_settles_with_one_receipt(provider):
    provider.net.plan(ASKED, "answer_lost")
    view = await provider.by_card(SLIP)
    assert view.state == "being_confirmed"
    stored = await provider.stored(view.payment_id)
    assert stored.state is CardPaymentState.AUTHORISATION_UNKNOWN
    provider.at(6, 2, 20)
    assert (await provider.run("settle_card_payments"))["accepted"] == 1
    settled = await provider.view(view.payment_id)
    [receipt] = await provider.receipts()
    assert settled.state == "accepted"
    # The payer paid at the card agent's moment, not when we learnt of it.
    assert settled.paid_at == receipt.paid_at != provider.clock.now()
    assert len(provider.agent.questions) == 1
    assert set((await provider.run("settle_card_payments")).values()) == {0}
    assert len(await provider.receipts()) == 1


async def test_a_lost_question_is_closed_for_ever_and_the_slip_is_free_again(provider):
    provider.net.plan(ASKED, "question_lost")
    view = await provider.by_card(SLIP)
    with pytest.raises(PeerRefused, match="slip_already_paid"):
        await provider.by_card(SLIP)
    assert (await provider.run("settle_card_payments"))["abandoned"] == 1
    settled = await provider.view(view.payment_id)
    assert (settled.state, settled.reason) == ("abandoned", "authorisation_closed")
    assert (await provider.by_card(SLIP)).state == "accepted"
    assert len(await provider.receipts()) == 1


async def test_a_decline_whose_answer_was_lost_is_settled_as_declined(provider):
    provider.agent.refuse = "card_over_limit"
    provider.net.plan(ASKED, "answer_lost")
    view = await provider.by_card(SLIP)
    assert (await provider.run("settle_card_payments"))["declined"] == 1
    settled = await provider.view(view.payment_id)
    assert (settled.state, settled.reason) == ("declined", "card_over_limit")


async def test_an_answer_that_says_nothing_is_unknown(provider):
    provider.agent.broken = True
    view = await provider.by_card(SLIP)
    assert view.state == "being_confirmed"
    counts = await provider.run("settle_card_payments")
    assert (counts["still_unknown"], counts["accepted"]) == (1, 0)
    assert (await provider.view(view.payment_id)).state == "being_confirmed"


async def test_what_was_never_done_is_abandoned_and_never_sent_later(provider):
    provider.net.plan(ASKED, "peer_down", times=3)
    view = await provider.by_card(SLIP)
    assert (view.state, view.reason) == ("abandoned", "card_agent_not_reached")
    assert len([c for c in provider.net.calls if c.path == "/authorisations"]) == 3
    await provider.run("settle_card_payments")
    assert provider.agent.questions == []
    assert provider.agent.settled == []


async def test_an_overloaded_agent_is_asked_again_with_the_same_id(provider):
    provider.net.plan(ASKED, "overloaded", times=2)
    view = await provider.by_card(SLIP)
    assert view.state == "accepted"
    stored = await provider.stored(view.payment_id)
    assert [q.authorisation_id for q in provider.agent.questions] == [stored.peer_id]


async def test_the_app_cannot_choose_the_id_that_the_card_agent_sees(provider):
    id_ = new_id()
    await provider.by_card(SLIP, id_=id_)
    [question] = provider.agent.questions
    assert question.authorisation_id == (await provider.stored(id_)).peer_id != id_


async def test_the_same_id_and_body_gets_the_stored_answer(provider):
    id_ = new_id()
    first = await provider.by_card(SLIP, id_=id_)
    provider.at(10, 1)  # past the slip's limit: a repeat is no new payment
    spaced = f"{SLIP[:22]} {SLIP[22:]}"
    assert await provider.by_card(spaced, id_=id_) == first
    assert len(provider.agent.questions) == 1


async def test_the_same_id_with_another_body_is_refused(provider):
    id_ = new_id()
    await provider.by_card(SLIP, id_=id_)
    for other in (
        {"barcode": barcode(2)},
        {"barcode": SLIP, "token": "another"},
        {"barcode": barcode(1, 5_000), "amount": 5_000},
    ):
        with pytest.raises(PeerRefused, match="payment_id_reused"):
            await provider.by_card(**other, id_=id_)
    with pytest.raises(PeerRefused, match="payment_id_reused"):
        await provider.to_bank(SLIP, id_=id_)
    assert len(await provider.receipts()) == 1


async def test_a_paid_slip_is_refused_on_both_channels(provider):
    await provider.by_card(SLIP)
    with pytest.raises(PeerRefused, match="slip_already_paid"):
        await provider.by_card(SLIP)
    with pytest.raises(PeerRefused, match="slip_already_paid"):
        await provider.by_bank(SLIP)
    assert len(provider.agent.questions) == 1


async def test_of_many_payments_of_one_slip_at_once_one_is_taken(provider):
    tries = [provider.by_card(SLIP) for _ in range(4)] + [provider.by_bank(SLIP) for _ in range(4)]
    ended = await asyncio.gather(*tries, return_exceptions=True)
    accepted = [view for view in ended if not isinstance(view, Exception)]
    refused = [error for error in ended if isinstance(error, PeerRefused)]
    assert [view.state for view in accepted] == ["accepted"]
    assert {error.code for error in refused} == {"slip_already_paid"}
    assert len(refused) == 7
    assert len(await provider.receipts()) == 1


async def test_the_same_payment_sent_many_times_at_once_is_one(provider):
    id_ = new_id()
    views = await asyncio.gather(*[provider.by_card(SLIP, id_=id_) for _ in range(6)])
    assert {view.state for view in views} <= {"accepted", "being_confirmed"}
    assert (await provider.view(id_)).state == "accepted"
    assert len(provider.agent.questions) == 1
    assert len(await provider.receipts()) == 1


async def _recorded_only(provider, id_: UUID, patience: Patience) -> None:
    """Leave a payment as a process that was killed after its first commit leaves it."""
    means = ("tok",)
    acceptance = await provider.accepted()
    intention = Intention(id_, Channel.MOBILE_CREDIT, SLIP, Yen(33_138), means, acceptance)
    await open_payment(intention, provider.resources.books, patience=patience)


async def test_a_payment_that_may_still_be_asked_for_is_left_alone(provider):
    id_ = new_id()
    await _recorded_only(provider, id_, Patience(seconds=60))
    assert (await provider.by_card(SLIP, id_=id_)).state == "being_confirmed"
    counts = await provider.run("settle_card_payments")
    assert counts["still_asking"] == 1
    assert provider.agent.settled == []


async def test_a_payment_left_by_a_killed_process_is_settled_by_the_job(provider):
    id_ = new_id()
    await _recorded_only(provider, id_, Patience(seconds=-60))
    assert (await provider.run("settle_card_payments"))["abandoned"] == 1
    assert (await provider.view(id_)).reason == "authorisation_closed"


async def test_a_payment_killed_after_the_agent_said_yes_gets_its_receipt(provider):
    id_ = new_id()
    await _recorded_only(provider, id_, Patience(seconds=-60))
    question = AuthoriseCard(
        authorisation_id=(await provider.stored(id_)).peer_id,
        municipality=WARD,
        barcode=SLIP,
        amount_yen=Yen(33_138),
        fee_yen=Yen(385),
        card_token="tok",
    )
    await provider.resources.card_agent.authorise(question)
    assert (await provider.by_card(SLIP, id_=id_)).state == "accepted"
    assert len(await provider.receipts()) == 1


async def test_a_repeated_call_settles_what_is_overdue_at_once(provider):
    id_ = new_id()
    provider.net.plan(ASKED, "answer_lost")
    assert (await provider.by_card(SLIP, id_=id_)).state == "being_confirmed"
    assert (await provider.by_card(SLIP, id_=id_)).state == "accepted"
    assert provider.agent.settled == [(await provider.stored(id_)).peer_id]
    assert len(provider.agent.questions) == 1


async def test_two_settlements_at_once_make_one_receipt(provider):
    id_ = new_id()
    provider.net.plan(ASKED, "answer_lost")
    await provider.by_card(SLIP, id_=id_)
    repeats = [provider.by_card(SLIP, id_=id_) for _ in range(5)]
    views = await asyncio.gather(*repeats, provider.run("settle_card_payments"))
    assert {view.state for view in views[:5]} == {"accepted"}
    assert len(await provider.receipts()) == 1


def _wrong(digits: str) -> str:
    return digits[:43] + str((int(digits[43]) + 1) % 10)


@pytest.mark.parametrize(
    ("text", "amount", "code"),
    [
        ("1234", 33_138, "malformed_barcode"),
        (_wrong(SLIP), 33_138, "wrong_check_digit"),
        (SLIP, 33_137, "amount_differs"),
        (SLIP[:43] + "x", 33_138, "malformed_barcode"),
    ],
)
async def test_bad_input_has_its_own_code_and_records_nothing(provider, text, amount, code):
    with pytest.raises(PeerRefused) as refused:
        await provider.by_card(text, amount=amount)
    assert refused.value.code == code
    assert provider.agent.questions == []


def _again(digits: str, first: int, part: str) -> str:
    body = digits[: first - 1] + part + digits[first - 1 + len(part) : 43]
    return f"{body}{modulus_10_weight_3(body)}"


async def test_an_amount_over_the_cap_is_refused(provider):
    with pytest.raises(PeerRefused, match="amount_over_cap"):
        await provider.by_card(_again(SLIP, 38, "300001"), amount=300_001)
    assert (await provider.by_card(barcode(2, 300_000), amount=300_000)).fee_yen == 3_245


async def test_a_slip_of_nobody_we_work_for_is_refused(provider):
    with pytest.raises(PeerRefused, match="slip_not_of_this_provider"):
        await provider.by_card(_again(SLIP, 9, "55555"))


async def test_a_slip_may_be_paid_on_its_limit_date_and_not_after(provider):
    provider.at(9, 30, 23, 59)
    assert (await provider.by_card(SLIP)).state == "accepted"
    provider.at(10, 1, 0)
    with pytest.raises(PeerRefused, match="slip_past_limit"):
        await provider.by_card(barcode(2))


async def test_a_body_over_the_limit_is_refused(provider):
    response = await provider.payer.http.post(
        f"https://provider.test{PAY_BY_CARD.path}", content=b"x" * 5_000
    )
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


async def test_a_malformed_body_never_comes_back(provider):
    secret = "4111-planted-secret"
    response = await provider.payer.http.post(
        f"https://provider.test{PAY_BY_CARD.path}", json={"card_token": secret, "x": secret}
    )
    assert response.status_code == 422
    assert secret not in response.text


async def test_a_slip_is_read_with_its_fee_and_whether_it_is_payable(provider):
    read = await provider.payer.ask(READ_SLIP, ReadSlip(barcode=SLIP))
    assert (read.municipality, read.amount_yen) == (WARD, 33_138)
    assert (read.fees_yen.mobile_credit, read.fees_yen.mobile_banking) == (385, 0)
    assert (read.payable, read.reason) == (True, None)
    await provider.by_card(SLIP)
    read = await provider.payer.ask(READ_SLIP, ReadSlip(barcode=SLIP))
    assert (read.payable, read.reason) == (False, "slip_already_paid")
    provider.at(10, 1)
    other = barcode(municipality=OTHER_WARD)
    read = await provider.payer.ask(READ_SLIP, ReadSlip(barcode=other))
    assert (read.municipality, read.payable, read.reason) == (OTHER_WARD, False, "slip_past_limit")
    with pytest.raises(PeerRefused, match="wrong_check_digit"):
        await provider.payer.ask(READ_SLIP, ReadSlip(barcode=_wrong(SLIP)))


async def test_an_unknown_payment_is_not_found(provider):
    with pytest.raises(PeerRefused, match="payment_not_found"):
        await provider.view(new_id())
