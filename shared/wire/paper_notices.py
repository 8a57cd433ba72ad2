"""済通 (納入済通知書): a bank's paper notices of payments at its counters, read by a clerk.

They come by post, with the bank's pay-in; a bank that notifies by wire may send them too, and a
payment of which both tell is one receipt (DOMAIN §2.3, BOOKS §2.1). OWN DESIGN.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.kit.arrow import Arrow, Wire
from shared.wire.payeasy import TelegramYen
from shared.wire.ward_intranet import CLERKS, STAFF

NOTICES_MAX = 1000
WithdrawalReasonName = Literal["misread", "handed_in_twice", "not_of_this_ward", "recalled_by_bank"]


class PaperNoticeRead(Wire):
    """One notice as it is read off its paper.

    paid_on: 領収日 of the stamp; stamp_number: the branch's running number of that day; paid_in_on:
    払込日 of the batch, on which the bank pays the money in. A payment number is refused that is
    none of the ward's 18 digits or whose check digits are wrong, and a paid_on before the slip's
    fiscal year begins (1 April) or after today; the problem names the notice by its place, from 1.
    """

    bank_code: str = Field(pattern=r"^[0-9]{4}$")
    branch_code: str = Field(pattern=r"^[0-9]{3}$")
    payment_number: str = Field(pattern=r"^[0-9]{16,20}$")
    amount_yen: TelegramYen
    paid_on: date
    paid_in_on: date
    stamp_number: str = Field(pattern=r"^[0-9A-Z]{1,20}$")


class TakePaperNotices(Wire):
    """A batch of notices; the same batch again does nothing."""

    notices: tuple[PaperNoticeRead, ...] = Field(min_length=1, max_length=NOTICES_MAX)


class PaperNoticesTaken(Wire):
    """What became of a batch: taken = joined to a Pay-easy receipt + receipts of their own.

    repeated: they stand already; reused: their stamp stands on another payment, they are not taken
    but an exception each (`paper_notice_reused`).
    """

    taken: int
    joined: int
    repeated: int
    reused: int


class WithdrawPaperNotice(Wire):
    """Take a notice back that was handed in by somebody else.

    notice: all that it says as it was taken, so that no other one of its stamp is withdrawn.
    """

    notice: PaperNoticeRead
    reason: WithdrawalReasonName


class PaperNoticeWithdrawn(Wire):
    """Who withdrew it (a user ID), when and why.

    receipt_id: the receipt that it was, now cancelled; None if it never stood for itself.
    """

    withdrawn_by: str
    withdrawn_at: datetime
    reason: WithdrawalReasonName
    receipt_id: UUID | None


TAKE_PAPER_NOTICES: Arrow[TakePaperNotices, PaperNoticesTaken] = Arrow(
    "take_paper_notices",
    "ward_gateway",
    "intranet",
    "POST",
    "/paper-notices",
    TakePaperNotices,
    PaperNoticesTaken,
    STAFF,
    ("paper_notice_malformed",),
    success=201,
    roles=CLERKS,
    sign_in="session",
)

WITHDRAW_PAPER_NOTICE: Arrow[WithdrawPaperNotice, PaperNoticeWithdrawn] = Arrow(
    "withdraw_paper_notice",
    "ward_gateway",
    "intranet",
    "POST",
    "/paper-notices/withdrawals",
    WithdrawPaperNotice,
    PaperNoticeWithdrawn,
    STAFF,
    ("paper_notice_not_found", "withdrawn_by_same_person"),
    success=201,
    roles=("clerk",),
    sign_in="session",
)

ARROWS = (TAKE_PAPER_NOTICES, WITHDRAW_PAPER_NOTICE)
