"""How receipts become one 200-byte file that waits for the ward: numbered, sealed, in one order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from services.lgwan_asp.domain.contracts import Contract
from services.lgwan_asp.domain.outgoing_files import OutgoingFile
from services.lgwan_asp.domain.receipts import Receipt, pay_in_day
from services.lgwan_asp.store.unit_of_work import UnitOfWork
from shared.files.centre_receipts import (
    CentreReceipt,
    CentreReceiptsHeader,
    write_centre_receipts,
)
from shared.files.codes import DataType
from shared.kit.calendar import japanese_banks
from shared.kit.clock import TOKYO, Clock
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.wire.file_collection import RECEIPTS_PAYEASY


@dataclass(frozen=True, slots=True)
class Line:
    """One record to write: a receipt in one of its three lives."""

    data_type: DataType
    receipt: Receipt


def lines_of(data_type: DataType, receipts: Iterable[Receipt]) -> list[Line]:
    """Return lines by business time, then by the receipt's identity (DESIGN rule 9)."""
    return [Line(data_type, r) for r in sorted(receipts, key=lambda receipt: receipt.sort_key)]


async def write_receipts_file(
    work: UnitOfWork, contract: Contract, lines: Sequence[Line], clock: Clock
) -> OutgoingFile:
    """Add the file to the open transaction and return it; there is at least one line."""
    sequence = await work.outgoing_files.next_sequence(
        contract.institution_number, RECEIPTS_PAYEASY
    )
    now = clock.now()
    records = [
        _record(line, number, contract, clock.today()) for number, line in enumerate(lines, start=1)
    ]
    header = CentreReceiptsHeader(
        institution_number=contract.institution_number,
        created_on=clock.today(),
        created_at_hhmmss=now.astimezone(TOKYO).strftime("%H%M%S"),
        file_sequence=sequence,
        period_from=min(record.paid_on for record in records),
        period_to=max(record.paid_on for record in records),
        institution_name_kana=contract.institution_name_kana,
    )
    content = write_centre_receipts(header, records, contract.tamper_key)
    file = OutgoingFile(
        id=new_id(),
        municipality=contract.municipality,
        institution_number=contract.institution_number,
        kind=RECEIPTS_PAYEASY,
        sequence=sequence,
        record_count=len(records),
        total_yen=Yen(sum(record.amount_yen for record in records)),
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        created_at=now,
    )
    await work.outgoing_files.add(file, content)
    return file


def _record(line: Line, number: int, contract: Contract, today: date) -> CentreReceipt:
    """Write a receipt as a record; 払込日 stands in a 02 only, and is the day that was planned."""
    receipt, n = line.receipt, line.receipt.notification
    pay_in_on = pay_in_day(japanese_banks(), n.paid_on, contract.payin_business_days)
    cancelled = line.data_type is DataType.CANCELLED
    return CentreReceipt(
        data_type=line.data_type,
        record_seq=number,
        institution_number=receipt.key.institution_number,
        payment_number=receipt.key.payment_number,
        category=receipt.key.category,
        amount_yen=n.amount_yen,
        paid_on=n.paid_on,
        paid_at_hhmmss=n.paid_at.astimezone(TOKYO).strftime("%H%M%S"),
        bank_code=n.bank_code,
        branch_code=n.branch_code,
        medium=n.medium,
        receipt_number=n.receipt_number,
        transfer_date=pay_in_on,
        paid_in_on=pay_in_on if line.data_type is DataType.CONFIRMED else None,
        created_on=today,
        cancel_reason=receipt.cancel_reason if cancelled else None,
        cancelled_receipt_number=n.receipt_number if cancelled else "",
        notice_number=receipt.notice_number,
        levy_year=receipt.levy_year,
        instalment=receipt.instalment,
    )
