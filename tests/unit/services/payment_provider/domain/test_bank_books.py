"""What a payers' bank of the sandbox decides, as a table: hours, balance, limit, late answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.payment_provider.domain.bank_books import (
    DAILY_LIMIT_YEN,
    OPENING_BALANCE_YEN,
    Account,
    answers_late,
    is_open,
    opening_balance_yen,
    reason_to_decline,
)

NOW = datetime(2025, 6, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("bank", "hour", "minute", "is_open_then"),
    [
        ("0009", 7, 59, False),
        ("0009", 8, 0, True),
        ("0009", 20, 59, True),
        ("0009", 21, 0, False),
        ("0005", 3, 0, True),
    ],
)
def test_a_bank_opens_sessions_in_its_hours_only(bank, hour, minute, is_open_then):
    assert is_open(bank, datetime(2025, 6, 2, hour, minute, tzinfo=UTC)) is is_open_then


@pytest.mark.parametrize(
    ("reference", "balance", "taken", "amount", "reason"),
    [
        ("A-1", 500, 0, 500, None),
        ("A-1", 499, 0, 500, "balance_too_low"),
        ("SHUT-1", 500, 0, 500, "account_refused"),
        ("LIMIT-1", 90_000, 0, DAILY_LIMIT_YEN, None),
        ("LIMIT-1", 90_000, 0, DAILY_LIMIT_YEN + 1, "over_daily_limit"),
        ("LIMIT-1", 90_000, DAILY_LIMIT_YEN, 1, "over_daily_limit"),
        ("A-1", 90_000, DAILY_LIMIT_YEN, 1, None),
    ],
)
def test_each_account_is_declined_for_its_own_reason(reference, balance, taken, amount, reason):
    account = Account(reference, balance, taken)
    assert reason_to_decline(account, amount, approved=True) == reason
    assert reason_to_decline(account, amount, approved=False) == "refused_at_bank"


def test_a_poor_account_opens_with_nothing_and_every_other_one_with_plenty():
    assert opening_balance_yen("POOR-7") == 0
    assert opening_balance_yen("A-7") == OPENING_BALANCE_YEN


def test_a_slow_bank_answers_after_a_minute():
    assert answers_late("SLOW-1", NOW, NOW + timedelta(seconds=59))
    assert not answers_late("SLOW-1", NOW, NOW + timedelta(minutes=1))
    assert not answers_late("A-1", NOW, NOW)
