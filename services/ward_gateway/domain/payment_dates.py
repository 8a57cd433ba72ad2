"""Three dates, never one: 納付日, 収入日, and the 会計年度 that books the money (BOOKS §1.1).

A function of days; knows no receipt, no deposit and no heap.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from shared.keys.channels import Channel
from shared.keys.regimes import Regime

FISCAL_YEAR_MONTH = 4
CLOSING_MONTH, CLOSING_DAY = 5, 31


@dataclass(frozen=True, slots=True)
class PaymentDates:
    """What one receipt's money means on each of the three axes.

    deemed_on: 納付日, None while it is not paid in the eyes of the law. income_on: 収入日, None
    until the money has come whole. in_time: None while a card payment is unpaid and its 指定日 has
    not passed. revenue_year: the 会計年度 that books the money, None without money. carried_over:
    unpaid in 収入日 terms on 1 June after the claim's year (繰越調定).
    """

    deemed_on: date | None
    income_on: date | None
    claim_year: int
    revenue_year: int | None
    in_time: bool | None
    carried_over: bool

    @property
    def carried_over_deemed(self) -> bool:
        """Say whether the payer paid by 31 May and the money came later: carried over, no 督促."""
        return (
            self.carried_over
            and self.deemed_on is not None
            and self.deemed_on <= closing_day(self.claim_year)
        )


def fiscal_year(day: date) -> int:
    """Return the 会計年度 (April to March) in which a day lies."""
    return day.year - (day.month < FISCAL_YEAR_MONTH)


def claim_year(year: int, month: int) -> int:
    """Return the 会計年度 of an instalment by the month that it is for (施行令 142条).

    By the last day of its month, whatever the holidays after it make of the due date: the
    instalment of March 2024, due on Monday 1 April, is of fiscal 2023.
    """
    first_of_next = date(year + month // 12, month % 12 + 1, 1)
    return fiscal_year(first_of_next - timedelta(days=1))


def closing_day(year: int) -> date:
    """Return 出納閉鎖 of a 会計年度: 31 May after it, even if banks are closed then."""
    return date(year + 1, CLOSING_MONTH, CLOSING_DAY)


def revenue_year(claim_year: int, income_on: date) -> int:
    """Return the 会計年度 that books the money: the claim's up to 31 May, else that of the day."""
    return claim_year if income_on <= closing_day(claim_year) else fiscal_year(income_on)


def payment_dates(
    paid_on: date,
    channel: str,
    *,
    regime: Regime | None,
    designated_date: date | None,
    income_on: date | None,
    claim_year: int,
    as_of: date,
) -> PaymentDates:
    """Return the dates of one receipt as they stand on a day.

    Card (BOOKS §1.2): paid in by the 指定日, the payer paid on the day of the commission; late,
    when the money came; not at all, never. Any other channel: the day at the till or of the debit,
    whenever the money comes. regime None: the card payment stands on no law, and is deemed nothing
    until its money has come.
    """
    in_time = _in_time(channel, regime, designated_date, income_on, as_of)
    deemed_on = income_on if in_time is False else paid_on
    carried = (
        as_of > closing_day(claim_year)
        if income_on is None
        else (income_on > closing_day(claim_year))
    )
    return PaymentDates(
        deemed_on=deemed_on,
        income_on=income_on,
        claim_year=claim_year,
        revenue_year=None if income_on is None else revenue_year(claim_year, income_on),
        in_time=in_time,
        carried_over=carried,
    )


def _in_time(
    channel: str,
    regime: Regime | None,
    designated_date: date | None,
    income_on: date | None,
    as_of: date,
) -> bool | None:
    if channel != Channel.MOBILE_CREDIT:
        return True
    if regime is None:
        return False
    if designated_date is None:  # 速報 only, and no report: nobody has named the day yet
        return None
    if income_on is not None:
        return income_on <= designated_date
    return None if as_of <= designated_date else False
