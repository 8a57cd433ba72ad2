"""A conversion streams: what it holds at any time is a small part of the file."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import repeat
from typing import Any

import pytest

from services.ward_gateway.usecases.check_then_write import Converted, OpenSource
from services.ward_gateway.usecases.convert_assessments import convert_assessments
from services.ward_gateway.usecases.convert_receipts import by_claim, convert_receipts
from services.ward_gateway.usecases.find_changes import Upload, fold_uploads
from services.ward_gateway.usecases.index_breakdowns import index_breakdowns
from services.ward_gateway.usecases.pass_through import pass_through
from shared.files.centre_receipts import stream_centre_receipts
from shared.files.choutei import TABLE, read_choutei
from shared.files.framing import RUN_RECORDS
from shared.files.mobile_regi_receipts import stream_receipts
from shared.keys.channels import Channel
from tests.unit.services.ward_gateway.conversions import (
    CONFIRM,
    READ_RECEIPTS,
    TERMS,
    WRITE_BILLING,
    rows,
)
from tests.unit.shared.files.invented_records import (
    BILLING,
    CENTRE_RECEIPTS,
    RECEIPTS,
    centre_receipt,
    receipt,
)
from tests.unit.shared.files.invented_rows import ASSESSMENT
from tests.unit.shared.files.invented_values import KEY

RECORDS = 1000
A_RUN = RUN_RECORDS + 1
BANKING = replace(receipt(), channel=Channel.MOBILE_BANKING)
BESIDE = rows({})


def _numbered(record: Any, count: int) -> Iterator[Any]:
    name = "record_seq" if hasattr(record, "record_seq") else "record_no"
    return (replace(record, **{name: number}) for number in range(1, count + 1))


def _assessments(count: int) -> Iterator[bytes]:
    return TABLE.stream(_numbered(ASSESSMENT, count))


def _receipts(count: int) -> Iterator[bytes]:
    return stream_centre_receipts(CENTRE_RECEIPTS.header, _numbered(centre_receipt(), count), KEY)


def _banking(count: int) -> Iterator[bytes]:
    return stream_receipts(RECEIPTS.header, repeat(BANKING, count))


def _to_shuno(opened: OpenSource) -> Converted:
    claim_of = by_claim(index_breakdowns(read_choutei(BESIDE)))
    return convert_receipts(opened, read=READ_RECEIPTS, claim_of=claim_of)


CONVERSIONS = {
    "assessments": (
        _assessments,
        partial(convert_assessments, terms=TERMS, confirm=CONFIRM, write=WRITE_BILLING),
    ),
    "receipts": (_receipts, _to_shuno),
    "pass_through": (_banking, pass_through),
}


def _peak(make: Callable[[int], Iterator[bytes]], convert: Any, count: int) -> tuple[int, int]:
    """Return the bytes at the peak of one conversion, and how many bytes came out."""
    written = 0
    tracemalloc.start()
    try:
        for item in convert(partial(make, count)):
            assert isinstance(item, bytes), item
            written += len(item)
        return tracemalloc.get_traced_memory()[1], written
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", CONVERSIONS)
def test_a_conversion_holds_a_small_part_of_what_it_writes(name) -> None:
    make, convert = CONVERSIONS[name]
    _peak(make, convert, A_RUN)  # fills what is kept for good: patterns, cached days and yen
    peak, written = _peak(make, convert, RECORDS)
    assert written > RECORDS * 100
    assert peak < written // 3


def _bytes_a_key(make: Callable[[Any], object], keys: Any) -> float:
    """Return the bytes at the peak of an index, of which sorting takes some for a moment."""
    make(keys[:10])  # fills what is kept for good
    tracemalloc.start()
    try:
        kept = make(keys)
        return tracemalloc.get_traced_memory()[1] / len(keys)
    finally:
        tracemalloc.stop()
        del kept


KEYS, BYTES_PER_KEY = range(1, 2001), 95
"""999,999 keys at that many bytes are what 150 MB leave beside the interpreter."""


def test_what_was_uploaded_takes_some_bytes_a_key() -> None:
    record = BILLING.records[0]
    uploads = [
        replace(record, record_seq=n, notice_number=f"{n:09d}", payment_number=f"{n:018d}")
        for n in KEYS
    ]
    assert 30 < _bytes_a_key(lambda u: fold_uploads([Upload("upload", u)]), uploads) < BYTES_PER_KEY


def test_what_is_assessed_takes_some_bytes_a_claim() -> None:
    claims = [replace(ASSESSMENT, record_no=n, notice_number=f"{n:09d}") for n in KEYS]
    assert 20 < _bytes_a_key(index_breakdowns, claims) < BYTES_PER_KEY
