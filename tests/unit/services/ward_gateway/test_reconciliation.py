"""What a reconciliation finds, and how a receipt moves when its money comes or is taken back."""

from __future__ import annotations

from datetime import date

from services.ward_gateway.domain.matching import Group, match_channel
from services.ward_gateway.domain.receipts import ReceiptState
from services.ward_gateway.domain.reconciliation import (
    FUNDING_MACHINE,
    Commission,
    ReconciliationRules,
    find_excess,
    find_late,
    find_without_receipt,
)
from shared.kit.calendar import japanese_banks
from shared.kit.money import Yen
from tests.unit.services.ward_gateway.ward_books import a_deposit, a_receipt


def test_what_is_too_much_is_an_excess_of_the_last_deposit() -> None:
    matching = match_channel([a_receipt(1)], [a_deposit(2, yen=400), a_deposit(1, yen=900)])
    (found,) = find_excess(matching.excess, {})
    assert (found.code, found.subject_id, found.amount_yen) == (
        "deposit_excess",
        str(a_deposit(2).id),
        300,
    )


def test_what_a_statement_explains_is_no_excess() -> None:
    deposits = [(a_deposit(1), 900), (a_deposit(2), 400)]
    stated = {a_deposit(1).id: 900, a_deposit(2).id: 100}
    (found,) = find_excess(deposits, stated)
    assert (found.subject_id, found.amount_yen) == (str(a_deposit(2).id), 300)


def test_a_late_group_is_named_by_channel_and_day() -> None:
    (found,) = find_late([(Group("payeasy", date(2025, 7, 4)), 500)])
    assert (found.code, found.subject_id, found.amount_yen) == (
        "funds_late",
        "payeasy:2025-07-04",
        500,
    )


def test_a_commission_waits_two_business_days_for_its_receipt() -> None:
    friday = Commission("1", date(2025, 7, 4), Yen(1000))

    def found_on(day: date) -> int:
        return len(find_without_receipt([friday], day, japanese_banks(), ReconciliationRules()))

    assert found_on(date(2025, 7, 8)) == 0
    assert found_on(date(2025, 7, 9)) == 1


def test_money_that_is_withdrawn_moves_a_receipt_back_and_nothing_else_is_new() -> None:
    moves = FUNDING_MACHINE.events
    assert moves[ReceiptState.FUNDED, ReceiptState.CONFIRMED] == "funding_withdrawn"
    assert FUNDING_MACHINE.terminal() == {ReceiptState.CANCELLED}
    assert not FUNDING_MACHINE.unreachable()
