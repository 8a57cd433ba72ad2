"""`mesh files show` and `mesh files diff`: what stands in a file, and between two of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.files.billing import write_billing
from shared.files.choutei import write_choutei
from shared.kit.money import Yen
from tests.unit.deploy.invented_files import exhibit, make_desk
from tests.unit.shared.files.invented_records import BILLING
from tests.unit.shared.files.invented_rows import ASSESSMENT
from tests.unit.shared.files.invented_values import KEY, numbered

SECOND = replace(ASSESSMENT, instalment=2)
THIRD = replace(ASSESSMENT, instalment=3)


@pytest.fixture
def desk(mesh, tmp_path):
    return make_desk(mesh, tmp_path / "desk")


def _rows(*assessments) -> bytes:
    return write_choutei(numbered(list(assessments)))


def test_records_are_shown_with_their_header_and_nothing_is_cut(desk) -> None:
    result = desk.files("show", exhibit("mobile_regi_receipts/good.dat"))
    assert result.exit_code == 0
    assert "ｼﾝｼﾞﾕｸｸ ｺｸﾎ" in result.stdout
    assert "91912345000011250112345678900025093000331386" in result.stdout
    assert result.stdout.count("mobile_credit") == 3


def test_fields_can_be_chosen_and_the_number_of_records_limited(desk) -> None:
    path = exhibit("mobile_regi_receipts/good.dat")
    arguments = ("show", path, "--limit", "1", "--field", "paid_on", "--field", "amount_yen")
    said = desk.document(*arguments)
    assert said["records"] == [{"paid_on": "2025-06-02", "amount_yen": 33_138}]
    assert said["more"] == 2
    assert said["headers"][0]["file_sequence"] == 7
    assert "ほかに2件" in desk.files(*arguments).stdout
    assert len(desk.document("show", path, "--limit", "0")["records"]) == 3
    assert desk.files("show", path, "--field", "shoe_size").exit_code == 2


def test_a_damaged_file_shows_its_sound_records_and_ends_with_1(desk) -> None:
    result = desk.files("show", exhibit("choutei/breakdown_does_not_add_up.csv"))
    assert result.exit_code == 1
    assert "A-2025-000001" in result.stdout
    assert "1 problems: mesh files check" in result.stderr


def test_a_sealed_file_needs_its_key(mesh, tmp_path) -> None:
    bare = make_desk(mesh, tmp_path / "bare", keys=False)
    for arguments in (
        ("show", exhibit("billing/good.dat")),
        ("diff", *[exhibit("billing/good.dat")] * 2),
    ):
        error = bare.document(*arguments)["error"]
        assert error["code"] == "key_needed"
        assert "--key-file" in error["detail"]


def test_the_same_records_in_another_order_are_no_difference(desk) -> None:
    old = desk.put("old.csv", _rows(ASSESSMENT, SECOND))
    new = desk.put("new.csv", _rows(SECOND, ASSESSMENT))
    result = desk.files("diff", old, new)
    assert (result.exit_code, result.stdout) == (0, "違いはありません。 The files hold the same.\n")
    assert desk.document("diff", old, new)["same"]


def test_records_that_came_went_and_changed_are_told_field_by_field(desk) -> None:
    reduced = replace(SECOND, amount_yen=Yen(20_000), support_yen=Yen(0), care_yen=Yen(0))
    old = desk.put("old.csv", _rows(ASSESSMENT, SECOND))
    new = desk.put("new.csv", _rows(reduced, THIRD))
    result = desk.files("diff", old, new)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "~ 2025 123456789 2"
    assert "    amount_yen: 33138 -> 20000" in lines
    assert "+ 2025 123456789 3" in lines
    assert "- 2025 123456789 1" in lines
    said = desk.document("diff", old, new)
    assert said["counts"] == {"changed": 1, "added": 1, "removed": 1}
    [changed] = [each for each in said["differences"] if each["kind"] == "changed"]
    assert changed["fields"] == {
        "amount_yen": [33138, 20000],
        "support_yen": [9000, 0],
        "care_yen": [4138, 0],
    }


def test_headers_are_compared_too_and_a_repeated_record_is_one_more(desk) -> None:
    once = write_billing(BILLING.header, BILLING.records[:1], KEY)
    more = numbered([BILLING.records[0]] * 2)
    other = write_billing(replace(BILLING.header, file_sequence=9), more, KEY)
    said = desk.document("diff", desk.put("1.dat", once), desk.put("2.dat", other))
    assert said["counts"] == {"header": 1, "added": 1}
    assert said["differences"][0]["fields"]["file_sequence"][1] == 9
    assert said["differences"][1]["identity"][-1] == "#2"


def test_differences_beyond_the_limit_are_counted(desk) -> None:
    old = desk.put("old.csv", _rows())
    new = desk.put("new.csv", _rows(ASSESSMENT, SECOND, THIRD))
    said = desk.document("diff", old, new, "--limit", "1")
    assert (said["counts"], len(said["differences"])) == ({"added": 3}, 1)
    assert "2 not shown" in desk.files("diff", old, new, "--limit", "1").stdout


def test_only_sound_files_of_one_format_can_be_compared(desk) -> None:
    good = exhibit("choutei/good.csv")
    said = desk.document("diff", good, exhibit("shuno/good.csv"))
    assert said["error"]["code"] == "formats_differ"
    said = desk.document("diff", good, exhibit("choutei/row_left_out.csv"))
    assert said["error"]["code"] == "file_not_sound"
