"""`mesh files convert`: the paper's three functions and the pass-through, from file to file."""

from __future__ import annotations

import json
import stat
from dataclasses import replace

import pytest

from shared.files.billing import load_billing
from shared.files.choutei import BY_DIRECT_DEBIT, write_choutei
from shared.files.codes import DataType, Proc
from shared.files.mobile_regi_receipts import write_receipts
from shared.files.shuno import load_shuno, write_shuno
from shared.keys.channels import Channel
from shared.kit.money import Yen
from tests.unit.deploy.invented_files import BILLING_TERMS, CONTRACT, exhibit, make_desk
from tests.unit.services.ward_gateway.conversions import receipts, rows
from tests.unit.shared.files.invented_receipts import NOT_COMPARED
from tests.unit.shared.files.invented_records import RECEIPTS, receipt
from tests.unit.shared.files.invented_values import KEY

BILLING = ("--to", "billing", *BILLING_TERMS)
REDUCED = {"amount_yen": Yen(20_000), "support_yen": Yen(0), "care_yen": Yen(0)}


@pytest.fixture
def desk(mesh, tmp_path):
    return make_desk(mesh, tmp_path / "desk")


def _billed(desk, name="billing.dat", data=None):
    out = desk.out(name)
    source = desk.put("source.csv", rows({}) if data is None else data)
    assert desk.files("convert", source, *BILLING, "--out", str(out)).exit_code == 0
    return out


def test_assessments_become_a_billing_file_that_the_centre_can_read(desk) -> None:
    out = _billed(desk)
    loaded = load_billing(out.read_bytes(), KEY)
    assert loaded.problems == []
    # DOMAIN §2.6, the keys of the handbook.
    assert loaded.records[0].payment_number == "125011234567890024"
    assert loaded.records[0].confirmation_number == "7406"
    assert loaded.header.file_sequence == 7
    assert loaded.header.created_at_hhmmss == "003000"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_the_same_order_gives_the_same_bytes(desk) -> None:
    assert _billed(desk, "1.dat").read_bytes() == _billed(desk, "2.dat").read_bytes()


def test_without_out_the_file_goes_to_stdout_and_everything_else_to_stderr(desk) -> None:
    result = desk.files("convert", desk.put("a.csv", rows({})), *BILLING)
    assert result.stdout_bytes == _billed(desk).read_bytes()
    assert "SHA-256" in result.stderr


def test_names_can_stay_at_home(desk) -> None:
    out = desk.out("b.dat")
    source = desk.put("a.csv", rows({}))
    desk.files("convert", source, *BILLING, "--no-names", "--out", str(out))
    assert load_billing(out.read_bytes(), KEY).records[0].payer_name_kana == ""


def test_receipts_become_the_standard_systems_import_with_what_is_assessed_beside(desk) -> None:
    source = desk.put("r.dat", receipts({"amount_yen": Yen(10_000)}))
    beside = desk.put("a.csv", rows({}))
    out = desk.out("s.csv")
    arguments = ("convert", source, "--to", "shuno", "--beside", beside, "--out", str(out))
    assert desk.files(*arguments).exit_code == 0
    [row] = load_shuno(out.read_bytes()).records
    assert (row.principal_yen, row.medical_yen) == (10_000, 6_037)
    other = desk.out("t.csv")
    more = ("--remainder-to", "care", "--out", str(other))
    desk.files("convert", source, "--to", "shuno", "--beside", beside, *more)
    assert load_shuno(other.read_bytes()).records[0].medical_yen == 6_035
    assert desk.files("convert", source, "--to", "shuno", "--remainder-to", "x").exit_code == 2


def test_without_the_second_input_breakdown_and_match_stay_empty(desk) -> None:
    out = desk.out("s.csv")
    source = desk.put("r.dat", receipts({}))
    desk.files("convert", source, "--to", "shuno", "--out", str(out))
    [row] = load_shuno(out.read_bytes()).records
    assert (row.principal_yen, row.match_status) == (None, None)


