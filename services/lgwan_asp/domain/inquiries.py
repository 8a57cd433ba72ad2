"""The inquiry (照会): which of its answers a bank gets, in one order, by one pure function.

Knows the bill, the bank and the time as facts; asks nothing and counts nothing.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.lgwan_asp.domain.service_hours import OutageKind, Service
from shared.kit.money import Yen


class TelegramCode(StrEnum):
    """Result codes of DOMAIN §2.9, and 61 of our own; they travel in 200 answers."""

    OK = "00"
    NO_SUCH_KEY = "10"
    WRONG_CONFIRMATION_NUMBER = "11"
    LOCKED = "12"
    BANK_NOT_APPOINTED = "13"
    ALREADY_PAID = "20"
    PAID_ON_ANOTHER_CHANNEL = "21"
    PAST_LIMIT_DATE = "30"
    NOT_YET_EFFECTIVE = "31"
    DELETED = "40"
    SUPERSEDED = "41"
    AMOUNT_DIFFERS = "50"
    SESSION_UNKNOWN = "60"
    NOT_CANCELLABLE = "61"
    SYSTEM_FAILURE = "90"
    OUTSIDE_SERVICE_HOURS = "91"


class DeleteReason(StrEnum):
    """削除理由 of a billing record."""

    PAID_ELSEWHERE = "1"
    REDUCED_OR_CANCELLED = "2"
    DIRECT_DEBIT = "3"
    REISSUED = "4"


_CODE_OF_DELETION = {
    DeleteReason.PAID_ELSEWHERE: TelegramCode.PAID_ON_ANOTHER_CHANNEL,
    DeleteReason.REISSUED: TelegramCode.SUPERSEDED,
}


@dataclass(frozen=True, slots=True)
class BillKey:
    """The three parts that name a bill; the confirmation number proves that one has the slip."""

    institution_number: str
    payment_number: str
    category: str


@dataclass(frozen=True, slots=True)
class Bill:
    """A key that can be paid, or could; effective_on begins at the contract's effective time."""

    municipality: str
    key: BillKey
    confirmation_number: str
    amount_yen: Yen
    principal_yen: Yen
    late_charge_yen: Yen
    fee_yen: Yen
    due_date: date
    limit_date: date
    notice_number: str
    levy_year: int
    instalment: int
    payer_name_kana: str
    description_kana: str
    effective_on: date
    delete_reason: DeleteReason | None = None


@dataclass(frozen=True, slots=True)
class BillFacts:
    """A bill as it stands when it is asked for.

    paid: a receipt of it is live; superseded: a newer issue of the same slip is in effect;
    wrong_numbers: how often this bank gave a wrong confirmation number for it this service day.
    """

    bill: Bill
    paid: bool
    superseded: bool
    wrong_numbers: int


@dataclass(frozen=True, slots=True)
class InquiryFacts:
    """All that is read for an inquiry, at once; bill is None if there is no such key."""

    outage: OutageKind | None
    bank_is_slow: bool
    bill: BillFacts | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks with what, and when (business time; effective_at is the bill's).

    bank_is_appointed: also true where no municipality has that institution number, for then
    nobody could have appointed a bank.
    """

    service: Service
    bank_is_appointed: bool
    confirmation_number: str
    now: datetime
    today: date
    wrong_numbers_max: int


@dataclass(frozen=True, slots=True)
class InquirySession:
    """What a bank was told, kept so that its notification is measured against it.

    amount_yen is all that the payer owes: principal, late charge (the bill's own, or what the
    inquiry added) and fee.
    """

    id: UUID
    municipality: str
    key: BillKey
    bank_code: str
    branch_code: str
    medium: str
    trace_number: str
    amount_yen: Yen
    principal_yen: Yen
    late_charge_yen: Yen
    notice_number: str
    levy_year: int
    instalment: int
    opened_at: datetime
    valid_until: datetime


def answer_to(facts: BillFacts | None, asked: Asked, effective_at: datetime | None) -> TelegramCode:
    """Decide the answer: service, bank, key, proof, deleted, superseded, effective, paid, limit.

    A bank that is not appointed learns no more than that, and nothing that it sends is counted.
    Nothing about a bill is told before the confirmation number is right, and nothing at all while
    the key is locked for that bank.
    """
    refused = answer_before_the_key(asked)
    if refused is not None:
        return refused
    if facts is None or effective_at is None:
        return TelegramCode.NO_SUCH_KEY
    if facts.wrong_numbers >= asked.wrong_numbers_max:
        return TelegramCode.LOCKED
    given, right = asked.confirmation_number, facts.bill.confirmation_number
    if not hmac.compare_digest(given.encode(), right.encode()):
        return TelegramCode.WRONG_CONFIRMATION_NUMBER
    return _answer_of_bill(facts, asked, effective_at)


def answer_before_the_key(asked: Asked) -> TelegramCode | None:
    """Decide what needs no look at the key: 90, 91, 13; None if the key decides."""
    if asked.service is Service.DOWN:
        return TelegramCode.SYSTEM_FAILURE
    if asked.service is Service.CLOSED:
        return TelegramCode.OUTSIDE_SERVICE_HOURS
    return None if asked.bank_is_appointed else TelegramCode.BANK_NOT_APPOINTED


def _answer_of_bill(facts: BillFacts, asked: Asked, effective_at: datetime) -> TelegramCode:
    """Decide what to say of a bill to whoever may know it."""
    if facts.bill.delete_reason is not None:
        return _CODE_OF_DELETION.get(facts.bill.delete_reason, TelegramCode.DELETED)
    if facts.superseded:
        return TelegramCode.SUPERSEDED
    if asked.now < effective_at:
        return TelegramCode.NOT_YET_EFFECTIVE
    if facts.paid:
        return TelegramCode.ALREADY_PAID
    if asked.today > facts.bill.limit_date:
        return TelegramCode.PAST_LIMIT_DATE
    return TelegramCode.OK
