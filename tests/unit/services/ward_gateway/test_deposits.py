"""Bank lines: what a cancelled line takes back, and what the lines alone show."""

from __future__ import annotations

from services.ward_gateway.domain.deposits import find_in_bank_lines, net_of_reversals
from tests.unit.services.ward_gateway.ward_books import a_deposit


def test_a_cancelled_line_takes_back_its_original_in_either_order() -> None:
    original = a_deposit(1, reference=7)
    back = a_deposit(2, reference=7, cancelled=True)
    for lines in ([original, back], [back, original]):
        netted = net_of_reversals(lines)
        assert (netted.standing, netted.reversed, netted.unmatched) == ((), (original,), ())


def test_a_cancelled_line_of_another_amount_takes_back_nothing() -> None:
    original = a_deposit(1, reference=7, yen=1000)
    back = a_deposit(2, reference=7, yen=999, cancelled=True)
    netted = net_of_reversals([original, back])
    assert netted.standing == (original,)
    assert netted.unmatched == (back,)
    assert [f.code for f in find_in_bank_lines(netted)] == ["reversal_unmatched"]


def test_money_of_an_unknown_remitter_is_named() -> None:
    netted = net_of_reversals([a_deposit(1, channel=None, yen=321), a_deposit(2)])
    (found,) = find_in_bank_lines(netted)
    assert (found.code, found.amount_yen) == ("deposit_unidentified", 321)
