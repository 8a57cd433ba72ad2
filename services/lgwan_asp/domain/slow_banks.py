"""How much a bank may guess: when a key is locked for it, and when the bank itself is slowed down.

Pure. A lock belongs to one key and one bank; slowness to one bank at one municipality, for a day.
"""

from __future__ import annotations

from dataclasses import dataclass

PERCENT = 100


@dataclass(frozen=True, slots=True)
class GuessLimits:
    """Limits for one service day (DOMAIN §2.6).

    wrong_numbers_max: wrong confirmation numbers per key and bank before the key is locked;
    slow_after_wrong, slow_share_percent: a bank is slow from that many wrong numbers, if more
    than that share of its inquiries were wrong.
    """

    wrong_numbers_max: int
    slow_after_wrong: int
    slow_share_percent: int


@dataclass(frozen=True, slots=True)
class BankDay:
    """What a bank asked at one municipality on a service day; asked counts wrong and told ones."""

    wrong: int
    asked: int
    locked_keys: int


def is_slow(day: BankDay, limits: GuessLimits) -> bool:
    """Say whether a bank gave too many wrong numbers, both in number and in share."""
    too_large = day.wrong * PERCENT > limits.slow_share_percent * day.asked
    return day.wrong >= limits.slow_after_wrong and too_large
