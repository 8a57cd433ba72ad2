"""Slips (納付書) and their two keys: the 44-digit barcode and Pay-easy's payment number.

Knows how a slip is made of an assessment; whether the centre holds its key is a state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.ward_gateway.domain.assessments import Assessment
from services.ward_gateway.domain.bills import Bill
from services.ward_gateway.domain.contracts import WardContract
from shared.keys.barcode import BARCODE_AMOUNT_CAP_YEN, REISSUE_MAX, Barcode
from shared.keys.payment_number import PaymentNumber, SlipType
from shared.kit.money import ZERO_YEN, Yen
from shared.kit.states import StateMachine


class SlipState(StrEnum):
    """How the centre stands to a slip's Pay-easy key; whether it was paid is no state.

    CLOSED: the centre does not hold it and should not, as far as is known today.
    """

    ISSUED = "ISSUED"
    SENT = "SENT"
    HELD = "HELD"
    REFUSED = "REFUSED"
    CLOSED = "CLOSED"


SLIP_MACHINE = StateMachine(
    SlipState.ISSUED,
    {
        (SlipState.ISSUED, SlipState.SENT): "billing_data_accepted",
        (SlipState.SENT, SlipState.HELD): "key_held_by_centre",
        (SlipState.SENT, SlipState.REFUSED): "key_refused_by_centre",
        (SlipState.ISSUED, SlipState.CLOSED): "key_never_sent",
        (SlipState.HELD, SlipState.CLOSED): "key_deleted_by_centre",
        (SlipState.CLOSED, SlipState.HELD): "key_held_again",
        # After a clerk's retry.
        (SlipState.REFUSED, SlipState.SENT): "billing_data_accepted",
    },
    {SlipState.ISSUED: "upload_billing", SlipState.SENT: "collect_lgwan"},
)
SLIP_ISSUED = "slip_issued"


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip as it is issued; barcode is None where no shop and no app may take it."""

    id: UUID
    slip_type: int
    fiscal_year: int
    levy_year: int
    notice_number: str
    instalment: int
    issue: int
    amount_yen: Yen
    due_date: date
    limit_date: date
    barcode: str | None
    institution_number: str
    payment_number: str
    confirmation_number: str
    category: str
    effective_from: date
    assessment_id: UUID


@dataclass(frozen=True, slots=True)
class SlipListed:
    """A slip as a clerk sees it: its state at the centre, and whether a live receipt stands.

    centre_effective_on: from that Tokyo day the centre takes money on its key, None if never told.
    centre_paid: a live Pay-easy receipt stands on it.
    """

    slip_id: UUID
    notice_number: str
    fiscal_year: int
    instalment: int
    slip_type: int
    issue: int
    amount_yen: Yen
    due_date: date
    limit_date: date
    barcode: str | None
    institution_number: str
    payment_number: str
    confirmation_number: str
    category: str
    centre_state: str
    paid: bool
    centre_effective_on: date | None
    centre_paid: bool
    replaced_by_slip_id: UUID | None


def limit_of(assessment: Assessment, contract: WardContract) -> date:
    """Return a claim's 取扱期限 as printed: the earlier of its own and the contract's rule.

    Never before the due date.
    """
    by_rule = contract.slip_limit_date(assessment.due_date, assessment.fiscal_year)
    return max(assessment.due_date, min(assessment.limit_date, by_rule))


def slip_of(
    assessment: Assessment,
    slip_id: UUID,
    contract: WardContract,
    effective_from: date,
    confirm: Callable[[str], str],
    *,
    number: PaymentNumber | None = None,
    amount_yen: Yen | None = None,
) -> Slip:
    """Make a slip that is due and ends as one assessment does.

    confirm: payment number -> confirmation number (DOMAIN §2.6). number: of another issue or type
    than the claim's own instalment slip; amount_yen: more or less than the claim's.
    """
    number = number or PaymentNumber(
        slip_type=SlipType.INSTALMENT,
        fiscal_year=assessment.levy_year,
        instalment=assessment.instalment,
        notice_number=assessment.notice_number,
        issue=assessment.issue,
    )
    amount_yen = assessment.amount_yen if amount_yen is None else amount_yen
    limit_date = limit_of(assessment, contract)
    return Slip(
        id=slip_id,
        slip_type=int(number.slip_type),
        fiscal_year=assessment.fiscal_year,
        levy_year=number.fiscal_year,
        notice_number=number.notice_number,
        instalment=number.instalment,
        issue=number.issue,
        amount_yen=amount_yen,
        due_date=assessment.due_date,
        limit_date=limit_date,
        barcode=barcode_of(number, amount_yen, limit_date, contract),
        institution_number=contract.institution_number,
        payment_number=number.digits,
        confirmation_number=confirm(number.digits),
        category=contract.category,
        effective_from=effective_from,
        assessment_id=assessment.id,
    )


def bill_of_slip(slip: Slip, assessed_year: int, account_code: str, payer_name_kana: str) -> Bill:
    """Return what a slip says to the centre; a slip of ours asks for no late charge and no fee."""
    return Bill(
        slip_type=slip.slip_type,
        levy_year=slip.levy_year,
        assessed_year=assessed_year,
        notice_number=slip.notice_number,
        instalment=slip.instalment,
        issue=slip.issue,
        account_code=account_code,
        principal_yen=slip.amount_yen,
        late_charge_yen=ZERO_YEN,
        fee_yen=ZERO_YEN,
        due_date=slip.due_date,
        limit_date=slip.limit_date,
        payer_name_kana=payer_name_kana,
    )


def barcode_of(
    number: PaymentNumber, amount_yen: Yen, limit_date: date, contract: WardContract
) -> str | None:
    """Return the 44 digits; None over the cap of 300,000 yen (DOMAIN §1.5) or the 9th reissue."""
    if amount_yen > BARCODE_AMOUNT_CAP_YEN or number.issue > REISSUE_MAX:
        return None
    return Barcode(
        maker_code=contract.maker_code,
        company_code=contract.company_code,
        biller_number=number.biller_number,
        reissue=number.issue,
        limit_date=limit_date,
        stamp_flag=0,
        amount_yen=amount_yen,
    ).digits
