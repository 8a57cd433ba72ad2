"""What a payers' bank of the sandbox decides: who is open, and which account may pay what.

OWN DESIGN. Reserved beginnings of an account's reference choose what happens; knows no session.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from shared.kit.money import Yen

OPENING_BALANCE_YEN = 100_000_000
DAILY_LIMIT_YEN = 50_000
SESSION_LIFETIME = timedelta(minutes=15)
"""Business time between the opening of a session and its end."""
SLOW_ANSWER = timedelta(minutes=1)
"""Business time after which a slow bank tells what it has long done."""

POOR, LIMITED, SHUT, DOWN, LOST, SLOW = "POOR-", "LIMIT-", "SHUT-", "DOWN-", "LOST-", "SLOW-"
CLOSED_FOR_MAINTENANCE = "0010"
"""The bank that cannot be reached at all."""
HOURS = {"0009": (time(8), time(21))}
"""Tokyo hours of the banks that close at night; every other one is always open."""

BALANCE_TOO_LOW, ACCOUNT_REFUSED = "balance_too_low", "account_refused"
OVER_DAILY_LIMIT, REFUSED_AT_BANK = "over_daily_limit", "refused_at_bank"


@dataclass(frozen=True, slots=True)
class Account:
    """An account at the moment of a decision: what is on it, and what was taken from it today."""

    reference: str
    balance_yen: int
    taken_today_yen: int


@dataclass(frozen=True, slots=True)
class CollectionAccount:
    """Our account for app-banking money: what came from payers' banks, went back, was paid in."""

    debited_yen: Yen
    given_back_yen: Yen
    paid_in_yen: Yen

    @property
    def balance_yen(self) -> Yen:
        """Return what is on its way; below 0, more left than came."""
        return self.debited_yen - self.given_back_yen - self.paid_in_yen


def is_open(bank_code: str, tokyo_now: datetime) -> bool:
    """Say whether a bank opens sessions at a Tokyo wall-clock time; the last minute is open."""
    if bank_code not in HOURS:
        return True
    opens, closes = HOURS[bank_code]
    return opens <= tokyo_now.time() < closes


def opening_balance_yen(account_reference: str) -> int:
    """Return what stands on an account that nobody has used yet."""
    return 0 if account_reference.startswith(POOR) else OPENING_BALANCE_YEN


def reason_to_decline(account: Account, amount_yen: int, *, approved: bool) -> str | None:
    """Return the code with which a debit is declined, or None if the money is to be taken."""
    if not approved:
        return REFUSED_AT_BANK
    if account.reference.startswith(SHUT):
        return ACCOUNT_REFUSED
    if account.balance_yen < amount_yen:
        return BALANCE_TOO_LOW
    limited = account.reference.startswith(LIMITED)
    if limited and account.taken_today_yen + amount_yen > DAILY_LIMIT_YEN:
        return OVER_DAILY_LIMIT
    return None


def answers_late(account_reference: str, decided_at: datetime, now: datetime) -> bool:
    """Say whether a bank still answers "pending" for a debit that it has already made."""
    return account_reference.startswith(SLOW) and now < decided_at + SLOW_ANSWER