def test_edge_case_11_an_excess_is_written_and_told(desk) -> None:
    source = desk.put("r.dat", receipts({}))
    beside = desk.put("a.csv", rows(REDUCED))
    out = desk.out("s.csv")
    arguments = ("convert", source, "--to", "shuno", "--beside", beside, "--out", str(out))
    said = desk.document(*arguments)
    assert [problem["code"] for problem in said["problems"]] == ["over_assessed"]
    assert not said["refused"]
    assert load_shuno(out.read_bytes()).records[0].exception_code == "over_assessed"


def test_uploads_and_what_is_assessed_now_become_changes_and_then_nothing(desk) -> None:
    first = _billed(desk, data=rows({}, {"instalment": 2}))
    beside = desk.put(
        "now.csv", rows(REDUCED, {"instalment": 2, "payment_method": BY_DIRECT_DEBIT})
    )
    second = desk.out("changes.dat")
    base = ("convert", str(first), *BILLING, "--beside", beside)
    assert desk.files(*base, "--out", str(second)).exit_code == 0
    made = load_billing(second.read_bytes(), KEY).records
    assert [(r.proc, r.delete_reason) for r in made] == [(Proc.CHANGE, None), (Proc.DELETE, 3)]
    again = desk.files(*base, "--also", str(second), "--out", str(desk.out("nothing.dat")))
    assert again.exit_code == 0
    assert "書き出すものはありません。 There is nothing to write." in again.stderr
    assert not desk.out("nothing.dat").exists()


def test_what_was_paid_elsewhere_is_deleted_and_edge_case_14_what_was_paid_there_is_not(
    desk,
) -> None:
    first = _billed(desk, data=rows({}, {"instalment": 2}))
    beside = desk.put("now.csv", rows({}, {"instalment": 2} | REDUCED))
    shop = replace(NOT_COMPARED, channel=Channel.CONVENIENCE, receipt_id="convenience/1")
    payeasy = replace(NOT_COMPARED, record_no=2, instalment=2)
    paid = desk.put("paid.csv", write_shuno([shop, payeasy]))
    out = desk.out("changes.dat")
    base = ("convert", str(first), *BILLING, "--beside", beside, "--paid", paid)
    said = desk.document(*base, "--out", str(out))
    assert [problem["code"] for problem in said["problems"]] == ["paid_at_centre"]
    [record] = load_billing(out.read_bytes(), KEY).records
    assert (record.instalment, record.delete_reason) == (1, 1)


def test_absence_is_told_unless_it_is_said_to_mean_cancelled(desk) -> None:
    first, beside = _billed(desk), desk.put("now.csv", write_choutei([]))
    base = ("convert", str(first), *BILLING, "--beside", beside, "--out", str(desk.out("c.dat")))
    said = desk.document(*base)
    assert [problem["code"] for problem in said["problems"]] == ["not_assessed_now"]
    assert said["out"] is None
    assert desk.document(*base, "--absent-is-cancelled")["size_bytes"] == 4 * 256


def test_app_banking_receipts_pass_byte_for_byte(desk) -> None:
    data = write_receipts(RECEIPTS.header, [replace(receipt(), channel=Channel.MOBILE_BANKING)])
    out = desk.out("passed.dat")
    way = ("--to", "mobile_regi_receipts", "--out", str(out))
    assert desk.files("convert", desk.put("r.dat", data), *way).exit_code == 0
    assert out.read_bytes() == data
    card = desk.put("card.dat", write_receipts(RECEIPTS.header, [receipt(DataType.CONFIRMED)]))
    refused = desk.document("convert", card, *way[:3], str(desk.out("none.dat")))
    assert [problem["code"] for problem in refused["problems"]] == ["not_app_banking"]


