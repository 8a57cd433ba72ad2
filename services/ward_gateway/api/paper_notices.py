"""POST /paper-notices: a clerk reads a bank's notices off their paper. No decisions here."""

from __future__ import annotations

from dataclasses import asdict

from services.ward_gateway.api.access import Res
from services.ward_gateway.domain.paper_notices import NoticeIdentity, PaperNotice
from services.ward_gateway.usecases.take_paper_notices import take_paper_notices
from shared.wire.paper_notices import PaperNoticeRead, PaperNoticesTaken, TakePaperNotices


async def post_paper_notices(body: TakePaperNotices, res: Res) -> PaperNoticesTaken:
    """Answer TAKE_PAPER_NOTICES."""
    taken = await take_paper_notices(
        [_notice(read) for read in body.notices],
        open_unit_of_work=res.open_unit_of_work,
        today=res.clock.today(),
    )
    return PaperNoticesTaken(**asdict(taken))


def _notice(read: PaperNoticeRead) -> PaperNotice:
    return PaperNotice(
        NoticeIdentity(read.bank_code, read.branch_code, read.paid_on, read.stamp_number),
        read.payment_number,
        read.amount_yen,
        read.paid_in_on,
    )
