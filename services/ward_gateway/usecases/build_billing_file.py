"""Open orders become the next billing files (DOMAIN §2.7), which wait for a second person."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from services.ward_gateway.domain.billing_orders import OrderedRecord, OrderKind
from services.ward_gateway.domain.contracts import WardContract
from services.ward_gateway.domain.slips import bill_of_slip
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.build_billing_record import BillingTerms, build_billing_record
from shared.files.billing import BillingHeader, BillingRecord
from shared.files.codes import Proc
from shared.kit.clock import Clock, tokyo_date
from shared.kit.ids import new_id

WriteBilling = Callable[[BillingHeader, Iterable[BillingRecord]], bytes]
RECORDS_PER_FILE = 100_000


@dataclass(frozen=True)
class Building:
    """What making a billing file needs; prepared_by: the user ID of who has it made."""

    open_unit_of_work: Callable[[], UnitOfWork]
    contract: WardContract
    write_billing: WriteBilling
    clock: Clock
    prepared_by: str
    records_per_file: int = RECORDS_PER_FILE


async def build_billing_files(building: Building) -> dict[str, int]:
    """Put every open order into a file; return how many files were built."""
    built = 0
    while await build_billing_file(building):
        built += 1
    return {"files_built": built} if built else {}


async def build_billing_file(building: Building) -> bool:
    """Put open orders into a new file and commit it as BUILT; return False if there were none.

    Deletes stand first, then changes, then adds, each in slip order. The next number is taken; the
    same bytes are released by a second person, and sent until the centre has answered.
    """
    upload_id, now = new_id(), building.clock.now()
    async with building.open_unit_of_work() as work:
        if not await work.billing_orders.any_unsent():
            return False
        await work.assessments.lock()
        sequence = await work.billing_uploads.last_sequence() + 1
        await work.billing_uploads.reserve(
            upload_id, sequence, prepared_by=building.prepared_by, built_at=now
        )
        ordered = await work.billing_orders.take_unsent(upload_id, building.records_per_file)
        if not ordered:
            return False
        terms = _terms(building, sequence)
        content = building.write_billing(terms.header, _records(ordered, terms.effective_from))
        total_yen = sum(int(record.slip.amount_yen) for record in ordered)
        sha256 = hashlib.sha256(content).hexdigest()
        await work.billing_uploads.fill(upload_id, content, sha256, len(ordered), total_yen)
        await work.commit()
    return True


def _terms(building: Building, sequence: int) -> BillingTerms:
    now = building.clock.now()
    return BillingTerms(
        institution_number=building.contract.institution_number,
        category=building.contract.category,
        institution_name_kana=building.contract.name_kana,
        file_sequence=sequence,
        made_at=now,
        effective_from=tokyo_date(now),
    )


def _records(ordered: Sequence[OrderedRecord], today: date) -> list[BillingRecord]:
    """Return the records; an add is in effect from its slip's day, anything else from today."""
    return [
        build_billing_record(
            bill_of_slip(
                record.slip, record.assessed_year, record.account_code, record.payer_name_kana
            ),
            record_seq=record.record_seq,
            institution_number=record.slip.institution_number,
            category=record.slip.category,
            payment_number=record.slip.payment_number,
            confirmation_number=record.slip.confirmation_number,
            effective_from=record.slip.effective_from if record.kind is OrderKind.ADD else today,
            proc=Proc(record.kind),
            delete_reason=record.reason,
        )
        for record in ordered
    ]