DAMAGED = [
    ("choutei/breakdown_does_not_add_up.csv", BILLING, "parts_do_not_add_up"),
    ("choutei/shift_jis.csv", BILLING, "not_utf_8"),
    ("centre_receipts/wrong_sum_of_cancellations.dat", ("--to", "shuno"), "total_mismatch"),
    ("centre_receipts/paid_day_changed_after_sealing.dat", ("--to", "shuno"), "wrong_seal"),
    (
        "mobile_regi_receipts/wrong_count.dat",
        ("--to", "mobile_regi_receipts"),
        "count_mismatch",
    ),
]


@pytest.mark.parametrize(("name", "way", "code"), DAMAGED, ids=[each[0] for each in DAMAGED])
def test_edge_case_16_of_a_damaged_file_nothing_is_written(desk, name, way, code) -> None:
    out = desk.out("out")
    result = desk.files("convert", exhibit(name), *way, "--out", str(out))
    assert result.exit_code == 1
    assert "何も書き出しませんでした。 Nothing was written" in result.stderr
    assert not out.exists()
    said = desk.document("convert", exhibit(name), *way, "--out", str(out))
    assert code in {problem["code"] for problem in said["problems"]}
    assert said["refused"]


@pytest.mark.parametrize("option", ["--beside", "--paid"])
def test_a_damaged_second_input_is_named_and_nothing_is_written(desk, option) -> None:
    first, good = _billed(desk), desk.put("now.csv", rows(REDUCED))
    damaged = {
        "--beside": desk.put("bad.csv", rows(REDUCED).replace(b"2025-09-30", b"2025-09-31")),
        "--paid": exhibit("shuno/parts_do_not_add_up.csv"),
    }
    chosen = {"--beside": good} | {option: damaged[option]}
    more = [text for pair in chosen.items() for text in pair]
    result = desk.files("convert", str(first), *BILLING, *more, "--out", str(desk.out("c.dat")))
    assert result.exit_code == 1
    assert not desk.out("c.dat").exists()
    assert "Nothing was written" in result.stderr
    base = ("convert", str(first), *BILLING, *more, "--out", str(desk.out("c.dat")))
    found = desk.document(*base)["problems"]
    assert {each["source"] for each in found if each["structural"]} == {damaged[option]}


def test_each_problem_says_which_of_the_inputs_it_is_about(desk) -> None:
    first = _billed(desk, data=rows({}, {"instalment": 2}))
    late = desk.put("late.dat", first.read_bytes().replace(b"00000033138", b"00000033139", 1))
    beside = desk.put("now.csv", rows({}, {}))
    result = desk.files(
        *("convert", str(first), "--also", late, *BILLING, "--beside", beside),
        *("--out", str(desk.out("c.dat"))),
    )
    assert "ファイル file" in result.stderr
    base = ("convert", str(first), *BILLING, "--beside", beside, "--out", str(desk.out("c.dat")))
    said = desk.document(*base, "--also", late)
    assert {each["source"] for each in said["problems"] if each["structural"]} == {late}
    sources = {(problem["code"], problem["source"]) for problem in desk.document(*base)["problems"]}
    assert ("claim_twice", beside) in sources
    assert ("not_assessed_now", str(first)) in sources


def test_damaged_assessments_beside_receipts_are_refused_too(desk) -> None:
    source = desk.put("r.dat", receipts({}))
    beside = exhibit("choutei/limit_before_due.csv")
    result = desk.files("convert", source, "--to", "shuno", "--beside", beside)
    assert (result.exit_code, result.stdout_bytes) == (1, b"")
    said = desk.document(
        *("convert", source, "--to", "shuno", "--beside", beside, "--out", str(desk.out("s.csv")))
    )
    assert {problem["source"] for problem in said["problems"]} == {beside}


def test_a_file_that_exists_is_never_overwritten(desk) -> None:
    out = desk.put("precious.dat", b"precious")
    said = desk.document("convert", desk.put("a.csv", rows({})), *BILLING, "--out", out)
    assert said["error"]["code"] == "out_exists"
    assert desk.out("precious.dat").read_bytes() == b"precious"


