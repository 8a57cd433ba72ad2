"""Uploads checked block by block pass exactly what is passed record by record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import chain, islice, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.files.billing import (
    HASH_LAST,
    HASHED_TRAILER_BYTES,
    LENGTH,
    SEAL_FIRST,
    SEAL_LAST,
    load_billing,
    write_billing,
)
from shared.files.billing_blocks import BLOCK_RECORDS, BillingCheck, NotSurelySound, records_of
from shared.files.columns import columns_unread
from shared.files.framing import CRLF, LF, NO_LINE_END
from shared.files.seals import FileHash, Sealer
from tests.unit.shared.files.invented_records import BILLING
from tests.unit.shared.files.invented_values import KEY, numbered

# Bytes on both sides of every border between classes of characters, as damage that nearly fits.
NEARLY = b"\x00 !0123456789:@AFZ[\\`afgz\xa0\xa1\xde\xdf\xe0\xff"


def _written(count: int, line_end: bytes = NO_LINE_END) -> bytes:
    records = numbered(list(islice(chain.from_iterable(repeat(BILLING.records)), count)))
    return write_billing(BILLING.header, records, KEY, line_end=line_end)


def _checked(content: bytes, key: bytes = KEY):
    """Return header, records and totals of a file that passes whole, else None."""
    try:
        check = BillingCheck(content, key)
        records = [record for block in check.blocks() for record in records_of(block)]
    except NotSurelySound:
        return None
    return check.header, records, check.count, check.total_yen


def _sealed_anew(content: bytes) -> bytes:
    """Compute every seal and the hash again, so that only the damage itself is wrong."""
    sealer, file_hash = Sealer(KEY), FileHash()
    raws = [content[start : start + LENGTH] for start in range(0, len(content), LENGTH)]
    for place, raw in enumerate(raws[:-2]):
        if place:
            seal = sealer.seal(raw[: SEAL_FIRST - 1] + raw[SEAL_LAST : SEAL_LAST + 1])
            raws[place] = raw[: SEAL_FIRST - 1] + seal.encode() + raw[SEAL_LAST:]
        file_hash.update(raws[place])
    file_hash.update(raws[-2][:HASHED_TRAILER_BYTES])
    sha256 = file_hash.hexdigest().encode()
    raws[-2] = raws[-2][:HASHED_TRAILER_BYTES] + sha256 + raws[-2][HASH_LAST:]
    return b"".join(raws)


WRITTEN = _written(6)


def test_the_invented_damage_is_found_by_nothing_but_itself():
    assert _sealed_anew(WRITTEN) == WRITTEN


@given(
    damage=st.lists(
        st.tuples(st.integers(0, len(WRITTEN) - 1), st.sampled_from(NEARLY)), max_size=2
    )
)
def test_what_passes_by_blocks_is_what_has_no_problem_by_records(damage):
    damaged = bytearray(WRITTEN)
    for place, byte in damage:
        damaged[place] = byte
    content = _sealed_anew(bytes(damaged))
    loaded = load_billing(content, KEY)
    checked = _checked(content)
    assert (checked is not None) == (loaded.problems == [])
    if checked is not None:
        assert checked[:2] == (loaded.header, loaded.records)


@given(data=st.data())
def test_any_file_of_ours_passes_with_its_records_count_and_sum(data):
    header, records = data.draw(BILLING.headers), data.draw(BILLING.record_lists)
    content = BILLING.write(header, records)
    total = sum(record.amount_yen for record in records)
    assert _checked(content) == (header, records, len(records), total)


@pytest.mark.parametrize("line_end", [NO_LINE_END, LF, CRLF])
def test_line_ends_may_be_any_of_the_three(line_end):
    checked = _checked(_written(3, line_end))
    assert checked is not None
    assert checked[1] == load_billing(_written(3), KEY).records


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"1",
        WRITTEN[:-1],
        WRITTEN + b" ",
        WRITTEN[LENGTH:],
        WRITTEN[: -2 * LENGTH],
        WRITTEN + WRITTEN,
        WRITTEN[: 2 * LENGTH] + WRITTEN[3 * LENGTH :],
        _written(3, LF)[:-1],
        _written(3, CRLF).replace(CRLF, LF + LF, 1),
        _written(3, LF).replace(LF, b" ", 3),
    ],
)
def test_what_is_no_plain_file_is_left_to_the_reader_of_records(content):
    assert _checked(content) is None


def test_a_wrong_key_passes_nothing():
    assert _checked(WRITTEN, KEY[::-1]) is None


@pytest.fixture(scope="module")
def long_file() -> bytes:
    return _written(BLOCK_RECORDS + 9)


def test_a_file_of_several_blocks_passes_in_its_order(long_file):
    checked = _checked(long_file)
    assert checked is not None
    assert [record.record_seq for record in checked[1]] == list(range(1, BLOCK_RECORDS + 10))


def test_a_fault_in_the_last_block_is_found(long_file):
    damaged = bytearray(long_file)
    damaged[(BLOCK_RECORDS + 5) * LENGTH + 60] ^= 1
    assert _checked(bytes(damaged)) is None


def test_a_block_that_nobody_checked_is_not_read():
    check = BillingCheck(WRITTEN, KEY)
    (block,) = check.blocks()
    raw = block.run.data
    run = type(block.run)(raw[:1] + b"x" + raw[2:], LENGTH, NO_LINE_END)
    with pytest.raises(ValueError, match="not sound"):
        records_of(columns_unread(block.layout, run))


def test_the_header_is_known_before_any_block_is():
    assert BillingCheck(WRITTEN, KEY).header.created_on == date(2025, 6, 2)


def _keys_repeat(content: bytes) -> bool:
    check = BillingCheck(content, KEY)
    assert sum(len(block) for block in check.blocks()) == check.count
    return check.keys_repeat()


def _with_keys(*keys: tuple[str, str]) -> bytes:
    first = BILLING.records[0]
    header = replace(BILLING.header, category="000")
    records = [replace(first, payment_number=number, category=c) for number, c in keys]
    return write_billing(header, numbered(records), KEY)


def test_a_key_that_stands_twice_is_known_and_one_in_two_categories_is_two_keys():
    number, other = "1" * 18, "1" * 17
    assert not _keys_repeat(_with_keys())
    assert not _keys_repeat(_with_keys((number, "341"), (number, "342"), (other, "341")))
    assert _keys_repeat(_with_keys((number, "341"), (other, "341"), (number, "341")))


def test_ten_thousand_neighbouring_keys_do_not_look_alike():
    keys = [(f"{n:018d}", f"{n % 7:03d}") for n in range(10_000)]
    assert not _keys_repeat(_with_keys(*keys))
    assert _keys_repeat(_with_keys(*keys, keys[0]))
