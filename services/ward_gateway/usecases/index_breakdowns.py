"""What is assessed, laid out by claim, for whoever splits receipts: the one thing that is indexed.

Memory grows with the number of claims here, packed in some 40 bytes each, not with the receipts.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from typing import Protocol

import numpy as np

from services.ward_gateway.domain.assessments import AssessmentKey
from services.ward_gateway.domain.breakdowns import Breakdown
from shared.files.choutei import Assessment as Row
from shared.files.codes import Proc
from shared.files.problems import FileProblem, refuse_if_structural
from shared.kit.money import Yen


class Breakdowns(Protocol):
    """What is assessed on a claim, if anything is: a dict will do, for a few."""

    def get(self, key: AssessmentKey, /) -> Breakdown | None:
        """Return what is assessed on a claim, or None."""


# Digits are packed as hexadecimal, two to a byte; this letter parts them.
BETWEEN = "f"


class PackedBreakdowns:
    """Breakdowns of many claims, packed; after `sort`, found by claim.

    A claim is looked for by its hash and known by itself: that two have the same hash costs time,
    never a mistake.
    """

    def __init__(self) -> None:
        self._claims = array("q")
        self._order = array("i")
        self._blob, self._ends = bytearray(), array("I", [0])
        self._accounts: dict[str, int] = {}
        self._account_codes: list[str] = []

    def add(self, key: AssessmentKey, breakdown: Breakdown | None) -> None:
        """Lay out a claim, or take it away (None); the last word on a claim holds."""
        year, notice, instalment = key
        digits = f"{year}f{notice}f{instalment}f"
        if breakdown is not None:
            account = self._accounts.get(breakdown.account_code)
            if account is None:
                account = self._accounts[breakdown.account_code] = len(self._account_codes)
                self._account_codes.append(breakdown.account_code)
            parts = (
                *(breakdown.assessed_year, account, breakdown.year_class),
                *map(int, (breakdown.medical_yen, breakdown.support_yen, breakdown.care_yen)),
                *map(int, (breakdown.child_yen, breakdown.late_charge_yen, breakdown.fee_yen)),
            )
            digits += BETWEEN.join(map(str, parts)) + BETWEEN
        self._blob += bytes.fromhex(digits if len(digits) % 2 == 0 else digits + BETWEEN)
        self._ends.append(len(self._blob))
        self._claims.append(hash(key))

    def sort(self) -> None:
        """Make claims findable."""
        claims = np.frombuffer(self._claims, np.int64)
        order = np.argsort(claims, kind="stable").astype(np.int32)
        self._order = array("i", order.tobytes())
        claims.sort(kind="stable")  # in place: memory is what this room saves

    def get(self, key: AssessmentKey, /) -> Breakdown | None:
        """Return what is assessed on a claim, or None."""
        claims, wanted, found = self._claims, hash(key), None
        year, notice, instalment = key
        words = [str(year), notice, str(instalment)]
        place = bisect_left(claims, wanted)
        while place < len(claims) and claims[place] == wanted:
            number = self._order[place]
            packed = self._blob[self._ends[number] : self._ends[number + 1]]
            digits = packed.hex().split(BETWEEN)
            if digits[:3] == words:
                found = digits
            place += 1
        return None if found is None else self._breakdown(found[3:])

    def _breakdown(self, digits: list[str]) -> Breakdown | None:
        if not any(digits):
            return None
        # The digits end with one or two letters: what stands behind the last is empty.
        assessed_year, account, year_class, *yen = map(int, filter(None, digits))
        return Breakdown(assessed_year, self._account_codes[account], year_class, *map(Yen, yen))


def index_breakdowns(items: Iterable[Row | FileProblem]) -> Breakdowns:
    """Index choutei.csv as its reader streams it; FileRefused, with all problems, if it is bad.

    A later row of a claim takes the place of an earlier one; a row with 処理区分 3 takes it away.
    """
    found = PackedBreakdowns()
    problems = []
    for item in items:
        if isinstance(item, FileProblem):
            problems.append(item)
            continue
        key = (item.levy_year, item.notice_number, item.instalment)
        found.add(key, None if item.proc is Proc.DELETE else _of_row(item))
    refuse_if_structural(problems)
    found.sort()
    return found


def _of_row(row: Row) -> Breakdown:
    return Breakdown(
        row.assessed_year,
        row.account_code,
        row.year_class,
        row.medical_yen,
        row.support_yen,
        row.care_yen,
        row.child_yen,
        row.late_charge_yen,
        row.fee_yen,
    )
