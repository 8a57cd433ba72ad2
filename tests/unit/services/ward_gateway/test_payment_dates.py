"""納付日, 収入日, 会計年度: one table of cases (BOOKS §1.1, §1.2, DOMAIN §11.19)."""

from __future__ import annotations

from datetime import date

import pytest

from services.ward_gateway.domain.payment_dates import (
    PaymentDates,
    claim_year,
    closing_day,
    fiscal_year,
    payment_dates,
)
from shared.keys.regimes import RegimeEnded, regime_on
from shared.kit.calendar import instalment_due_date, japanese_banks

CARD, TILL = "mobile_credit", "convenience"
Y, N = True, False


def D(text: str) -> date | None:  # noqa: N802 - short, for the table's sake
    """Read a day of the table; "-" is none."""
    return None if text == "-" else date.fromisoformat(text)


# case, channel, paid, designated, income, claim's year, as of
#   -> deemed, revenue year, in time, carried over, off dunning though carried over
TABLE = [
    ("in time", CARD, "2025-06-02", "2025-06-09", "2025-06-09", 2025, "2025-06-20",
     "2025-06-02", 2025, Y, N, N),
    ("before the designated date", CARD, "2025-06-02", "2025-06-09", "2025-06-06", 2025,
     "2025-06-20", "2025-06-02", 2025, Y, N, N),
    ("late by a day", CARD, "2025-06-02", "2025-06-09", "2025-06-10", 2025, "2025-06-20",
     "2025-06-10", 2025, N, N, N),
    ("on the designated day, nothing yet", CARD, "2025-06-02", "2025-06-09", "-", 2025,
     "2025-06-09", "2025-06-02", None, None, N, N),
    ("the day after it, nothing yet", CARD, "2025-06-02", "2025-06-09", "-", 2025, "2025-06-10",
     "-", None, N, N, N),
    ("commissioned on a holiday", CARD, "2025-07-21", "2025-07-28", "2025-07-28", 2025,
     "2025-08-01", "2025-07-21", 2025, Y, N, N),
    ("over the end of the year", CARD, "2025-12-29", "2026-01-08", "2026-01-08", 2025,
     "2026-01-10", "2025-12-29", 2025, Y, N, N),
    ("over the end of the year, a day late", CARD, "2025-12-29", "2026-01-08", "2026-01-09", 2025,
     "2026-01-10", "2026-01-09", 2025, N, N, N),
    ("over the end of the fiscal year", CARD, "2026-03-30", "2026-04-06", "2026-04-06", 2025,
     "2026-04-10", "2026-03-30", 2025, Y, N, N),
    ("income on 31 May", CARD, "2024-05-24", "2024-05-31", "2024-05-31", 2023, "2024-06-05",
     "2024-05-24", 2023, Y, N, N),
    ("income on 3 June, in time", CARD, "2024-05-27", "2024-06-03", "2024-06-03", 2023,
     "2024-06-05", "2024-05-27", 2024, Y, Y, Y),
    ("income in June, late", CARD, "2024-05-20", "2024-05-27", "2024-06-03", 2023, "2024-06-05",
     "2024-06-03", 2024, N, Y, N),
    ("at a till on 31 May, income in June", TILL, "2024-05-31", "-", "2024-06-10", 2023,
     "2024-06-11", "2024-05-31", 2024, Y, Y, Y),
    ("at a till on 1 June", TILL, "2024-06-01", "-", "2024-06-10", 2023, "2024-06-11",
     "2024-06-01", 2024, Y, Y, N),
    ("31 May is a Saturday", TILL, "2025-05-30", "-", "2025-06-02", 2024, "2025-06-03",
     "2025-05-30", 2025, Y, Y, Y),
    ("10th instalment of 2023, due and paid on 2024-04-01", CARD, "2024-04-01", "2024-04-08",
     "2024-04-08", 2023, "2024-04-09", "2024-04-01", 2023, Y, N, N),
    ("never paid, next year's 31 May has passed", CARD, "2024-03-01", "2024-03-08", "-", 2023,
     "2024-06-01", "-", None, N, Y, N),
    ("never paid, on 31 May still this year's", CARD, "2024-03-01", "2024-03-08", "-", 2023,
     "2024-05-31", "-", None, N, N, N),
    ("two years later", TILL, "2026-04-10", "-", "2026-04-15", 2023, "2026-04-16", "2026-04-10",
     2026, Y, Y, N),
    ("速報 of a card payment, no day named yet", CARD, "2025-06-02", "-", "-", 2025, "2025-06-30",
     "2025-06-02", None, None, N, N),
    ("the last day of the old law", CARD, "2022-01-03", "2022-01-11", "2022-01-12", 2021,
     "2022-02-01", "2022-01-12", 2021, N, N, N),
    ("the first day of the new law", CARD, "2022-01-04", "2022-01-12", "2022-01-12", 2021,
     "2022-02-01", "2022-01-04", 2021, Y, N, N),
]  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=[row[0] for row in TABLE])
def test_the_three_dates(row) -> None:
    _, channel, paid, designated, income, year, as_of, deemed, revenue, in_time, *over = row
    found = payment_dates(
        D(paid),
        channel,
        regime=regime_on(D(paid)) if channel == CARD else None,
        designated_date=D(designated),
        income_on=D(income),
        claim_year=year,
        as_of=D(as_of),
    )
    carried, off_dunning = over
    assert found == PaymentDates(D(deemed), D(income), year, revenue, in_time, carried)
    assert found.carried_over_deemed is off_dunning


def test_a_commission_without_a_law_is_paid_when_its_money_comes() -> None:
    with pytest.raises(RegimeEnded):
        regime_on(date(2023, 4, 1), None)
    found = payment_dates(
        date(2023, 4, 1),
        CARD,
        regime=None,
        designated_date=date(2023, 4, 10),
        income_on=date(2023, 4, 10),
        claim_year=2022,
        as_of=date(2023, 4, 11),
    )
    assert (found.deemed_on, found.in_time) == (date(2023, 4, 10), False)


@pytest.mark.parametrize(
    ("instalment", "due", "year"),
    [(10, date(2024, 4, 1), 2023), (7, date(2024, 1, 4), 2023), (3, date(2023, 8, 31), 2023)],
)
def test_the_claims_year_disregards_what_holidays_make_of_the_due_date(
    instalment, due, year
) -> None:
    assert instalment_due_date(japanese_banks(), 2023, instalment) == due
    months = 2023 * 12 + 5 + instalment - 1
    assert claim_year(months // 12, months % 12 + 1) == year


def test_a_fiscal_year_begins_in_april_and_is_closed_on_31_may() -> None:
    assert (fiscal_year(date(2024, 3, 31)), fiscal_year(date(2024, 4, 1))) == (2023, 2024)
    assert closing_day(2023) == date(2024, 5, 31)
