"""What `mesh files` refuses before it reads a record: it says why, and calls no file bad."""

from __future__ import annotations

import json
import os

import pytest

from tests.unit.deploy.invented_files import BILLING_TERMS, CONTRACT, exhibit, make_desk
from tests.unit.services.ward_gateway.conversions import rows

TO_BILLING = ("--to", "billing", *BILLING_TERMS)


@pytest.fixture
def desk(mesh, tmp_path):
    return make_desk(mesh, tmp_path / "desk")


def _complaint(desk, *arguments: str) -> str:
    result = desk.files(*arguments, "--json")
    assert result.exit_code == 1
    return json.loads(result.stdout)["error"]["code"]


@pytest.fixture
def pipe(desk):
    path = desk.folder / "pipe"
    os.mkfifo(path)
    return str(path)


def test_a_pipe_is_no_empty_file(desk, pipe) -> None:
    assert _complaint(desk, "check", pipe) == "not_a_plain_file"
    assert _complaint(desk, "show", pipe) == "not_a_plain_file"
    assert _complaint(desk, "diff", exhibit("choutei/good.csv"), pipe) == "not_a_plain_file"


def test_a_conversion_reads_twice_so_it_takes_no_pipe_whatever_the_format(desk, pipe) -> None:
    out = ("--out", str(desk.out("b.dat")))
    named = ("--format", "choutei", *TO_BILLING, *out)
    assert _complaint(desk, "convert", pipe, *named) == "not_a_plain_file"
    receipts = ("convert", exhibit("centre_receipts/good.dat"), "--to", "shuno", *out)
    assert _complaint(desk, *receipts, "--beside", pipe) == "not_a_plain_file"
    assert not desk.out("b.dat").exists()


@pytest.mark.parametrize("command", ["check", "show"])
def test_an_empty_file_is_said_to_be_empty_in_both_languages(desk, command) -> None:
    path = desk.put("nothing.dat", b"")
    assert _complaint(desk, command, path) == "file_empty"
    said = desk.files(command, path).stderr
    assert "空のファイルです" in said
    assert "is empty (0 bytes)" in said


@pytest.mark.parametrize("name", ["a folder", "not there"])
@pytest.mark.parametrize("named", [(), ("--format", "billing")])
def test_what_cannot_be_read_is_no_bad_file(desk, name, named) -> None:
    (desk.folder / "a folder").mkdir()
    path = str(desk.folder / name)
    assert _complaint(desk, "check", path, *named) == "file_not_read"
    assert "を読めません" in desk.files("check", path, *named).stderr


@pytest.mark.parametrize(
    "more",
    [
        ("--received-on", "20250603"),
        ("--received-on", "2025-W23-2"),
        ("--received-on", "2025-6-3"),
    ],
)
def test_a_day_has_one_spelling(desk, more) -> None:
    assert desk.files("check", exhibit("zengin_deposits/good.dat"), *more).exit_code == 2


@pytest.mark.parametrize(
    "made_at", ["2025-06-02", "2025-06-02T10:00+00:00", "2025-06-02T10:00Z", "2025-06-02 10:00"]
)
def test_a_time_in_tokyo_bears_no_offset_and_a_day_is_no_time(desk, made_at) -> None:
    source = desk.put("a.csv", rows({}))
    arguments = ("convert", source, *TO_BILLING, "--made-at", made_at)
    assert desk.files(*arguments).exit_code == 2


@pytest.mark.parametrize("sequence", ["0", "1000000"])
def test_a_file_number_has_six_digits(desk, sequence) -> None:
    source = desk.put("a.csv", rows({}))
    assert desk.files("convert", source, *TO_BILLING, "--sequence", sequence).exit_code == 2


@pytest.mark.parametrize("name", ["ｼﾝｼﾞﾕｸｸ" * 6, "新宿区"])
def test_a_header_that_cannot_be_written_is_a_problem_and_no_crash(desk, name) -> None:
    contract = desk.put("c.json", json.dumps({**CONTRACT, "name_kana": name}).encode())
    out = desk.out("b.dat")
    source = desk.put("a.csv", rows({}))
    more = ("--contract", contract, "--out", str(out), "--json")
    result = desk.files("convert", source, *TO_BILLING, *more)
    said = json.loads(result.stdout)
    assert result.exit_code == 1
    assert said["refused"]
    assert [problem["field"] for problem in said["problems"]] == ["institution_name_kana"]
    assert not out.exists()


def test_formats_that_are_not_alike_are_not_compared(desk) -> None:
    arguments = ("diff", exhibit("choutei/good.csv"), exhibit("shuno/good.csv"))
    assert _complaint(desk, *arguments) == "formats_differ"
    assert "比べられません" in desk.files(*arguments).stderr


def test_a_file_that_only_ends_its_lines_otherwise_says_so_where_it_begins(desk) -> None:
    path = desk.put("unix.csv", rows({}, {}).replace(b"\r\n", b"\n"))
    [problem] = desk.document("check", path)["problems"]
    assert (problem["line"], problem["code"]) == (1, "broken_line_end")
    assert problem["value"] == repr(b"e,addr1,addr2\n"[-8:])
    assert "CR+LF" in problem["japanese"]
