"""Uploaded billing records, packed: what the centre holds of a million keys, in some 60 MB.

Knows how records are kept and found by claim; what must be changed is another matter. No file, no
store: a record is its digits, two to a byte, and its name, in one long row of bytes.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from operator import attrgetter

import numpy as np
import numpy.typing as npt

from services.ward_gateway.domain.assessments import AssessmentKey
from shared.files.billing import BillingRecord
from shared.files.charset import from_image, to_image
from shared.files.codes import Proc
from shared.kit.money import Yen

Place = tuple[int, BillingRecord]
"""Where a record stands among those that are sorted by claim, and the record."""
# Digits are packed as hexadecimal; the first letter parts them.
BETWEEN = "f"
# What many records share is kept once.
SHARED = (
    *("institution_number", "category", "levy_year", "assessed_year", "instalment"),
    *("account_code", "issue", "slip_type", "description_kana", "due_date", "limit_date"),
    *("effective_from", "delete_reason"),
)

_shared_of = attrgetter(*SHARED)


def claim_of(record: BillingRecord) -> AssessmentKey:
    """Return the claim that a record bills."""
    return record.levy_year, record.notice_number, record.instalment


class PackedUploads:
    """Records in the order in which they were uploaded; after `sort`, found by claim.

    A claim is looked for by its hash and known by itself: that two have the same hash costs time,
    never a mistake.
    """

    def __init__(self) -> None:
        self._claims = array("q")
        self._order: npt.NDArray[np.int32] = np.empty(0, np.int32)
        self._blob, self._ends = bytearray(), array("I", [0])
        self._shared: dict[tuple[object, ...], int] = {}
        self._sharing: list[tuple[object, ...]] = []
        self._procs = bytearray()
        self._live = bytearray()

    def __len__(self) -> int:
        """Return how many records there are, live or not."""
        return len(self._procs)

    def add(self, record: BillingRecord, upload: int) -> None:
        """Keep a record of upload number `upload`."""
        shared = _shared_of(record)
        index = self._shared.get(shared)
        if index is None:
            index = self._shared[shared] = len(self._sharing)
            self._sharing.append(shared)
        digits = BETWEEN.join(
            (
                record.payment_number,
                record.confirmation_number,
                record.notice_number,
                f"{int(record.principal_yen)}f{int(record.late_charge_yen)}f{int(record.fee_yen)}",
                f"{record.record_seq}f{index}f{upload}f",
            )
        )
        packed = bytes.fromhex(digits if len(digits) % 2 == 0 else digits + BETWEEN)
        self._blob.append(len(packed))
        self._blob += packed
        self._blob += to_image(record.payer_name_kana).encode("latin-1")
        self._ends.append(len(self._blob))
        self._procs.append(record.proc)
        self._claims.append(hash(claim_of(record)))

    def sort(self) -> None:
        """Make records findable by claim, those of one claim in the order of upload."""
        claims = np.frombuffer(self._claims, np.int64)
        self._order = np.argsort(claims, kind="stable").astype(np.int32)
        claims.sort(kind="stable")  # in place, as everything here: memory is what this room saves
        self._live = bytearray(len(claims))

    def alone(self) -> npt.NDArray[np.bool_]:
        """Say of each place whether its record is the only one of its hash."""
        claims = np.frombuffer(self._claims, np.int64)
        same = claims[1:] == claims[:-1]
        alone = np.ones(len(claims), np.bool_)
        alone[1:] &= ~same
        alone[:-1] &= ~same
        return alone

    def procs(self) -> npt.NDArray[np.uint8]:
        """Return what is asked for (add, change, delete) at each place."""
        return np.frombuffer(self._procs, np.uint8)[self._order]

    def set_live(self, places: npt.NDArray[np.int64] | list[int]) -> None:
        """Note which records the centre holds."""
        np.frombuffer(self._live, np.uint8)[places] = 1

    def at(self, place: int) -> BillingRecord:
        """Return the record at a place."""
        return self._unpack(int(self._order[place]))[0]

    def number_at(self, place: int) -> int:
        """Return how many records were uploaded before the one at a place."""
        return int(self._order[place])

    def hash_at(self, place: int) -> int:
        """Return the hash by which the claim of a place is looked for."""
        return self._claims[place]

    def upload_of(self, place: int) -> int:
        """Return in which upload the record at a place stands."""
        return self._unpack(int(self._order[place]))[1]

    def live_of(self, claim: AssessmentKey) -> Iterator[Place]:
        """Yield the live records of a claim, in the order of upload."""
        claims, wanted = self._claims, hash(claim)
        place = bisect_left(claims, wanted)
        while place < len(claims) and claims[place] == wanted:
            if self._live[place]:
                record = self.at(place)
                if claim_of(record) == claim:
                    yield place, record
            place += 1

    def live_but(self, places: bytearray) -> Iterator[Place]:
        """Yield every live record whose place is not marked, in the order of upload."""
        left = np.flatnonzero(np.frombuffer(self._live, np.uint8) > np.frombuffer(places, np.uint8))
        in_order = left[np.argsort(self._order[left], kind="stable")]
        for place in in_order:
            yield int(place), self.at(int(place))

    def _unpack(self, number: int) -> tuple[BillingRecord, int]:
        begin, end = self._ends[number], self._ends[number + 1]
        name_at = begin + 1 + self._blob[begin]
        digits = self._blob[begin + 1 : name_at].hex().split(BETWEEN)
        payment, confirmation, notice, *yen, seq, index, upload = digits[:9]
        principal, late_charge, fee = (Yen(int(amount)) for amount in yen)
        shared = dict(zip(SHARED, self._sharing[int(index)], strict=True))
        record = BillingRecord(
            proc=Proc(self._procs[number]),
            record_seq=int(seq),
            payment_number=payment,
            confirmation_number=confirmation,
            notice_number=notice,
            amount_yen=Yen(int(principal) + int(late_charge) + int(fee)),
            principal_yen=principal,
            late_charge_yen=late_charge,
            fee_yen=fee,
            payer_name_kana=from_image(self._blob[name_at:end].decode("latin-1")),
            **shared,  # type: ignore[arg-type]
        )
        return record, int(upload)
