"""When a bank is slowed down: by number and by share, both of them."""

from __future__ import annotations

import pytest

from services.lgwan_asp.domain.slow_banks import BankDay, GuessLimits, is_slow

LIMITS = GuessLimits(wrong_numbers_max=10, slow_after_wrong=50, slow_share_percent=20)


@pytest.mark.parametrize(
    ("wrong", "asked", "slow"),
    [(49, 49, False), (50, 50, True), (50, 249, True), (50, 250, False), (60, 250, True)],
)
def test_a_bank_is_slow_from_fifty_wrong_numbers_that_are_more_than_a_fifth(wrong, asked, slow):
    assert is_slow(BankDay(wrong, asked, locked_keys=0), LIMITS) is slow
