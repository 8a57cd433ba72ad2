"""Conversions of files as long as a six-digit count allows: their inputs, and how each is drawn.

The inputs fit each other: the centre's receipts are of the claims in choutei.csv, the upload is
what the first function makes of them, and `choutei_now` differs from it in every second row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random

from services.ward_gateway.usecases.build_billing_record import build_billing_record
from services.ward_gateway.usecases.check_then_write import Converted
from services.ward_gateway.usecases.convert_assessments import bill_of_row, convert_assessments
from services.ward_gateway.usecases.convert_changes import convert_changes, standings_of_rows
from services.ward_gateway.usecases.convert_receipts import by_claim, convert_receipts
from services.ward_gateway.usecases.find_changes import Upload
from services.ward_gateway.usecases.index_breakdowns import index_breakdowns
from services.ward_gateway.usecases.pass_through import pass_through
from shared.files import choutei, mobile_regi_receipts
from shared.files.billing import BillingRecord, read_billing
from shared.files.centre_receipts import CentreReceipt, stream_centre_receipts
from shared.files.choutei import Assessment
from shared.files.framing import blocks_of
from shared.keys.channels import Channel
from shared.keys.payment_number import PaymentNumber
from shared.kit.money import Yen
from tests.load.long_files import CASES, NAMES, Invention
from tests.unit.services.ward_gateway.conversions import (
    CONFIRM,
    READ_RECEIPTS,
    TERMS,
    WRITE_BILLING,
)
from tests.unit.shared.files import invented_records as invented
from tests.unit.shared.files.invented_rows import ASSESSMENT
from tests.unit.shared.files.invented_values import KEY

FIRST_NOTICE = 100_000_000
INSTALMENTS = 10
PART_PAID_EVERY = 7


@dataclass(frozen=True)
class Conversion:
    """One way of `mesh files convert`; `convert` takes the paths of its inputs, in that order."""

    name: str
    inputs: tuple[str, ...]
    convert: Callable[..., Converted]


def _claim(number: int) -> dict[str, object]:
    """Return the key of claim `number`, counted from 1: ten instalments to a notice."""
    household, instalment = divmod(number - 1, INSTALMENTS)
    return {"notice_number": str(FIRST_NOTICE + household), "instalment": 1 + instalment}


def assessments(count: int, *, changed: bool = False) -> Iterator[Assessment]:
    """Give `count` rows of choutei.csv; every second one is reduced where they are `changed`."""
    random = Random(count)
    for number in range(1, count + 1):
        medical, support, care = (random.randrange(1_000, top) for top in (50_000, 20_000, 9_000))
        if changed and number % 2:
            care = 0
        yield replace(
            ASSESSMENT,
            **_claim(number),
            record_no=number,
            amount_yen=Yen(medical + support + care),
            medical_yen=Yen(medical),
            support_yen=Yen(support),
            care_yen=Yen(care),
            assessment_id=f"A-2025-{number:06d}",
            liable_person_id=f"P-{number // INSTALMENTS:06d}",
            payer_name_kana=random.choice(NAMES),
        )


def receipts(count: int) -> Iterator[CentreReceipt]:
    """Give one receipt for each claim; every seventh pays a part of it only."""
    random = Random(f"receipts {count}")
    for number, row in enumerate(assessments(count), start=1):
        whole = number % PART_PAID_EVERY
        paid = row.amount_yen if whole else Yen(random.randrange(1, int(row.amount_yen)))
        yield invented.centre_receipt(
            record_seq=number,
            payment_number=f"{random.randrange(10**18):018d}",
            amount_yen=paid,
            bank_code=f"{random.randrange(10**4):04d}",
            receipt_number=f"R{number:010d}",
            **_claim(number),
        )


def _write_upload(count: int) -> Iterator[bytes]:
    """Write what the first function makes of the claims; it is measured elsewhere."""
    return WRITE_BILLING(TERMS.header, map(_billed, assessments(count)))


def _billed(row: Assessment) -> BillingRecord:
    keys = (row.slip_type, row.levy_year, row.instalment, row.notice_number, row.issue)
    number = PaymentNumber(*keys).digits
    return build_billing_record(
        bill_of_row(row),
        record_seq=row.record_no,
        institution_number=TERMS.institution_number,
        category=TERMS.category,
        payment_number=number,
        confirmation_number=CONFIRM(number),
        effective_from=TERMS.effective_from,
    )


def _write_banking(count: int) -> Iterator[bytes]:
    case = CASES["mobile_regi_receipts"]
    banking = (
        replace(each, channel=Channel.MOBILE_BANKING) for each in Invention(case).records(count)
    )
    return mobile_regi_receipts.stream_receipts(case.header, banking)


INPUTS: dict[str, Callable[[int], Iterator[bytes]]] = {
    "choutei": lambda count: choutei.TABLE.stream(assessments(count)),
    "choutei_now": lambda count: choutei.TABLE.stream(assessments(count, changed=True)),
    "centre_receipts": lambda count: stream_centre_receipts(
        invented.CENTRE_HEADER, receipts(count), KEY
    ),
    "upload": _write_upload,
    "mobile_regi_receipts": _write_banking,
}


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from blocks_of(file)


def _to_billing(rows: Path) -> Converted:
    opens = partial(_read, rows)
    return convert_assessments(opens, terms=TERMS, confirm=CONFIRM, write=WRITE_BILLING)


def _to_shuno(paid: Path, rows: Path | None = None) -> Converted:
    claim_of = None
    if rows is not None:
        claim_of = by_claim(index_breakdowns(choutei.read_choutei(_read(rows))))
    return convert_receipts(partial(_read, paid), read=READ_RECEIPTS, claim_of=claim_of)


def _to_changes(upload: Path, rows: Path) -> Converted:
    opens = partial(standings_of_rows, partial(_read, rows))
    uploaded = Upload(upload.name, read_billing(_read(upload), KEY))
    return convert_changes([uploaded], opens, terms=TERMS, write=WRITE_BILLING)


CONVERSIONS = {
    each.name: each
    for each in (
        Conversion("choutei to billing", ("choutei",), _to_billing),
        Conversion("centre_receipts to shuno", ("centre_receipts",), _to_shuno),
        Conversion("the same beside choutei", ("centre_receipts", "choutei"), _to_shuno),
        Conversion("changes: half differ", ("upload", "choutei_now"), _to_changes),
        Conversion(
            "pass-through",
            ("mobile_regi_receipts",),
            lambda path: pass_through(partial(_read, path)),
        ),
    )
}
