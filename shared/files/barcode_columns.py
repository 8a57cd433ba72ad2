"""Barcodes of many receipts at once: whether a slip may bear each of them, and their yen together.

Knows the 44 digits, no record. Like every look at columns it only concludes that all are sound;
what is wrong with one is said by shared.keys.barcode (decision 0015).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.keys.barcode import (
    APPLICATION_IDENTIFIER,
    BARCODE_AMOUNT_CAP_YEN,
    BARCODE_DIGITS,
    demand_barcode_rules,
)
from shared.keys.problems import KeyProblem

if TYPE_CHECKING:
    from shared.files.columns import Columns

# The weights of modulus 10 weight 3; with the check digit itself the sum is a multiple of 10.
_WEIGHTS = (3, 1) * (BARCODE_DIGITS // 2)
# Limit date and stamp flag, as a part of the text; the amount by its printed positions.
_LIMIT_AND_FLAG = slice(30, 37)
_AMOUNT = (38, 43)


class BarcodeColumns:
    """Looks at the field `barcode` of runs; remembers the limit dates that it found sound."""

    def __init__(self) -> None:
        self._sound_limits: set[str] = set()

    def total_yen(self, columns: Columns) -> int | None:
        """Return the sum of a run's amounts, or None if any of its barcodes is not sound."""
        amounts = columns.numbers_within("barcode", *_AMOUNT)
        if amounts.max() > BARCODE_AMOUNT_CAP_YEN or not self._hold(columns):
            return None
        return int(amounts.sum())

    def _hold(self, columns: Columns) -> bool:
        """Tell whether all barcodes are whole and have sound limit dates and stamp flags.

        Many share theirs, so one barcode is asked on behalf of all that have the same.
        """
        identifiers = columns.numbers_within("barcode", 1, len(APPLICATION_IDENTIFIER))
        if (identifiers != int(APPLICATION_IDENTIFIER)).any():
            return False
        if (columns.weighted("barcode", _WEIGHTS) % 10).any():
            return False
        examples = {barcode[_LIMIT_AND_FLAG]: barcode for barcode in columns["barcode"]}
        for limit in examples.keys() - self._sound_limits:
            try:
                demand_barcode_rules(examples[limit])
            except KeyProblem:
                return False
            self._sound_limits.add(limit)
        return True
