"""更正 as the ward has taken them: what each claim was before, and what it was after.

They come in choutei.csv (docs/formats/choutei.md); this is how staff see them at the intranet door.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from shared.kit.arrow import Arrow, NoBody, Wire
from shared.kit.money import Yen
from shared.wire.ward_intranet import ANY_ROLE, STAFF


class StatedClaimView(Wire):
    """A claim as stated at one time; the four parts add up to amount_yen.

    payment_method: 納付方法, 1 by slip, 2 by direct debit, 3 from the pension.
    """

    amount_yen: Yen
    medical_yen: Yen
    support_yen: Yen
    care_yen: Yen
    child_yen: Yen
    payment_method: int
    due_date: date
    limit_date: date


class CorrectionView(Wire):
    """A correction; number: 更正回数 of its claim, proc: 処理区分 2 changed, 3 cancelled.

    correction_id: in the order of taking; line: of the file with that SHA-256, its header is 1.
    """

    correction_id: int
    assessment_id: UUID
    notice_number: str
    fiscal_year: int
    instalment: int
    number: int
    proc: int
    reason_code: str
    file_sha256: str
    line: int
    taken_at: datetime
    before: StatedClaimView
    after: StatedClaimView


class CorrectionsPage(Wire):
    """Corrections by their id (query: after, limit); next_after is None at the end."""

    corrections: tuple[CorrectionView, ...]
    next_after: int | None


LIST_CORRECTIONS: Arrow[NoBody, CorrectionsPage] = Arrow(
    "list_corrections",
    "ward_gateway",
    "intranet",
    "GET",
    "/corrections",
    NoBody,
    CorrectionsPage,
    STAFF,
    roles=ANY_ROLE,
    sign_in="session",
)

ARROWS = (LIST_CORRECTIONS,)
