"""/paper-notices: a clerk reads a bank's notices off their paper. No decisions here."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import Depends

from services.ward_gateway.api.access import Res
from services.ward_gateway.domain.paper_notices import (
    NoticeIdentity,
    PaperNotice,
    WithdrawalReason,
)
from services.ward_gateway.usecases.take_paper_notices import take_paper_notices
from services.ward_gateway.usecases.withdraw_paper_notice import withdraw_paper_notice
from shared.kit.door_app import login_of
from shared.kit.tokens import Login
from shared.wire.paper_notices import (
    PaperNoticeRead,
    PaperNoticesTaken,
    PaperNoticeWithdrawn,
    TakePaperNotices,
    WithdrawPaperNotice,
)

SignedIn = Annotated[Login, Depends(login_of)]


async def post_paper_notices(
    body: TakePaperNotices, res: Res, login: SignedIn
) -> PaperNoticesTaken:
    """Answer TAKE_PAPER_NOTICES."""
    taken = await take_paper_notices(
        [_notice(read) for read in body.notices],
        open_unit_of_work=res.open_unit_of_work,
        today=res.clock.today(),
        user_id=login.user_id,
    )
    return PaperNoticesTaken(**asdict(taken))


async def post_withdrawal(
    body: WithdrawPaperNotice, res: Res, login: SignedIn
) -> PaperNoticeWithdrawn:
    """Answer WITHDRAW_PAPER_NOTICE, as who is signed in."""
    withdrawn = await withdraw_paper_notice(
        _notice(body.notice),
        WithdrawalReason(body.reason),
        open_unit_of_work=res.open_unit_of_work,
        user_id=login.user_id,
    )
    return PaperNoticeWithdrawn(**asdict(withdrawn))


def _notice(read: PaperNoticeRead) -> PaperNotice:
    return PaperNotice(
        NoticeIdentity(read.bank_code, read.branch_code, read.paid_on, read.stamp_number),
        read.payment_number,
        read.amount_yen,
        read.paid_in_on,
    )
