"""Formats are recognised by their first bytes, damaged or not; A and B are never mixed up."""

from __future__ import annotations

import pytest

from shared.files import (
    billing,
    billing_results,
    centre_receipts,
    choutei,
    convenience_receipts_a,
    convenience_receipts_b,
    direct_debit_results,
    keisansho,
    mobile_regi_receipts,
    nofu_jutaku_hokoku,
    receipts_csv,
    receipts_csv_129,
    shuno,
    suito_nippyo,
    zengin_deposits,
    zengin_statement,
)
from shared.files.formats import (
    FIRST_BYTES,
    FORMATS,
    Need,
    Reading,
    Variant,
    csv_header,
    format_named,
    receipts_120,
    receipts_variant,
    recognise,
)
from shared.files.problems import FileProblem
from tests.museum.curate import FILES
from tests.unit.shared.files.invented import FORMATS as INVENTED
from tests.unit.shared.files.invented_values import BARCODE, KEY, RECEIVED_ON

FIXED = (
    billing,
    centre_receipts,
    convenience_receipts_a,
    convenience_receipts_b,
    direct_debit_results,
    mobile_regi_receipts,
    zengin_deposits,
    zengin_statement,
)
CSVS = (
    billing_results,
    choutei,
    keisansho,
    nofu_jutaku_hokoku,
    receipts_csv,
    receipts_csv_129,
    shuno,
    suito_nippyo,
)
LAYOUTS = [getattr(m, name) for m in FIXED for name in dir(m) if "_LAYOUT" in name]
TABLES = [m.TABLE for m in CSVS]
KNOWN = {known.name for known in FORMATS}
EXHIBITS = [
    path
    for path in sorted(FILES.rglob("*.*"))
    if path.suffix in {".dat", ".csv"} and path.parent.name in KNOWN
]
# What a damaged file is taken for instead of what its folder says: without a header row, or in
# another encoding, a CSV says nothing of itself; one that is damaged into another format is that.
TAKEN_FOR = {
    "convenience_receipts_a/good_empty_day": "mobile_regi_receipts",
    "convenience_receipts_a/variant_b": "convenience_receipts_b",
    "convenience_receipts_b/our_03_with_its_reason": "mobile_regi_receipts",
    "convenience_receipts_b/variant_a": "convenience_receipts_a",
    "mobile_regi_receipts/unknown_chain_code": "convenience_receipts_b",
    "mobile_regi_receipts/variant_a": "convenience_receipts_a",
    "receipts_csv/the_other_dialect": "receipts_csv_129",
    "receipts_csv_129/good_without_rows": "receipts_csv",
    "receipts_csv_129/the_other_dialect": "receipts_csv",
    "zengin_statement/notice_of_kind_01": "zengin_deposits",
}
NOT_RECOGNISED = {
    "no_header",
    "every_field_in_quotes",
    "in_utf_8",
}
READING = Reading(KEY, RECEIVED_ON)
HEADER_B = b"1" + b"20250603" + b"12345" + b"00001" + b" " * 101


