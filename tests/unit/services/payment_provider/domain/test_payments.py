"""The state tables of payments, and what each outcome is called."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.payment_provider.domain.bank_payments import BANK_PAYMENTS, BankPaymentState
from services.payment_provider.domain.card_payments import CARD_PAYMENTS, CardPaymentState
from services.payment_provider.domain.comparisons import DIFFERENCES
from services.payment_provider.domain.payments import (
    COURSES,
    LIVE_STATES,
    Abandoned,
    Accepted,
    BankSession,
    Declined,
    Payment,
    Silent,
)
from services.payment_provider.domain.receipts import RECEIPTS
from services.payment_provider.domain.undos import UNDONE_STATES, UNDOS
from services.payment_provider.jobs.registry import JOBS
from shared.keys.channels import Channel
from shared.kit.money import Yen
from shared.kit.states import IllegalTransition

NOW = datetime(2025, 6, 2, 1, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
MACHINES = (CARD_PAYMENTS, BANK_PAYMENTS, RECEIPTS, UNDOS, DIFFERENCES)
# What an undo or a command alone moves waits for nobody: neither has a job that asks.
AT_REST = {"AUTHORISED", "DEBITED", "ABANDONED", "DECLINED"}
PAYMENT = Payment(
    id=UUID(int=1),
    peer_id=UUID(int=2),
    channel=Channel.MOBILE_CREDIT,
    municipality="131041",
    barcode="9" * 44,
    amount_yen=Yen(100),
    fee_yen=Yen(27),
    body_sha256="",
    asked_at=NOW,
    asking_until=NOW,
    state=CardPaymentState.ASKING,
)


@pytest.mark.parametrize("machine", MACHINES)
def test_every_state_can_be_reached(machine):
    assert machine.unreachable() == frozenset()


@pytest.mark.parametrize("machine", MACHINES)
def test_every_state_that_waits_has_a_job_that_asks(machine):
    moving = {source for source, _ in machine.events}
    assert set(machine.waiting) == {state for state in moving if state not in AT_REST}
    assert set(machine.waiting.values()) <= set(JOBS)


def test_an_end_is_an_end():
    assert CARD_PAYMENTS.terminal() == {CardPaymentState.UNDONE}
    assert BANK_PAYMENTS.terminal() == {
        BankPaymentState.DECLINED,
        BankPaymentState.ABANDONED,
        BankPaymentState.UNDONE,
    }
    with pytest.raises(IllegalTransition):
        CARD_PAYMENTS.event(CardPaymentState.UNDONE, CardPaymentState.AUTHORISED)
    with pytest.raises(IllegalTransition):
        BANK_PAYMENTS.event(BankPaymentState.DEBITED, BankPaymentState.ABANDONED)


def test_only_the_command_book_makes_an_abandoned_card_payment_an_accepted_one():
    taken_over = {pair for pair, event in CARD_PAYMENTS.events.items() if "taken_over" in event}
    assert taken_over == {
        (CardPaymentState.ABANDONED, CardPaymentState.AUTHORISED),
        (CardPaymentState.DECLINED, CardPaymentState.AUTHORISED),
    }
    into = {s for s, target in CARD_PAYMENTS.events if target is CardPaymentState.AUTHORISED}
    assert into == {
        CardPaymentState.ASKING,
        CardPaymentState.AUTHORISATION_UNKNOWN,
        CardPaymentState.ABANDONED,
        CardPaymentState.DECLINED,
    }


def test_an_undone_payment_keeps_no_slip():
    assert {state.value for state in UNDONE_STATES.values()} & set(LIVE_STATES) == set()
    assert set(UNDONE_STATES) == set(COURSES)


def test_silence_is_a_state_of_its_own_in_both_channels():
    silent = {channel: course.target(Silent()) for channel, course in COURSES.items()}
    assert silent == {
        Channel.MOBILE_CREDIT: CardPaymentState.AUTHORISATION_UNKNOWN,
        Channel.MOBILE_BANKING: BankPaymentState.BANK_RESULT_UNKNOWN,
    }


def test_each_outcome_leads_to_its_state():
    course = COURSES[Channel.MOBILE_BANKING]
    assert course.target(Accepted(NOW)) is BankPaymentState.DEBITED
    assert course.target(Declined("balance_too_low")) is BankPaymentState.DECLINED
    assert course.target(Abandoned("debit_closed")) is BankPaymentState.ABANDONED


def test_a_slip_is_kept_by_what_may_have_charged_its_payer():
    assert set(LIVE_STATES) == {
        "ASKING",
        "AT_BANK",
        "AUTHORISED",
        "AUTHORISATION_UNKNOWN",
        "DEBITED",
        "BANK_RESULT_UNKNOWN",
    }


def test_a_payment_that_is_asking_may_be_settled_only_past_its_deadline():
    assert not PAYMENT.may_be_settled(NOW, NOW + DAY)
    assert PAYMENT.may_be_settled(NOW + SECOND, NOW)
    unknown = replace(PAYMENT, state=CardPaymentState.AUTHORISATION_UNKNOWN)
    assert unknown.may_be_settled(NOW, NOW)
    assert not replace(PAYMENT, state=CardPaymentState.DECLINED).may_be_settled(NOW + DAY, NOW)


def test_a_payer_at_the_bank_is_settled_only_past_the_session_in_business_time():
    payment = replace(
        PAYMENT,
        channel=Channel.MOBILE_BANKING,
        state=BankPaymentState.AT_BANK,
        bank_session=BankSession("s", NOW),
    )
    assert payment.is_open
    assert not payment.may_be_settled(NOW + DAY, NOW)
    assert payment.may_be_settled(NOW, NOW + SECOND)


def test_opening_a_session_takes_nothing():
    for taken in (BankPaymentState.DEBITED, BankPaymentState.DECLINED):
        with pytest.raises(IllegalTransition):
            BANK_PAYMENTS.event(BankPaymentState.ASKING, taken)
