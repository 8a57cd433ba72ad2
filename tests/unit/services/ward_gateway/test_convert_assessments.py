"""The paper's first function: the standard system's export becomes the centre's billing file."""

from __future__ import annotations

from datetime import date

import pytest

from services.ward_gateway.domain.slips import bill_of_slip
from services.ward_gateway.usecases.build_billing_record import build_billing_record
from services.ward_gateway.usecases.convert_assessments import convert_assessments
from shared.files.billing import load_billing
from shared.files.choutei import BY_DIRECT_DEBIT, BY_PENSION
from shared.files.codes import Proc
from shared.files.problems import FileRefused
from shared.keys.payment_number import SlipType
from shared.kit.money import Yen
from tests.unit.services.ward_gateway.conversions import (
    CONFIRM,
    TERMS,
    WRITE_BILLING,
    codes,
    rows,
    to_billing,
    uploaded_records,
)
from tests.unit.services.ward_gateway.test_slip_keys import slip
from tests.unit.shared.files.invented_values import KEY


def test_the_vector_of_the_handbook_becomes_a_billing_record() -> None:
    data, problems = to_billing(rows({}))
    [record] = uploaded_records(data)
    assert problems == []
    # DOMAIN §2.6: type 1, FY2025, 期 01, notice 123456789, issue 00; key 00 01 … 1f.
    assert (record.payment_number, record.confirmation_number) == ("125011234567890024", "7406")
    assert (record.proc, record.record_seq, record.delete_reason) == (Proc.ADD, 1, None)
    assert (record.amount_yen, record.principal_yen) == (33_138, 33_138)
    assert (record.due_date, record.limit_date) == (date(2025, 6, 30), date(2025, 9, 30))
    assert (record.payer_name_kana, record.account_code) == ("ﾔﾏｶﾞﾐ ﾊﾅ", "0001")
    assert record.effective_from == TERMS.effective_from


def test_the_header_is_dated_in_tokyo() -> None:
    header = load_billing(to_billing(rows({}))[0], KEY).header
    # 15:30:59 UTC is half past midnight of the next day in Tokyo.
    assert (header.created_on, header.created_at_hhmmss) == (date(2025, 6, 3), "003059")
    assert (header.file_sequence, header.institution_number, header.category) == (7, "13104", "341")


def test_only_what_is_paid_by_slip_goes_to_the_centre() -> None:
    data, problems = to_billing(
        rows({}, {"payment_method": BY_DIRECT_DEBIT}, {"payment_method": BY_PENSION}, {"issue": 1})
    )
    assert problems == []
    assert [(r.record_seq, r.issue) for r in uploaded_records(data)] == [(1, 0), (2, 1)]


def test_the_amount_billed_is_principal_late_charge_and_fee() -> None:
    data, _ = to_billing(rows({"late_charge_yen": Yen(2800), "fee_yen": Yen(100)}))
    [record] = uploaded_records(data)
    assert (record.amount_yen, record.principal_yen) == (36_038, 33_138)
    assert (record.late_charge_yen, record.fee_yen) == (2800, 100)


def test_proc_stays_what_it_is_and_a_delete_has_its_reason() -> None:
    data, _ = to_billing(rows({"proc": Proc.CHANGE}, {"proc": Proc.DELETE, "issue": 1}))
    assert [(r.proc, r.delete_reason) for r in uploaded_records(data)] == [
        (Proc.CHANGE, None),
        (Proc.DELETE, 2),
    ]


def test_a_name_can_be_kept_at_home() -> None:
    data, _ = to_billing(rows({}), with_names=False)
    assert [r.payer_name_kana for r in uploaded_records(data)] == [""]


def test_a_new_key_over_nothing_is_left_out_and_told() -> None:
    nothing = dict.fromkeys(("amount_yen", "medical_yen", "support_yen", "care_yen"), Yen(0))
    data, [problem] = to_billing(rows(nothing, {}))
    assert (problem.line, problem.field, problem.code) == (2, "choutei_gaku", "nothing_to_pay")
    assert not problem.structural
    assert [r.record_seq for r in uploaded_records(data)] == [1]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"slip_type": SlipType.LUMP_SUM}, "tsuchisho_no", "malformed_payment_number"),
        ({"instalment": 0}, "tsuchisho_no", "malformed_payment_number"),
        ({"levy_year": 1999, "year_class": 2}, "tsuchisho_no", "malformed_payment_number"),
        ({"payer_name_kana": " ﾊﾅ"}, "payer_name_kana", "space_at_either_end"),
        (
            {"amount_yen": Yen(10**11 - 1), "medical_yen": Yen(10**11 - 13_139)}
            | {"late_charge_yen": Yen(1)},
            "amount_yen",
            "too_wide",
        ),
    ],
)
def test_a_row_that_no_record_can_say_refuses_the_file_and_names_its_line(
    changes, field, code
) -> None:
    data, problems = to_billing(rows({}, changes, {"issue": 1}, changes))
    assert data == b""
    assert [(p.line, p.field, p.code, p.structural) for p in problems] == [
        (3, field, code, True),
        (5, field, code, True),
    ]


def test_a_damaged_export_gives_all_its_problems_and_no_byte() -> None:
    damaged = rows({}, {"issue": 1}, {"slip_type": SlipType.LUMP_SUM})
    damaged = damaged.replace(b",9000,", b",9001,", 1).replace(b"2025-09-30", b"2025-09-31", 2)
    data, problems = to_billing(damaged)
    assert data == b""
    assert [(p.line, p.code) for p in problems] == [
        (2, "not_a_date"),
        (3, "not_a_date"),
        (4, "malformed_payment_number"),
    ]


def test_a_source_that_changes_between_the_passes_is_refused() -> None:
    contents = [rows({}), rows({}).replace(b"2025-09-30", b"2025-09-31")]
    converted = convert_assessments(
        lambda: contents.pop(0), terms=TERMS, confirm=CONFIRM, write=WRITE_BILLING
    )
    with pytest.raises(FileRefused) as caught:
        list(converted)
    assert codes(caught.value.problems) == ["not_a_date"]


def test_a_slip_of_the_gateway_and_a_row_of_the_export_say_the_same_to_the_centre() -> None:
    made = slip()
    own = build_billing_record(
        bill_of_slip(made, 2025, "0001", "ﾀﾛｳ"),
        record_seq=1,
        institution_number=made.institution_number,
        category=made.category,
        payment_number=made.payment_number,
        confirmation_number=made.confirmation_number,
        effective_from=made.effective_from,
    )
    row = {"payer_name_kana": "ﾀﾛｳ", "limit_date": made.limit_date}
    data, _ = to_billing(rows(row), effective_from=made.effective_from)
    assert uploaded_records(data) == [own]
