"""Every byte of every format's file, wrong in the ways in which bytes go wrong most."""

from __future__ import annotations

import pytest

from tests.unit.shared.files.invented import FORMATS
from tests.unit.shared.files.invented_values import Format
from tests.unit.shared.files.test_flips import silently

# The usual fillers and a letter, in a CSV a quote; the lowest bit has a test of its own.
OTHERS = b"0 A"
OTHERS_IN_CSV = b'0 A"'


@pytest.mark.parametrize("file_format", FORMATS, ids=str)
def test_each_byte_of_an_invented_file_can_be_wrong_in_many_ways(file_format: Format):
    written = file_format.write(file_format.header, file_format.records)
    others = OTHERS_IN_CSV if b"," in written[:40] else OTHERS
    for place, byte in enumerate(written):
        for other in {*others} - {byte}:
            damaged = written[:place] + bytes([other]) + written[place + 1 :]
            changed = silently(file_format, file_format.header, file_format.records, damaged)
            assert changed == "", (place, other)
