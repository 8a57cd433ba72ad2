"""POST /bank-statements: the treasurer's terminal hands in the bank's file. No decisions here."""

from __future__ import annotations

from fastapi import Request

from services.ward_gateway.api.access import Res
from services.ward_gateway.usecases.take_bank_statement import take_bank_statement
from shared.wire.ward_intranet import BankStatementTaken


async def post_bank_statement(request: Request, res: Res) -> BankStatementTaken:
    """Book the lines of a Zengin 振込入金通知."""
    taken = await take_bank_statement(
        await request.body(),
        open_unit_of_work=res.open_unit_of_work,
        remitters=res.contract.remitters,
        clock=res.clock,
    )
    return BankStatementTaken(
        sha256=taken.sha256,
        deposits=taken.deposits,
        repeated=taken.repeated,
        total_yen=taken.total_yen,
    )
