"""Records taken together are what they are one by one, sound or damaged (decision 0011)."""

from __future__ import annotations

import subprocess
import sys
from itertools import chain, islice, repeat
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.files import (
    billing,
    centre_receipts,
    convenience_receipts_a,
    convenience_receipts_b,
    direct_debit_results,
    mobile_regi_receipts,
    zengin_deposits,
    zengin_statement,
)
from shared.files.blocks import BlockRules, read_blocks
from shared.files.framing import RUN_RECORDS
from shared.files.problems import FileProblem
from tests.unit.shared.files.invented import FORMATS
from tests.unit.shared.files.invented_records import DEPOSITS, RECEIPTS
from tests.unit.shared.files.invented_values import KEY, RECEIVED_ON, Format, numbered
from tests.unit.shared.files.run_lengths import ALWAYS_SINGLY, ALWAYS_TOGETHER, runs_from

# A file of ours that has records of one length begins with a header, whose first byte is 1.
FIXED = [each for each in FORMATS if each.write(each.header, []).startswith(b"1")]
EACH_FORMAT = pytest.mark.parametrize("file_format", FIXED, ids=str)
BIG = 10**9
# Bytes on both sides of every border between classes of characters, as damage that nearly fits.
NEARLY = b"\x00 !0123569:@AFZ[\\`afgz\xa0\xa1\xde\xdf\xe0\xff"


def _pieces(written: bytes, records: int, stride: int) -> list[bytes]:
    """Cut a file so that a reader gets so many records at a time."""
    size = min(stride * records, len(written))
    return [written[start : start + size] for start in range(0, len(written), size)]


def _stride(written: bytes) -> int:
    return len(written) - written.rstrip(b" \r\n").rindex(b"9")


def _both(file_format: Format, source):
    with runs_from(ALWAYS_TOGETHER):
        together = file_format.load(source)
    with runs_from(ALWAYS_SINGLY):
        return together, file_format.load(source)


def _many(file_format: Format, count: int):
    records = list(islice(chain.from_iterable(repeat(file_format.records)), count))
    return numbered(records) if hasattr(records[0], "record_seq") else records


@EACH_FORMAT
@given(
    damage=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.sampled_from(NEARLY))),
    records=st.sampled_from([1, 2, 7, BIG]),
)
def test_both_ways_of_reading_give_the_same_items(file_format: Format, damage, records):
    written = _written(file_format, 9)
    damaged = bytearray(written)
    for place, byte in damage:
        damaged[int(place * len(damaged))] = byte
    together, singly = _both(file_format, _pieces(bytes(damaged), records, _stride(written)))
    assert together == singly


@EACH_FORMAT
@pytest.mark.parametrize(
    ("count", "at_a_time"),
    [(30, 1), (30, 2), (30, 7), (2 * RUN_RECORDS + 9, RUN_RECORDS), (2 * RUN_RECORDS + 9, BIG)],
)
def test_a_long_file_is_the_same_in_runs_of_any_length(file_format: Format, count, at_a_time):
    written = _written(file_format, count)
    with runs_from(ALWAYS_TOGETHER):
        loaded = file_format.load(_pieces(written, at_a_time, _stride(written)))
    records = _many(file_format, count)
    assert loaded.problems == []
    assert loaded.records == records
    assert [type(value) for record in loaded.records[:9] for value in _values(record)] == [
        type(value) for record in records[:9] for value in _values(record)
    ]


def _written(file_format: Format, count: int) -> bytes:
    return file_format.write(file_format.header, _many(file_format, count))


def _values(record):
    return [getattr(record, name) for name in record.__dataclass_fields__]


@EACH_FORMAT
def test_one_wrong_byte_in_a_long_file_is_told_as_if_read_singly(file_format: Format):
    written = _written(file_format, RUN_RECORDS + 99)
    stride = _stride(written)
    random = Random(11)
    for _ in range(4):
        place = random.randrange(stride, len(written))
        damaged = written[:place] + bytes([random.choice(NEARLY)]) + written[place + 1 :]
        assert file_format.load(damaged) == _both(file_format, damaged)[1]


