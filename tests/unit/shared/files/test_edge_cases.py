"""Edge cases of DOMAIN §11 that are no fault of a file: it is sound, and the ward must judge them.

A receipts file carries what happened, in its order; a reader that refused it would lose money.
"""

from __future__ import annotations

from datetime import date

import pytest

from shared.files.centre_receipts import load_centre_receipts, write_centre_receipts
from shared.files.codes import DataType
from shared.files.mobile_regi_receipts import load_receipts, write_receipts
from tests.unit.shared.files.invented_records import (
    CENTRE_HEADER,
    RECEIPTS_HEADER,
    centre_receipt,
    receipt,
)
from tests.unit.shared.files.invented_values import KEY, numbered

PRELIMINARY, CONFIRMED, CANCELLED = DataType.PRELIMINARY, DataType.CONFIRMED, DataType.CANCELLED
AMOUNT_YEN = 33_138

pytestmark = pytest.mark.usefixtures("either_way")


def _app_file(*kinds: DataType):
    """Write and read the receipts of Mobile Regi; a receipt after a 03 came four minutes later."""
    records = []
    for kind in kinds:
        later = "1205" if CANCELLED in [each.data_type for each in records] else "1201"
        reason = 1 if kind is CANCELLED else None
        paid = date(2025, 6, 10) if kind is CONFIRMED else None
        at = {"paid_at_hhmm": later, "cancel_reason": reason, "transfer_date": paid}
        records.append(receipt(data_type=kind, **at))
    written = write_receipts(RECEIPTS_HEADER, records, line_end=b"")
    return written, records, load_receipts(written)


def _centre_file(*kinds: DataType):
    records = numbered([centre_receipt(kind) for kind in kinds])
    written = write_centre_receipts(CENTRE_HEADER, records, KEY)
    return written, records, load_centre_receipts(written, KEY)


EACH_FILE = pytest.mark.parametrize(
    ("made", "length", "total"),
    [(_app_file, 120, slice(7, 19)), (_centre_file, 200, slice(7, 20))],
    ids=["mobile_regi_receipts", "centre_receipts"],
)


def _trailer(written: bytes, length: int, total: slice) -> tuple[int, int]:
    """Return the count and the sum of all receipts, as the trailer says them."""
    trailer = written[-2 * length : -length]
    return int(trailer[1:7]), int(trailer[total])


@EACH_FILE
def test_edge_case_06_a_01_its_03_and_a_new_01_of_one_day_stand_in_one_file(made, length, total):
    written, records, loaded = made(PRELIMINARY, CANCELLED, PRELIMINARY)
    assert (loaded.problems, loaded.records) == ([], records)
    # Every record counts, unsigned: nothing is taken off anything.
    assert _trailer(written, length, total) == (3, 3 * AMOUNT_YEN)


@EACH_FILE
def test_edge_case_07_a_02_without_its_01_is_no_fault_of_the_file(made, length, total):
    written, records, loaded = made(CONFIRMED)
    assert (loaded.problems, loaded.records) == ([], records)
    assert _trailer(written, length, total) == (1, AMOUNT_YEN)


@EACH_FILE
def test_edge_case_08_a_03_after_a_02_is_no_fault_of_the_file(made, length, total):
    written, records, loaded = made(PRELIMINARY, CONFIRMED, CANCELLED)
    assert (loaded.problems, loaded.records) == ([], records)
    assert _trailer(written, length, total) == (3, 3 * AMOUNT_YEN)
