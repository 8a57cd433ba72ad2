"""`mesh files check` tells a clerk what is wrong and where, in Japanese and English."""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import ExitStack
from pathlib import Path

import pytest

from deploy.cli.files import _as_document, _checked
from deploy.cli.opened_files import opened
from deploy.home import Home
from shared.files.explanations import EXPLANATIONS
from tests.museum.curate import FILES
from tests.unit.deploy.command_line import CommandLine
from tests.unit.deploy.invented_files import exhibit, make_desk
from tests.unit.shared.files.test_formats import NOT_RECOGNISED, TAKEN_FOR

LABELS = sorted(FILES.rglob("*.json"))
# Of each format the first exhibit that has problems: those go through the command itself.
BROKEN = {label.parent: label for label in reversed(LABELS) if '"code"' in label.read_text("utf-8")}
EVERY_PROBLEM = 10_000
# Read by its label with another day of receipt, or without the row by which it is recognised.
MORE = {
    "good_across_the_eras": "2020-01-06",
}


@pytest.fixture
def desk(mesh, tmp_path):
    return make_desk(mesh, tmp_path / "desk")


@pytest.fixture
def bare_desk(mesh, tmp_path):
    return make_desk(mesh, tmp_path / "desk", keys=False)


@pytest.fixture(scope="module")
def keyed_home(tmp_path_factory):
    """Return a home with the key of every seal; nothing that is asked of it changes it."""
    folder = tmp_path_factory.mktemp("keyed")
    return Home(make_desk(CommandLine(folder / "home"), folder / "desk").mesh.home)


def _exhibit_of(label) -> Path:
    [path] = [p for p in label.parent.glob(f"{label.stem}.*") if p != label]
    return path


def _more(label) -> dict[str, str]:
    """Return what must be said to read an exhibit, by the name of its option."""
    folder, said = label.parent.name, {}
    if label.stem in MORE:
        said["received_on"] = MORE[label.stem]
    elif folder.startswith("zengin_"):
        said["received_on"] = "2025-06-03"
    if label.stem in NOT_RECOGNISED or f"{folder}/{label.stem}" in TAKEN_FOR:
        said["named"] = folder
    return said


def _demand_as_labelled(said, label) -> int:
    """Compare a check's document with the label; return how many problems there are."""
    expected = json.loads(label.read_text(encoding="utf-8"))
    assert said["format"] == label.parent.name
    kept = [{k: v for k, v in each.items() if k in _FIELDS} for each in said["problems"]]
    known = [problem for problem in expected["problems"] if problem["code"] != "several_blocks"]
    assert kept == known
    assert said["records"] == expected["records"]
    for each in said["problems"]:
        assert (each["japanese"], each["english"]) == EXPLANATIONS[each["code"]]
    return len(known)


