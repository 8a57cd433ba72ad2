"""済通 (納入済通知書): a bank's paper notices of payments at its counters, read by a clerk.

They come by post, with the bank's pay-in; a bank that notifies by wire may send them too, and a
payment of which both tell is one receipt (DOMAIN §2.3, BOOKS §2.1). OWN DESIGN.
"""

from __future__ import annotations

from datetime import date

from pydantic import Field

from shared.kit.arrow import Arrow, Wire
from shared.wire.payeasy import TelegramYen
from shared.wire.ward_intranet import CLERKS, STAFF

NOTICES_MAX = 1000


class PaperNoticeRead(Wire):
    """One notice as it is read off its paper.

    paid_on: 領収日 of the stamp; stamp_number: the branch's running number of that day; paid_in_on:
    払込日 of the batch, on which the bank pays the money in.
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

ARROWS = (TAKE_PAPER_NOTICES,)
