"""Which claims were paid, and where: from receipts as they went to the standard system.

Memory: some 90 bytes a receipt at its peak, for receipts and claims are kept by their digests.
"""

from __future__ import annotations

from array import array
from collections.abc import Container, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from services.ward_gateway.domain.assessments import AssessmentKey
from shared.files.codes import DataType
from shared.files.problems import FileProblem, refuse_if_structural
from shared.files.shuno import ReceiptRow
from shared.keys.channels import Channel


class YenByClaim(Protocol):
    """Yen by claim: a dict will do, for a few."""

    def get(self, key: AssessmentKey, default: int, /) -> int:
        """Return a claim's yen, or the default."""


@dataclass(frozen=True, slots=True)
class PaidClaims:
    """Claims with a live Pay-easy receipt, and the yen that other channels brought, by claim.

    lump_sums: 賦課年度 and 通知書番号 of notices with a live receipt of a lump sum (期 00).
    """

    at_centre: Container[AssessmentKey]
    elsewhere_yen: YenByClaim
    lump_sums: Container[tuple[int, str]] = frozenset()


NOTHING_PAID = PaidClaims(frozenset(), {})
LUMP_SUM_INSTALMENT = 0
_CANCELLED, _AT_CENTRE, _ELSEWHERE, _NAMES_NO_CLAIM = range(4)
_DIGEST: Final = np.dtype([("high", "<u8"), ("low", "<u4")])


def index_paid_claims(items: Iterable[ReceiptRow | FileProblem]) -> PaidClaims:
    """Fold shuno.csv as its reader streams it; FileRefused, with all problems, if it is bad.

    A receipt counts once, as 01 or 02; a 03 takes its 01 back. Receipts that name no claim are
    left aside. A lump sum pays instalments that no column of shuno.csv names: its notice is kept,
    so that whoever looks at one of them can be told.
    """
    told, problems = _Told(), []
    for item in items:
        if isinstance(item, FileProblem):
            problems.append(item)
        else:
            told.add(item)
    refuse_if_structural(problems)
    return told.fold()


class _Told:
    """What each row told, in the order of the file."""

    def __init__(self) -> None:
        self._receipts, self._claims = bytearray(), bytearray()
        self._yen, self._kinds = array("q"), bytearray()
        self._lump_sums: dict[int, tuple[int, str]] = {}

    def add(self, row: ReceiptRow) -> None:
        kind, claim = _NAMES_NO_CLAIM, b"\0" * _DIGEST.itemsize
        if row.data_type is DataType.CANCELLED:
            kind = _CANCELLED
        elif row.levy_year is not None and row.instalment is not None:
            kind = _AT_CENTRE if row.channel is Channel.PAYEASY else _ELSEWHERE
            claim = _digest(row.levy_year, row.notice_number, row.instalment)
            if row.instalment == LUMP_SUM_INSTALMENT:
                self._lump_sums[len(self._kinds)] = (row.levy_year, row.notice_number)
        self._receipts += _digest(row.receipt_id)
        self._claims += claim
        self._yen.append(int(row.amount_yen))
        self._kinds.append(kind)

    def fold(self) -> PaidClaims:
        """Let the last word on each receipt hold, and add up what is live by claim."""
        last = self._last_words()
        kinds = np.frombuffer(self._kinds, np.uint8)[last]
        live = set(last.tolist()) if self._lump_sums else set()
        return PaidClaims(
            self._by_claim(last[kinds == _AT_CENTRE]),
            self._by_claim(last[kinds == _ELSEWHERE]),
            frozenset(notice for place, notice in self._lump_sums.items() if place in live),
        )

    def _last_words(self) -> npt.NDArray[np.int32]:
        receipts = np.frombuffer(self._receipts, _DIGEST)
        order = _sorted(receipts)
        last = order[_ends(receipts, order)]
        del receipts
        self._receipts = bytearray()  # memory is what this room saves
        return last

    def _by_claim(self, chosen: npt.NDArray[np.int32]) -> _Claims:
        claims = np.frombuffer(self._claims, _DIGEST)[chosen]
        order = _sorted(claims)
        ends = np.flatnonzero(_ends(claims, order))
        yen = np.frombuffer(self._yen, np.int64)[chosen[order]]
        sums = np.diff(np.cumsum(yen)[ends], prepend=0)
        return _Claims(claims[order[ends]], sums)


class _Claims:
    """Claims by their digest, sorted, and the yen of each. No two share 96 bits."""

    def __init__(self, claims: npt.NDArray[Any], yen: npt.NDArray[np.int64]) -> None:
        self._high, self._low, self._yen = claims["high"].copy(), claims["low"].copy(), yen

    def __contains__(self, key: object) -> bool:
        return isinstance(key, tuple) and self._place(key) is not None

    def get(self, key: AssessmentKey, default: int, /) -> int:
        place = self._place(key)
        return default if place is None else int(self._yen[place])

    def _place(self, key: tuple[object, ...]) -> int | None:
        digest = np.frombuffer(_digest(*key), _DIGEST)[0]
        place = int(np.searchsorted(self._high, digest["high"]))
        while place < len(self._high) and self._high[place] == digest["high"]:
            if self._low[place] == digest["low"]:
                return place
            place += 1
        return None


def _digest(*parts: object) -> bytes:
    return blake2b("/".join(map(str, parts)).encode(), digest_size=_DIGEST.itemsize).digest()


def _sorted(digests: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
    """Return the order that sorts; equal ones stay in the order in which they came."""
    return np.lexsort((digests["low"], digests["high"])).astype(np.int32)


def _ends(digests: npt.NDArray[Any], order: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Say of each of the digests, in that order, whether it is the last of its equals."""
    ends = np.ones(len(order), np.bool_)
    for half in ("high", "low"):
        ordered = digests[half][order]
        differs = ordered[1:] != ordered[:-1]
        ends[:-1] = differs if half == "high" else ends[:-1] | differs
    return ends
