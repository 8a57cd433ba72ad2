"""A registered file goes on to the standard system: as shuno.csv, or byte for byte (BOOKS §1.13).

The converters keep nothing; this keeps what they make, until the standard system has it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from services.ward_gateway.domain.deliveries import Delivery
from services.ward_gateway.domain.exceptions import ExceptionCode
from services.ward_gateway.domain.intakes import Intake
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.check_then_write import Converted
from services.ward_gateway.usecases.convert_receipts import (
    ClaimOf,
    ReadReceipts,
    convert_receipts,
)
from services.ward_gateway.usecases.pass_through import pass_through
from services.ward_gateway.usecases.recall_claims import recall_claims
from shared.files.centre_receipts import CentreReceipt
from shared.files.problems import FileProblem
from shared.kit.money import Yen
from shared.wire.deliveries import RECEIPTS_MOBILE_BANKING, SHUNO
from shared.wire.file_collection import RECEIPTS_MOBILE_BANKING as BANKING_FILE
from shared.wire.file_collection import RECEIPTS_PAYEASY

KINDS = {RECEIPTS_PAYEASY: SHUNO, BANKING_FILE: RECEIPTS_MOBILE_BANKING}


async def make_delivery(
    work: UnitOfWork, intake: Intake, content: bytes, *, read: ReadReceipts
) -> dict[str, int]:
    """Make what the standard system gets of a file, inside the transaction that registers it.

    1. Only the centre's and app banking's receipts go on. 2. The centre's are converted beside what
    they pay by the ward's own rows (recall_claims); app banking's pass as they are. 3. A file
    whose number went on before (the partner sent it twice) goes on once. What cannot be converted
    opens an exception, and the registration goes on. `read` holds the key of the seals.
    """
    kind = KINDS.get(intake.kind)
    if kind is None:
        return {}
    convert: Callable[[], Converted] = partial(pass_through, lambda: content)
    if kind == SHUNO:
        claim_of = await recall_claims(work, partial(_receipts, read, content))
        convert = partial(_to_shuno, content, read, claim_of)
    made = await asyncio.to_thread(_drawn, convert)
    if made is None:
        code, detail = ExceptionCode.DELIVERY_NOT_MADE, f"{intake.kind} number {intake.sequence}"
        await work.exceptions.open(
            code, "intake", str(intake.id), Yen(intake.total_yen), f"{detail} was not converted."
        )
        return {"deliveries_not_made": 1}
    delivery = Delivery(
        id=intake.id,
        kind=kind,
        sequence=intake.sequence,
        record_count=intake.record_count,
        total_yen=Yen(intake.total_yen),
        sha256=hashlib.sha256(made).hexdigest(),
        size_bytes=len(made),
        made_at=work.clock.now(),
    )
    return {"deliveries": int(await work.deliveries.add(delivery, made))}


def _receipts(read: ReadReceipts, content: bytes) -> Iterator[CentreReceipt]:
    return (item for item in read(content) if isinstance(item, CentreReceipt))


def _to_shuno(content: bytes, read: ReadReceipts, claim_of: ClaimOf) -> Converted:
    return convert_receipts(lambda: content, read=read, claim_of=claim_of)


def _drawn(convert: Callable[[], Iterable[bytes | FileProblem]]) -> bytes | None:
    """Return the converted file, or None for a structural problem; one of meaning is in its row."""
    parts = []
    for item in convert():
        if isinstance(item, bytes):
            parts.append(item)
        elif item.structural:
            return None
    return b"".join(parts)
