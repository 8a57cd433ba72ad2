"""The state table, what counts as unknown, and commission numbers without chance in them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from services.card_agent.domain.authorisations import (
    AUTHORISATIONS,
    Authorisation,
    AuthorisationQuestion,
    AuthorisationState,
    commission_number,
)
from services.card_agent.domain.refusals import AmountDiffers
from services.card_agent.domain.waiting_files import WAITING_FILES
from services.card_agent.jobs.registry import JOBS
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
    assert AUTHORISATIONS.terminal() == {STATE.REMITTED, STATE.DECLINED, STATE.CLOSED}
    assert WAITING_FILES.unreachable() == frozenset()


def test_every_state_that_waits_has_a_job_that_exists() -> None:
    assert set(AUTHORISATIONS.waiting) == set(STATE) - AUTHORISATIONS.terminal()
    assert set(AUTHORISATIONS.waiting.values()) <= set(JOBS)


def test_a_yes_is_never_taken_back() -> None:
    leaving = {target for source, target in AUTHORISATIONS.events if source is STATE.AUTHORISED}
    assert leaving == {STATE.REMITTED}


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
