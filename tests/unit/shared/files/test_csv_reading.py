"""Tests of reading a CSV many lines at a time: it must say what a look at each line would say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.files import (
    billing_results,
    choutei,
    keisansho,
    nofu_jutaku_hokoku,
    receipts_csv,
    receipts_csv_129,
    suito_nippyo,
)
from shared.files.csv_rows import (
    CP932_BY_COLUMN,
    PIECE_BYTES,
    UTF_8_RFC_4180,
    Broken,
    decoded,
    encoded,
    line_batches,
    plain_rows,
    split_row,
)
from tests.unit.shared.files.invented import FORMATS

MODULES = (
    *(billing_results, choutei, keisansho, nofu_jutaku_hokoku),
    *(receipts_csv, receipts_csv_129, suito_nippyo),
)
TABLES = {module.__name__.rpartition(".")[2]: module.TABLE for module in MODULES}
CSVS = [file_format for file_format in FORMATS if file_format.name in TABLES]
EACH_CSV = pytest.mark.parametrize("file_format", CSVS, ids=str)


def _one_by_one(table, raws):
    rows = [split_row(raw, table.dialect) for raw in raws]
    return [row if isinstance(row, Broken) else table.decode(row) for row in rows]


def test_every_csv_is_tried_here():
    assert len(CSVS) == len(TABLES)


@EACH_CSV
def test_sound_lines_are_decoded_together_as_they_are_one_by_one(file_format):
    table = TABLES[file_format.name]
    _, *raws = file_format.write(file_format.header, file_format.records).split(b"\r\n")[:-1]
    assert list(table.decode_all(raws)) == _one_by_one(table, raws) == file_format.records


@EACH_CSV
@given(data=st.data())
def test_lines_with_a_wrong_byte_are_never_decoded_together_otherwise(file_format, data):
    table = TABLES[file_format.name]
    # Always the same rows: to invent others takes most of the time, and the next test does it.
    written = file_format.write(file_format.header, file_format.records)
    _, *raws = (written if written.count(b"\r\n") > 1 else written * 2).split(b"\r\n")[:-1]
    line = data.draw(st.integers(0, len(raws) - 1))
    place = data.draw(st.integers(0, len(raws[line])))
    wrong = data.draw(st.binary(max_size=2) | st.sampled_from([b'"', b",", b'""', b"\n", b"\x81"]))
    raws[line] = raws[line][:place] + wrong + raws[line][place + 1 :]
    together = table.decode_all(raws)
    if together is not None:
        assert list(together) == _one_by_one(table, raws)


@EACH_CSV
@given(data=st.data())
def test_a_damaged_file_says_the_same_whole_and_line_by_line(file_format, data):
    written = file_format.write(file_format.header, data.draw(file_format.record_lists))
    place = data.draw(st.integers(0, len(written) - 1))
    damaged = written[:place] + data.draw(st.binary(max_size=2)) + written[place + 1 :]
    lines = [line + b"\r\n" for line in damaged.split(b"\r\n")]
    lines[-1] = lines[-1][:-2]
    assert file_format.load(lines) == file_format.load(damaged)


def test_a_line_end_between_two_pieces_is_a_line_end():
    first = b"x" * (PIECE_BYTES - 1)
    short = [b"x" * 1000] * (PIECE_BYTES // 1002)
    block = b"".join(line + b"\r\n" for line in short)
    padded = block + b"y" * (PIECE_BYTES - len(block) - 1) + b"\r\nz\r\n"
    batches = list(line_batches([padded]))
    assert b"".join(line + b"\r\n" for batch in batches for line in batch) == padded
    [broken] = line_batches([first])
    assert broken.code == "row_too_long"


@pytest.mark.parametrize(
    ("line", "parts", "quoted"),
    [
        (b"", [""], [False]),
        (b",", ["", ""], [False, False]),
        (b'"",', ["", ""], [True, False]),
        (b'a,"b,""c"""', ["a", 'b,"c"'], [False, True]),
    ],
)
def test_a_line_is_taken_apart_with_its_quotes_told(line, parts, quoted):
    assert split_row(line, UTF_8_RFC_4180) == (parts, quoted)


@pytest.mark.parametrize("line", [b'"', b'a"b', b'"a"b', b'"a,b', b'a,"b"c', b'"""'])
def test_a_line_with_broken_quotes_is_no_row_in_either_way(line):
    assert split_row(line, UTF_8_RFC_4180).code == "broken_quoting"
    assert plain_rows([b"a", line], UTF_8_RFC_4180) is None


def test_cp932_takes_only_the_bytes_that_it_would_write():
    double = bytes([0xFA, 0x54])
    assert double.decode("cp932") == "￢"
    assert decoded(double, CP932_BY_COLUMN) is None
    assert decoded(bytes([0x81, 0xCA]), CP932_BY_COLUMN) == "￢"


@pytest.mark.parametrize("text", ["〜", "−", "¬", "¥", "한"])
def test_cp932_writes_no_character_that_would_come_back_as_another(text):
    assert encoded(text, CP932_BY_COLUMN) is None


@given(st.text(max_size=20))
def test_what_a_dialect_can_write_it_reads_back(text):
    for dialect in (CP932_BY_COLUMN, UTF_8_RFC_4180):
        raw = encoded(text, dialect)
        assert raw is None or decoded(raw, dialect) == text
