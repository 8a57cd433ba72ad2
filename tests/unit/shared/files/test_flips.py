"""One wrong byte, filler included, is noticed or changes exactly one value, never a total."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.shared.files.invented import FORMATS
from tests.unit.shared.files.invented_values import Format

EACH_FORMAT = pytest.mark.parametrize("file_format", FORMATS, ids=str)


def _values(header, records):
    places = {}
    for index, record in enumerate([header, *records]):
        names = getattr(record, "__dataclass_fields__", ())
        places |= {(index, name): getattr(record, name) for name in names}
    return places


def silently(file_format: Format, header, records, damaged: bytes) -> str:
    """Return what changed without being noticed, beyond one value; nothing if all is well."""
    loaded = file_format.load(damaged)
    if any(problem.structural for problem in loaded.problems):
        return ""
    if len(loaded.records) != len(records):
        return "count"
    before, after = _values(header, records), _values(loaded.header, loaded.records)
    if sum(before[place] != after[place] for place in before) != 1:
        return "not one value"
    total = sum(file_format.total(record) for record in records)
    return "" if sum(file_format.total(record) for record in loaded.records) == total else "total"


@EACH_FORMAT
def test_each_byte_of_an_invented_file_can_be_wrong_in_its_lowest_bit(file_format: Format):
    written = file_format.write(file_format.header, file_format.records)
    for place, byte in enumerate(written):
        damaged = written[:place] + bytes([byte ^ 0x01]) + written[place + 1 :]
        changed = silently(file_format, file_format.header, file_format.records, damaged)
        assert changed == "", place


@EACH_FORMAT
@given(data=st.data())
def test_any_byte_of_any_file_can_be_wrong_in_any_way(file_format: Format, data):
    header = data.draw(file_format.headers)
    records = data.draw(file_format.record_lists)
    written = file_format.write(header, records)
    place = data.draw(st.integers(0, len(written) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != written[place]))
    damaged = written[:place] + bytes([other]) + written[place + 1 :]
    assert silently(file_format, header, records, damaged) == ""


@EACH_FORMAT
@given(data=st.binary(max_size=1200))
def test_noise_is_refused_with_problems_and_never_with_a_crash(file_format: Format, data):
    assert any(problem.structural for problem in file_format.load(data).problems)