RULES = {
    "mobile_regi_receipts": (mobile_regi_receipts._Rules, ()),
    "billing": (billing._Rules, (KEY,)),
    "centre_receipts": (centre_receipts._Rules, (KEY,)),
    "zengin_deposits": (zengin_deposits._Rules, (RECEIVED_ON,)),
    "zengin_statement": (zengin_statement._Rules, (RECEIVED_ON,)),
    "convenience_receipts_a": (convenience_receipts_a._Rules, ()),
    "convenience_receipts_b": (convenience_receipts_b._Rules, ()),
    "direct_debit_results": (direct_debit_results._Rules, ()),
}


@pytest.mark.parametrize("name", RULES)
def test_items_come_in_the_file_s_order_either_way(name):
    rules, arguments = RULES[name]
    [file_format] = [each for each in FIXED if each.name == name]
    written = bytearray(_written(file_format, 40))
    stride = _stride(bytes(written))
    for line in (3, 4, 20, 38):
        written[line * stride + rules.length - 1] ^= 0x10  # the last byte of the filler
    with runs_from(5):
        together = list(read_blocks(bytes(written), rules(*arguments)))
    with runs_from(ALWAYS_SINGLY):
        assert together == list(read_blocks(bytes(written), rules(*arguments)))
    kinds = [type(item) is FileProblem for item in together]
    assert kinds[3] == kinds[4] is True
    assert len(kinds) >= 41


@pytest.mark.parametrize("name", RULES)
@given(data=st.data())
def test_sound_records_are_taken_together_and_not_looked_at_singly(name, data):
    rules, arguments = RULES[name]

    class Together(rules):
        run_min = ALWAYS_TOGETHER

        def take(self, values, raw):
            raise AssertionError(values)

    [file_format] = [each for each in FIXED if each.name == name]
    records = data.draw(file_format.record_lists)
    written = file_format.write(data.draw(file_format.headers), records)
    assert list(read_blocks(written, Together(*arguments)))[1:] == records


class _NothingSpecial(mobile_regi_receipts._Rules):
    """A format that says nothing of runs."""

    take_run = BlockRules.take_run


@pytest.mark.parametrize("damage", [b"", b"1", b"0", b"X"])
def test_a_format_that_does_nothing_special_is_read_rightly_all_the_same(damage):
    written = bytearray(RECEIPTS.write(RECEIPTS.header, _many(RECEIPTS, 70)))
    written[122 * 9 + 58 : 122 * 9 + 58 + len(damage)] = damage
    with runs_from(ALWAYS_TOGETHER):
        together = list(read_blocks(bytes(written), _NothingSpecial()))
    with runs_from(ALWAYS_SINGLY):
        assert together == list(mobile_regi_receipts.read_receipts(bytes(written)))


def test_deposits_of_format_b_are_read_either_way():
    written = bytearray(DEPOSITS.write(DEPOSITS.header, DEPOSITS.records))
    for line in (1, 2):
        amounts = written[line * 200 + 19 : line * 200 + 39]
        wider = b"00" + amounts[:10] + b"00" + amounts[10:]
        written[line * 200 + 128 : line * 200 + 152] = wider
        written[line * 200 + 152 : line * 200 + 200] = b" " * 48
    together, singly = _both(DEPOSITS, bytes(written))
    assert together == singly
    assert len(together.records) == 2
    assert together.problems == []


def test_a_reader_of_a_file_without_end_gives_records_all_the_same():
    written = RECEIPTS.write(RECEIPTS.header, RECEIPTS.records)
    header, data = written[:122], written[122 : 122 * 2]
    endless = chain([header], repeat(data * 100))
    items = list(islice(mobile_regi_receipts.read_receipts(endless), 5000))
    assert items[1:] == [RECEIPTS.records[0]] * 4999


def test_short_files_do_without_numpy():
    program = (
        "import sys, shared.files.billing as b\n"
        "list(b.read_billing(b'1' + b' ' * 255 + b'2' * 256 * 9, bytes(32)))\n"
        "sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
