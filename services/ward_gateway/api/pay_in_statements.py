"""POST /pay-in-statements: the treasurer's terminal hands in a 計算書. No decisions here."""

from __future__ import annotations

from fastapi import Request

from services.ward_gateway.api.access import Res
from services.ward_gateway.usecases.take_pay_in_statement import take_pay_in_statement
from shared.wire.pay_in_statements import PayInStatementTaken


async def post_pay_in_statement(request: Request, res: Res) -> PayInStatementTaken:
    """Answer TAKE_PAY_IN_STATEMENT."""
    taken = await take_pay_in_statement(
        await request.body(), contract=res.contract, open_unit_of_work=res.open_unit_of_work
    )
    return PayInStatementTaken(
        sha256=taken.sha256,
        pay_ins=taken.pay_ins,
        repeated=taken.repeated,
        total_yen=taken.total_yen,
    )