@pytest.mark.parametrize("path", EXHIBITS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_exhibit_is_recognised_however_it_is_damaged(path) -> None:
    known = recognise(path.read_bytes()[:FIRST_BYTES])
    folder = path.parent.name
    expected = None if path.stem in NOT_RECOGNISED else folder
    expected = TAKEN_FOR.get(f"{folder}/{path.stem}", expected)
    assert (known.name if known else None) == expected


@pytest.mark.parametrize("invented", [i for i in INVENTED if i.name in KNOWN], ids=str)
def test_a_known_format_reads_what_its_own_reader_reads(invented) -> None:
    known = format_named(invented.name)
    assert known is not None
    data = invented.write(invented.header, invented.records)
    items = list(known.items(data, READING))
    assert [item for item in items if isinstance(item, known.record)] == invented.records
    assert all(hasattr(invented.records[0], name) for name in known.identity)


@pytest.mark.parametrize("known", [k for k in FORMATS if k.need is not Need.NOTHING])
def test_a_reader_whose_need_is_not_met_says_so(known) -> None:
    with pytest.raises(ValueError, match="not known"):
        known.items(b"", Reading())


@pytest.mark.parametrize("known", [k for k in FORMATS if k.need is Need.SEAL_KEY])
def test_without_the_key_everything_but_the_seals_is_checked(known) -> None:
    [invented] = [i for i in INVENTED if i.name == known.name]
    good = invented.write(invented.header, invented.records)
    assert list(known.problems_but_seals(good)) == []
    damaged = good.replace(b"00000033138", b"00000033139", 1)
    with_key = [i for i in known.items(damaged, READING) if isinstance(i, FileProblem)]
    left = [problem for problem in with_key if problem.code != "wrong_seal"]
    assert list(known.problems_but_seals(damaged)) == left
    assert len(left) < len(with_key)


@pytest.mark.parametrize("first", [b"", b"\x00" * 300, b"hello\r\n", b"1999", b"2" * 120])
def test_what_is_none_of_ours_is_not_recognised(first) -> None:
    assert recognise(first) is None
    assert format_named("telex") is None


def _receipts(data: bytes, line_end: bytes = b"\r\n") -> bytes:
    return HEADER_B + line_end + data.ljust(120) + line_end


def _variant_b(chain: bytes) -> bytes:
    return (b"201202506021201" + BARCODE.digits.encode()).ljust(101) + chain


A = b"2012025060212011" + BARCODE.digits.encode()


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n", b""])
@pytest.mark.parametrize(
    ("data", "variant"),
    [
        (A, Variant.A),
        (_variant_b(b"0820"), Variant.B),
        (_variant_b(b"9001"), Variant.OURS),
        (_variant_b(b"9002"), Variant.OURS),
        (b"8000000", Variant.UNCLEAR),
        (A[:-1] + b"x", Variant.UNCLEAR),
        # `91` where A has it, but the check digit of the 44 digits is wrong: A's reader says so.
        (A[:-1] + b"0", Variant.A),
    ],
)
def test_edge_case_22_variants_are_told_apart_by_the_91_and_the_check_digit(
    data, variant, line_end
) -> None:
    assert receipts_variant(_receipts(data, line_end)) is variant


@pytest.mark.parametrize("line_end", [b"", b"\r\n"])
def test_a_damaged_first_barcode_does_not_hide_the_variant(line_end) -> None:
    damaged = A[:-1] + b"0"
    for sound, variant in (
        (A, Variant.A),
        (_variant_b(b"0820"), Variant.B),
        (_variant_b(b"9001"), Variant.OURS),
    ):
        two = _receipts(damaged, line_end) + sound.ljust(120) + line_end
        assert receipts_variant(two) is variant


def test_a_reader_of_one_variant_is_not_offered_the_other() -> None:
    only_a, foreign_b = receipts_120(Variant.A), receipts_120(Variant.B)
    assert only_a(_receipts(A))
    assert not foreign_b(_receipts(A))
    assert foreign_b(_receipts(_variant_b(b"0820")))
    assert not only_a(_receipts(_variant_b(b"0820")))
    assert not foreign_b(_receipts(_variant_b(b"9001")))
    assert not only_a(b"191" + _receipts(A)[3:])


def test_dialects_with_one_header_are_told_apart_by_the_first_field() -> None:
    names = ["種別", "収納日", "収納時刻"]
    head = "種別,収納日,収納時刻\r\n".encode("cp932")
    two_digits = csv_header(names, "cp932", {"01", "02", "03"})
    one_digit = csv_header(names, "cp932", {"1", "2", "9"})
    assert two_digits(head + b'"01",20250602,1201\r\n')
    assert not one_digit(head + b'"01",20250602,1201\r\n')
    assert one_digit(head + b"9,20250602,1201\r\n")
    assert two_digits(head)
