"""Receipts of app banking pass to the standard system byte for byte, and only sound ones."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import partial

import pytest

from services.ward_gateway.usecases.pass_through import pass_through
from shared.files.codes import DataType
from shared.files.framing import CRLF, NO_LINE_END
from shared.files.mobile_regi_receipts import write_receipts
from shared.files.problems import FileRefused
from shared.keys.channels import Channel
from tests.museum.curate import FILES
from tests.unit.services.ward_gateway.conversions import codes, parted
from tests.unit.shared.files.invented_records import RECEIPTS, receipt

BANKING = [
    replace(receipt(kind), channel=Channel.MOBILE_BANKING)
    for kind in (DataType.PRELIMINARY, DataType.CANCELLED)
]
DAMAGED = sorted(
    path
    for path in (FILES / "mobile_regi_receipts").glob("*.dat")
    if not path.stem.startswith("good") and path.stem != "two_blocks"
)


@pytest.mark.parametrize("line_end", [CRLF, NO_LINE_END])
@pytest.mark.parametrize("records", [BANKING, []], ids=["two", "none"])
def test_a_sound_file_comes_out_as_it_went_in(records, line_end) -> None:
    data = write_receipts(RECEIPTS.header, records, line_end=line_end)
    assert parted(pass_through(partial(bytes, data))) == (data, [])
    assert parted(pass_through(partial(io.BytesIO, data))) == (data, [])


def test_several_blocks_pass_too() -> None:
    block = write_receipts(RECEIPTS.header, BANKING).removesuffix(b"9" + b" " * 119 + b"\r\n")
    data = block + write_receipts(RECEIPTS.header, BANKING)
    assert parted(pass_through(partial(bytes, data))) == (data, [])


def test_another_channel_does_not_take_this_way() -> None:
    data = write_receipts(RECEIPTS.header, [receipt()])
    passed, [problem] = parted(pass_through(partial(bytes, data)))
    assert (passed, problem.code) == (b"", "not_app_banking")


@pytest.mark.parametrize("path", DAMAGED, ids=lambda path: path.stem)
def test_no_byte_of_a_damaged_file_passes(path) -> None:
    passed, problems = parted(pass_through(path.read_bytes))
    assert passed == b""
    structural = {problem.code for problem in problems if problem.structural}
    assert structural - {"not_app_banking"}


def test_a_file_that_changes_while_it_passes_is_refused() -> None:
    data = write_receipts(RECEIPTS.header, BANKING)
    contents = [data, data.replace(b"\r\n", b"\n")]
    with pytest.raises(FileRefused) as caught:
        list(pass_through(lambda: contents.pop(0)))
    assert codes(caught.value.problems) == ["source_changed"]