@pytest.mark.parametrize("label", LABELS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_exhibit_is_told_as_its_label_expects(keyed_home, label) -> None:
    with ExitStack() as readings:
        given = opened(_exhibit_of(label), keyed_home, readings, **_more(label))
        report = _checked(given, EVERY_PROBLEM)
        told = _demand_as_labelled(_as_document(given, report), label)
        assert told == report.problems.count


@pytest.mark.parametrize("label", BROKEN.values(), ids=lambda path: path.parent.name)
def test_a_broken_exhibit_of_each_format_ends_the_command_with_1(desk, label) -> None:
    said = _more(label)
    options = {"received_on": "--received-on", "named": "--format"}
    more = [part for name, value in said.items() for part in (options[name], value)]
    result = desk.files("check", str(_exhibit_of(label)), *more, "--json")
    assert _demand_as_labelled(json.loads(result.stdout), label)
    assert result.exit_code == 1


_FIELDS = {"line", "record", "position", "field", "code", "value", "structural"}


@pytest.mark.parametrize(
    ("name", "sentences"),
    [
        (
            "choutei/breakdown_does_not_add_up.csv",
            ["2 行", "調定額 choutei_gaku @17", "内訳の合計が金額と一致しません", "do not add up"],
        ),
        (
            "billing/amount_changed_after_sealing.dat",
            ["2 明細", "改ざん検知", "4 合計", "SHA-256", "改ざん検知の値が一致しません"],
        ),
        (
            "mobile_regi_receipts/wrong_total.dat",
            ["5 合計", "合計金額 total_yen @8", "99415", "実際の合計と一致しません"],
        ),
        (
            "mobile_regi_receipts/variant_a.dat",
            ["2 明細", "バーコード barcode @16", "形式A", "variant A"],
        ),
        ("choutei/shift_jis.csv", ["UTF-8の文字ではありません", "Shift_JIS", "3 行"]),
        ("zengin_deposits/day_that_is_none.dat", ["勘定日", "暦にない日付", "070631"]),
        ("centre_receipts/no_time_of_day.dat", ["収納時刻", "246000", "This is no time of day"]),
        ("shuno/breakdown_half_told.csv", ["本料 principal @13", "内訳の7欄は"]),
    ],
)
def test_the_table_says_what_is_wrong_and_where_in_both_languages(desk, name, sentences) -> None:
    format_named = ("--format", name.partition("/")[0])
    result = desk.files("check", exhibit(name), "--received-on", "2025-06-03", *format_named)
    assert result.exit_code == 1
    shown = re.sub(r"[\s│┃]+", " ", result.stdout)
    assert [sentence for sentence in sentences if sentence not in shown] == []
    assert "ファイル全体を受け付けません" in shown
    assert "refused as a whole" in shown


def test_a_sound_file_is_named_counted_and_summed(desk) -> None:
    result = desk.files("check", exhibit("choutei/good.csv"))
    assert result.exit_code == 0
    assert "調定データ (choutei)" in result.stdout
    assert "2件 66,276円" in result.stdout
    assert "問題はありません。 No problem was found." in result.stdout
    said = desk.document("check", exhibit("choutei/good.csv"))
    assert (said["records"], said["total_yen"], said["problem_count"]) == (2, 66_276, 0)
    assert len(said["sha256"]) == 64


def test_without_the_key_all_but_the_seals_is_checked_and_that_is_said(bare_desk) -> None:
    good = bare_desk.files("check", exhibit("billing/good.dat"))
    assert good.exit_code == 0
    assert "改ざん検知は検査していません" in good.stdout
    assert "The seals were NOT checked" in good.stdout
    path = exhibit("billing/amount_changed_after_sealing.dat")
    said = bare_desk.document("check", path)
    assert not said["seals_checked"]
    assert said["records"] is None
    codes = {problem["code"] for problem in said["problems"]}
    assert codes == {"parts_do_not_add_up", "total_mismatch", "hash_mismatch"}


def test_a_key_may_be_named_and_a_wrong_one_finds_every_seal_wrong(bare_desk) -> None:
    key = bare_desk.put("seal.key", bytes(range(32)).hex().encode())
    path = exhibit("billing/good.dat")
    assert bare_desk.files("check", path, "--key-file", key).exit_code == 0
    wrong = bare_desk.put("wrong.key", bytes(32).hex().encode())
    said = bare_desk.document("check", path, "--key-file", wrong)
    assert [problem["code"] for problem in said["problems"]] == ["wrong_seal"] * 2


@pytest.mark.parametrize("content", [b"", b"0011", b"not hex at all", b"\xff\xfe"])
def test_what_is_no_key_is_refused_and_never_shown(bare_desk, content) -> None:
    key = bare_desk.put("seal.key", content)
    result = bare_desk.files("check", exhibit("billing/good.dat"), "--key-file", key)
    assert result.exit_code == 1
    assert "(key_unreadable)" in result.stderr
    assert "not hex at all" not in result.stderr


def test_what_is_no_known_file_is_said_with_what_there_is(bare_desk) -> None:
    path = bare_desk.put("holiday.txt", b"We are at the sea.\n")
    error = bare_desk.document("check", path)["error"]
    assert error["code"] == "format_not_recognised"
    assert "choutei" in error["detail"]
    assert bare_desk.document("check", path, "--format", "telex")["error"]["code"] == (
        "format_unknown"
    )
    missing = bare_desk.document("check", str(bare_desk.out("nothing.dat")))
    assert missing["error"]["code"] == "file_not_read"
    assert bare_desk.document("check", str(bare_desk.folder))["error"]["code"] == "file_not_read"


def test_only_the_first_problems_are_shown_and_the_rest_are_counted(desk) -> None:
    good = (FILES / "choutei" / "good.csv").read_bytes()
    header, first, *_ = good.split(b"\r\n")
    path = desk.put(
        "many.csv", b"\r\n".join([header, *([first.replace(b"9000", b"9001")] * 9), b""])
    )
    result = desk.files("check", path, "--limit", "3")
    assert "ほかに14件の問題があります。 14 more problems" in result.stdout
    said = desk.document("check", path, "--limit", "3")
    assert (said["problem_count"], len(said["problems"])) == (17, 3)


def test_the_hash_is_that_of_the_whole_file_even_where_reading_stops(desk) -> None:
    path = exhibit("mobile_regi_receipts/one_other_line_end.dat")
    data = (FILES / "mobile_regi_receipts" / "one_other_line_end.dat").read_bytes() * 40
    path = desk.put("torn.dat", data)
    said = desk.document("check", path)
    assert said["sha256"] == hashlib.sha256(data).hexdigest()
    assert said["size_bytes"] == len(data)


@pytest.mark.parametrize("variant", ["convenience_receipts_a", "convenience_receipts_b"])
def test_a_wrong_barcode_check_digit_is_said_as_that_and_not_as_another_format(
    desk, variant
) -> None:
    said = desk.document("check", exhibit(f"{variant}/wrong_barcode_check_digit.dat"))
    assert said["format"] == variant
    assert "wrong_check_digit" in {problem["code"] for problem in said["problems"]}