def test_only_the_ways_that_exist_can_be_gone(desk) -> None:
    said = desk.document("convert", exhibit("choutei/good.csv"), "--to", "shuno", "--out", "x")
    assert said["error"]["code"] == "no_such_conversion"
    assert "choutei to billing" in said["error"]["detail"]
    first = _billed(desk)
    said = desk.document("convert", str(first), *BILLING, "--out", "x")
    assert said["error"]["code"] == "beside_needed"


@pytest.mark.parametrize(
    "missing", ["--sequence", "--effective-from", "--made-at"], ids=lambda name: name
)
def test_what_a_billing_file_needs_is_asked_for(desk, missing) -> None:
    arguments = list(BILLING)
    place = arguments.index(missing)
    if missing == "--made-at":
        arguments[place + 1] = "yesterday"
    else:
        del arguments[place : place + 2]
    result = desk.files("convert", exhibit("choutei/good.csv"), *arguments)
    assert result.exit_code == 2
    assert missing in result.stderr
    assert desk.files("convert", exhibit("choutei/good.csv"), *BILLING, "--json").exit_code == 2


def test_without_keys_the_command_says_which_it_needs(mesh, tmp_path) -> None:
    bare = make_desk(mesh, tmp_path / "bare", keys=False)
    billing = bare.document("convert", exhibit("choutei/good.csv"), *BILLING, "--out", "x")
    assert billing["error"]["code"] == "contract_needed"
    sealed = exhibit("centre_receipts/good.dat")
    said = bare.document("convert", sealed, "--to", "shuno", "--out", "x")
    assert said["error"]["code"] == "key_needed"
    contract = bare.put("contract.json", json.dumps(CONTRACT).encode())
    out = bare.out("b.dat")
    more = ("--contract", contract, "--out", str(out))
    assert bare.files("convert", exhibit("choutei/good.csv"), *BILLING, *more).exit_code == 0
    assert load_billing(out.read_bytes(), KEY).problems == []


@pytest.mark.parametrize(
    "content",
    [
        b"no json",
        b"[1]",
        json.dumps(CONTRACT | {"confirmation_key_hex": "12"}).encode(),
        json.dumps(CONTRACT | {"tamper_key_hex": "secret-and-not-hex"}).encode(),
        json.dumps({k: v for k, v in CONTRACT.items() if k != "category"}).encode(),
    ],
)
def test_an_unreadable_contract_is_refused_and_its_text_never_shown(desk, content) -> None:
    contract = desk.put("contract.json", content)
    source = exhibit("choutei/good.csv")
    result = desk.files("convert", source, *BILLING, "--contract", contract)
    assert result.exit_code == 1
    assert "(contract_unreadable)" in result.stderr
    assert "secret-and-not-hex" not in result.stderr


def test_an_option_that_a_conversion_does_not_use_is_wrong_usage(desk) -> None:
    source = desk.put("a.csv", rows({}))
    paid = desk.put("receipts.dat", receipts({}))
    for way, option in (
        (("convert", source, *BILLING), ("--paid", "nowhere.csv")),
        (("convert", source, *BILLING), ("--beside", source)),
        (("convert", paid, "--to", "shuno"), ("--also", paid)),
        (("convert", paid, "--to", "shuno"), ("--sequence", "5")),
    ):
        result = desk.files(*way, *option)
        assert result.exit_code == 2, option
        assert option[0] in result.stderr
        assert result.stdout == ""


@pytest.mark.parametrize("digits", [9, "4", None])
def test_a_contract_whose_digits_cannot_be_is_refused_before_anything_is_read(desk, digits) -> None:
    content = json.dumps({**CONTRACT, "confirmation_digits": digits}).encode()
    contract = desk.put("contract.json", content)
    source = desk.put("a.csv", rows({}))
    result = desk.files("convert", source, *BILLING, "--contract", contract)
    assert result.exit_code == 1
    assert "(contract_unreadable)" in result.stderr
