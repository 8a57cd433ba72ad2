"""The ward's bank writes its deposit notice from its own bookings; the treasurer hands it in,
and the gathering branch's 計算書 with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from shared.files.zengin_deposits import Deposit, DepositsHeader, write_deposits
from shared.kit.money import ZERO_YEN, Yen
from shared.wire.pay_in_statements import TAKE_PAY_IN_STATEMENT
from shared.wire.ward_intranet import TAKE_BANK_STATEMENT
from simulation.access import Access
from simulation.bank_account import book_transfer_orders
from simulation.banks import Banks
from simulation.books import Booking, Books
from simulation.counters import Counters

BANK_CODE, BRANCH_CODE, ACCOUNT = "0001", "001", "0131041"

Lines = list[Deposit]


@dataclass
class WardBank:
    """A day at the ward's bank: book what is due, write the notice, let the treasurer hand it in.

    mend: what an experiment does to the notice before it is handed in (a line taken out, or added).
    """

    access: Access
    books: Books
    banks: Banks
    counters: Counters
    mend: Callable[[Lines, date], Lines] | None = None

    async def day(self, day: date) -> int:
        """Do the whole day, once or again; return how many lines the notice had."""
        await book_transfer_orders(self.access, self.books, self.access.municipality, day)
        pay_in_statement = self.banks.pay_over(day)
        self.counters.pay_in(day)
        bookings = self.books.bookings_to_send(day)
        lines = [_line(booking) for booking in bookings]
        if self.mend is not None:
            lines = self.mend(lines, day)
        if lines:
            content = write_deposits(_header(day, lines), lines)
            await self.access.staff_asks("treasury", TAKE_BANK_STATEMENT, content)
        if pay_in_statement is not None:
            await self.access.staff_asks("treasury", TAKE_PAY_IN_STATEMENT, pay_in_statement)
        self.books.mark_sent(booking.reference for booking in bookings)
        return len(lines)


def _header(day: date, lines: Lines) -> DepositsHeader:
    return DepositsHeader(
        created_on=day,
        period_from=min(day, *(line.booked_on for line in lines)),
        period_to=day,
        bank_code=BANK_CODE,
        bank_name_kana="ｼﾃｲｷﾝﾕｳｷｶﾝ",
        branch_code=BRANCH_CODE,
        branch_name_kana="ﾎﾝﾃﾝ",
        account_type="1",
        account_number=ACCOUNT,
        account_name_kana="ｼﾝｼﾞﾕｸｸ ｶｲｹｲｶﾝﾘｼﾔ",
    )


def _line(booking: Booking) -> Deposit:
    return Deposit(
        inquiry_number=f"{booking.reference:06d}",
        booked_on=booking.value_date,
        value_date=booking.value_date,
        amount_yen=Yen(booking.amount_yen),
        cheques_yen=ZERO_YEN,
        remitter_code=booking.remitter_code,
        remitter_name_kana=booking.remitter_name_kana,
        sending_bank_kana="",
        sending_branch_kana="",
    )
