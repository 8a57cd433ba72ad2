"""The state table, what counts as unknown, and commission numbers without chance in them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest

from services.card_agent.domain.authorisations import (
    AUTHORISATIONS,
    COMMISSIONED,
    Authorisation,
    AuthorisationQuestion,
    AuthorisationState,
    UndoClose,
    commission_number,
)
from services.card_agent.domain.refusals import AmountDiffers
from services.card_agent.domain.waiting_files import WAITING_FILES
from services.card_agent.jobs.registry import JOBS
from shared.kit.calendar import japanese_banks
from shared.kit.money import Yen

BARCODE = "91912345000011250112345678900025093000331386"
NOW = datetime(2025, 6, 2, tzinfo=UTC)
QUESTION = AuthorisationQuestion(UUID(int=1), "131041", BARCODE, Yen(33_138), Yen(385), "hash")
STATE = AuthorisationState


def _row(state: AuthorisationState, asking_until: datetime | None = NOW) -> Authorisation:
    return Authorisation(
        id=QUESTION.id,
        state=state,
        version=0,
        municipality="131041",
        amount_yen=Yen(33_138),
        barcode=BARCODE,
        fee_yen=Yen(385),
        token_hash="hash",
        brand=None,
        asking_until=asking_until,
        decline_reason=None,
        commission=None,
    )


def test_every_state_is_reached_except_by_a_row_of_its_own() -> None:
    assert AUTHORISATIONS.unreachable() == frozenset()
    assert AUTHORISATIONS.terminal() == {
        STATE.REMITTED,
        STATE.DECLINED,
        STATE.CLOSED,
        STATE.UNDONE,
    }
    assert WAITING_FILES.unreachable() == frozenset()


def test_every_state_that_waits_has_a_job_that_exists() -> None:
    assert set(AUTHORISATIONS.waiting) == set(STATE) - AUTHORISATIONS.terminal()
    assert set(AUTHORISATIONS.waiting.values()) <= set(JOBS)


def test_a_yes_is_taken_back_by_an_undo_alone_and_never_once_it_is_paid_over() -> None:
    leaving = {target for source, target in AUTHORISATIONS.events if source is STATE.AUTHORISED}
    assert leaving == {STATE.REMITTED, STATE.UNDOING}
    undoing = {source for source, target in AUTHORISATIONS.events if target is STATE.UNDOING}
    assert undoing == {STATE.AUTHORISED}
    undone = {source for source, target in AUTHORISATIONS.events if target is STATE.UNDONE}
    assert undone == {STATE.UNDOING}


def test_what_is_undone_is_no_commission_any_more() -> None:
    assert set(COMMISSIONED) == {STATE.AUTHORISED, STATE.REMITTED, STATE.UNDOING}


@pytest.mark.parametrize(
    ("authorised_on", "closes_on"),
    [
        (date(2025, 6, 2), date(2025, 6, 3)),
        (date(2025, 6, 6), date(2025, 6, 9)),  # Friday: the next bank business day is Monday
        (date(2025, 6, 7), date(2025, 6, 9)),  # Saturday
        (date(2025, 12, 30), date(2026, 1, 5)),  # banks are closed until 3 January, a Saturday
    ],
)
def test_undoing_closes_on_the_next_bank_business_day(authorised_on, closes_on) -> None:
    close = UndoClose(1, time(17, 0))
    assert close.date_of(authorised_on, japanese_banks()) == closes_on


def test_asking_counts_as_unknown_from_its_deadline_on() -> None:
    assert _row(STATE.ASKING).is_unknown(NOW)
    assert not _row(STATE.ASKING).is_unknown(NOW - timedelta(seconds=1))
    assert _row(STATE.NETWORK_UNKNOWN).is_unknown(NOW - timedelta(seconds=1))
    assert not _row(STATE.CLOSED).is_unknown(NOW + timedelta(days=1))


def test_a_barcode_that_says_the_amount_is_fine() -> None:
    QUESTION.demand_amount_of_barcode()
    assert _row(STATE.ASKING).answers(QUESTION)


@pytest.mark.parametrize(
    ("barcode", "amount_yen", "fee_yen"),
    [
        (BARCODE, 33_139, 0),
        (BARCODE[:-1] + "7", 33_138, 0),
        ("0" * 44, 33_138, 0),
        (BARCODE, 33_138, 1_000_000),
    ],
)
def test_a_line_that_would_stop_the_report_is_refused(
    barcode: str, amount_yen: int, fee_yen: int
) -> None:
    question = AuthorisationQuestion(
        UUID(int=1), "131041", barcode, Yen(amount_yen), Yen(fee_yen), "hash"
    )
    with pytest.raises(AmountDiffers) as refused:
        question.demand_amount_of_barcode()
    assert barcode not in refused.value.detail


def test_a_commission_number_is_the_day_and_the_slip_s_running_number() -> None:
    day = date(2025, 6, 2)
    numbers = {commission_number(BARCODE, day, ordinal) for ordinal in (1, 2, 3)}
    assert len(numbers) == 3
    assert commission_number(BARCODE, day, 1) in numbers
    assert {number[:8] for number in numbers} == {"20250602"}
    assert {len(number) for number in numbers} == {20}
