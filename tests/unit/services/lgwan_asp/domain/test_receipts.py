"""States and dates of a receipt at the centre."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.lgwan_asp.domain.billing_files import (
    BILLING_FILE_STATES,
    ERROR_ITEMS,
    RecordError,
    application_day,
    first_effective_day,
)
from services.lgwan_asp.domain.exceptions import EXCEPTION_STATES
from services.lgwan_asp.domain.inquiries import BillKey, InquirySession
from services.lgwan_asp.domain.outgoing_files import OUTGOING_FILE_STATES
from services.lgwan_asp.domain.receipts import (
    DEAD_STATES,
    RECEIPT_STATES,
    Notification,
    ReceiptState,
    booking_day,
    is_cancelled_already,
    may_be_cancelled,
    may_be_confirmed,
    paid_at_is_possible,
    pay_in_day,
    receipt_of,
)
from services.lgwan_asp.jobs.registry import JOBS
from shared.kit.calendar import japanese_banks
from shared.kit.money import Yen
from shared.kit.states import IllegalTransition

BANKS = japanese_banks()
PAID_AT = datetime(2025, 6, 3, 1, 0, tzinfo=UTC)
SESSION = InquirySession(
    id=UUID(int=1),
    municipality="131041",
    key=BillKey("13104", "125010000000010015", "341"),
    bank_code="0001",
    branch_code="001",
    medium="01",
    trace_number="T1",
    amount_yen=Yen(100),
    principal_yen=Yen(100),
    late_charge_yen=Yen(0),
    notice_number="000000001",
    levy_year=2025,
    instalment=1,
    opened_at=PAID_AT,
    valid_until=PAID_AT + timedelta(minutes=10),
)
NOTIFICATION = Notification(
    "1", "0001", "001", "T1", "R1", Yen(100), PAID_AT, date(2025, 6, 3), "01"
)
RECEIPT = receipt_of(UUID(int=2), SESSION, NOTIFICATION, PAID_AT)
MACHINES = [RECEIPT_STATES, BILLING_FILE_STATES, OUTGOING_FILE_STATES, EXCEPTION_STATES]


@pytest.mark.parametrize("machine", MACHINES)
def test_every_state_can_be_reached_and_every_waiting_state_has_a_job(machine):
    assert machine.unreachable() == frozenset()
    assert set(machine.waiting.values()) <= set(JOBS)


def test_a_confirmed_receipt_never_moves_again():
    assert ReceiptState.CONFIRMED in RECEIPT_STATES.terminal()
    with pytest.raises(IllegalTransition):
        RECEIPT_STATES.event(ReceiptState.CONFIRMED, ReceiptState.CANCELLED)


def test_a_receipt_that_was_never_reported_is_not_confirmed():
    with pytest.raises(IllegalTransition):
        RECEIPT_STATES.event(ReceiptState.TAKEN, ReceiptState.CONFIRMED)


@pytest.mark.parametrize(
    ("paid_on", "booked_on", "paid_in_on"),
    [
        (date(2025, 6, 3), date(2025, 6, 3), date(2025, 6, 5)),
        (date(2025, 6, 7), date(2025, 6, 9), date(2025, 6, 11)),
        (date(2025, 12, 31), date(2026, 1, 5), date(2026, 1, 7)),
    ],
)
def test_money_is_booked_on_a_business_day_and_paid_in_two_later(paid_on, booked_on, paid_in_on):
    assert booking_day(BANKS, paid_on) == booked_on
    assert pay_in_day(BANKS, paid_on, 2) == paid_in_on


@given(st.dates(date(2025, 4, 1), date(2026, 5, 31)))
def test_what_may_be_confirmed_can_no_longer_be_cancelled(today):
    for days in range(8):
        paid_on = today - timedelta(days=days)
        if may_be_confirmed(BANKS, paid_on, today):
            assert paid_on < today


@pytest.mark.parametrize(
    ("state", "day", "allowed"),
    [
        (ReceiptState.TAKEN, date(2025, 6, 3), True),
        (ReceiptState.REPORTED, date(2025, 6, 3), True),
        (ReceiptState.REPORTED, date(2025, 6, 4), False),
        (ReceiptState.CONFIRMED, date(2025, 6, 3), False),
        (ReceiptState.CANCELLED, date(2025, 6, 3), False),
    ],
)
def test_a_receipt_is_cancelled_on_its_day_and_before_its_02_only(state, day, allowed):
    values = {name: getattr(RECEIPT, name) for name in RECEIPT.__dataclass_fields__}
    receipt = type(RECEIPT)(**(values | {"state": state}))
    assert may_be_cancelled(receipt, day) is allowed


@pytest.mark.parametrize("state", sorted(DEAD_STATES))
def test_a_repeat_of_a_cancellation_names_the_same_reason(state):
    values = {name: getattr(RECEIPT, name) for name in RECEIPT.__dataclass_fields__}
    receipt = type(RECEIPT)(**(values | {"state": state, "cancel_reason": 1}))
    assert is_cancelled_already(receipt, 1)
    assert not is_cancelled_already(receipt, 2)


@pytest.mark.parametrize(("hours", "possible"), [(0, True), (23, True), (-23, True), (25, False)])
def test_a_banks_clock_may_be_a_day_off(hours, possible):
    at = PAID_AT + timedelta(hours=hours)
    assert paid_at_is_possible(at, SESSION.opened_at, PAID_AT) is possible


@pytest.mark.parametrize(
    ("day", "hour", "minute", "expected"),
    [
        (date(2025, 6, 2), 16, 59, date(2025, 6, 2)),
        (date(2025, 6, 2), 17, 0, date(2025, 6, 3)),
        (date(2025, 6, 6), 17, 0, date(2025, 6, 9)),
        (date(2025, 6, 7), 9, 0, date(2025, 6, 9)),
        (date(2025, 12, 30), 18, 0, date(2026, 1, 5)),
    ],
)
def test_the_cut_off_decides_the_day_of_application(day, hour, minute, expected):
    cutoff = datetime(2025, 1, 1, 17, 0, tzinfo=UTC).time()
    at = datetime(2025, 1, 1, hour, minute, tzinfo=UTC).time()
    assert application_day(BANKS, day, at, cutoff) == expected
    assert first_effective_day(expected) == expected + timedelta(days=1)


def test_every_record_error_names_a_field():
    assert set(ERROR_ITEMS) == set(RecordError)
