"""The MPN door's daily totals: parse, call, show."""

from __future__ import annotations

from services.lgwan_asp.api.access import BankDep, Res, demand_own_bank
from services.lgwan_asp.api.telegrams import fails
from services.lgwan_asp.domain.bank_totals import BankDay, DayTotals
from services.lgwan_asp.usecases.compare_bank_totals import take_bank_totals
from shared.kit.money import Yen
from shared.wire.payeasy_totals import DailyTotalsCompared, TellDailyTotals


async def post_daily_totals(body: TellDailyTotals, bank: BankDep, res: Res) -> DailyTotalsCompared:
    """Answer TELL_DAILY_TOTALS."""
    demand_own_bank(body.bank_code, bank)
    if await fails(res):
        return DailyTotalsCompared(result="90")
    taken = await take_bank_totals(
        BankDay(bank, body.institution_number, body.paid_on),
        DayTotals(body.receipt_count, int(body.amount_yen)),
        contracts=res.contracts,
        open_unit_of_work=res.open_unit_of_work,
        clock=res.clock,
    )
    held = taken.held
    return DailyTotalsCompared(
        result=taken.code.value,
        receipt_count=None if held is None else held.receipt_count,
        amount_yen=None if held is None else Yen(held.amount_yen),
    )
