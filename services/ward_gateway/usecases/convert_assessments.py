"""The paper's first function: the standard system's export becomes the centre's billing file.

Streams in, streams out; no store, no temporary file, no settings. Keys stay in `confirm`, `write`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from services.ward_gateway.domain.bills import Bill, DeleteReason
from services.ward_gateway.usecases.build_billing_record import BillingTerms, build_billing_record
from services.ward_gateway.usecases.check_then_write import (
    Converted,
    OpenSource,
    check_then_write,
    problem_of,
)
from shared.files.billing import DATA_LAYOUT, BillingHeader, BillingRecord
from shared.files.choutei import BY_SLIP, Assessment, read_choutei
from shared.files.codes import Proc
from shared.files.problems import FileProblem, FileProblemError
from shared.keys.payment_number import PaymentNumber
from shared.keys.problems import KeyProblem

Confirm = Callable[[str], str]
WriteBilling = Callable[[BillingHeader, Iterator[BillingRecord]], Iterator[bytes]]
# Line 1 of a CSV is its header, so row n stands on line n + 1.
LINES_BEFORE_ROWS = 1


def convert_assessments(
    open_source: OpenSource, *, terms: BillingTerms, confirm: Confirm, write: WriteBilling
) -> Converted:
    """Convert choutei.csv into billing data (256 bytes); problems first, then bytes.

    1. Only rows with nofu_hoho 1 go on; 処理区分 stays what it is, a delete has reason 2.
    2. A new key over 0 yen is left out and told (nothing_to_pay). 3. The payment number is made of
    the row (DOMAIN §2.6), `confirm` (payment number -> confirmation number) and `write` (header and
    records -> bytes) hold the keys. Any structural problem of any row refuses the file: no byte.
    Memory does not grow with the file; whether a key stands twice, the centre says (E110).
    """
    records = partial(_records, open_source, terms, confirm)
    return check_then_write(
        records, partial(write, terms.header), proving=partial(records, proving=True)
    )


def bill_of_row(row: Assessment) -> Bill:
    """Return what a row says to the centre; a row without 取扱期限 is payable until it is due."""
    return Bill(
        slip_type=int(row.slip_type),
        levy_year=row.levy_year,
        assessed_year=row.assessed_year,
        notice_number=row.notice_number,
        instalment=row.instalment,
        issue=row.issue,
        account_code=row.account_code,
        principal_yen=row.amount_yen,
        late_charge_yen=row.late_charge_yen,
        fee_yen=row.fee_yen,
        due_date=row.due_date,
        limit_date=row.limit_date or row.due_date,
        payer_name_kana=row.payer_name_kana,
    )


def _records(
    open_source: OpenSource, terms: BillingTerms, confirm: Confirm, *, proving: bool = False
) -> Iterator[BillingRecord | FileProblem]:
    record_seq = 1
    for item in read_choutei(open_source()):
        if isinstance(item, FileProblem):
            yield item
        elif item.payment_method == BY_SLIP:
            converted = _converted(item, record_seq, terms, confirm, proving=proving)
            record_seq += isinstance(converted, BillingRecord)
            yield converted


def _converted(
    row: Assessment, record_seq: int, terms: BillingTerms, confirm: Confirm, *, proving: bool
) -> BillingRecord | FileProblem:
    line, bill = row.record_no + LINES_BEFORE_ROWS, bill_of_row(row)
    if row.proc is Proc.ADD and bill.amount_yen == 0:
        return FileProblem(line, "row", None, "choutei_gaku", "nothing_to_pay", "0", False)  # noqa: FBT003
    try:
        number = PaymentNumber(
            row.slip_type, row.levy_year, row.instalment, row.notice_number, row.issue
        ).digits
        record = build_billing_record(
            bill,
            record_seq=record_seq,
            institution_number=terms.institution_number,
            category=terms.category,
            payment_number=number,
            confirmation_number=confirm(number),
            effective_from=terms.effective_from,
            proc=row.proc,
            delete_reason=(DeleteReason.REDUCED_OR_CANCELLED if row.proc is Proc.DELETE else None),
            with_name=terms.with_names,
        )
        if proving:
            DATA_LAYOUT.encode(record)
    except KeyProblem as problem:
        return FileProblem(line, "row", None, "tsuchisho_no", problem.code, row.notice_number)
    except FileProblemError as error:
        return problem_of(error, line, "row")
    return record
