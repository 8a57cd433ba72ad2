"""Write the receipts files: 速報 of what is new, 確報 of what is due and 速報取消 of what was taken
back, per municipality and channel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from services.payment_provider.domain.contracts import Contract
from services.payment_provider.domain.files import WaitingFile, sha256_of
from services.payment_provider.domain.receipts import Receipt, ReceiptState
from services.payment_provider.domain.undos import CANCEL_REASON
from services.payment_provider.usecases.books import Books
from shared.files import mobile_regi_receipts as regi
from shared.files.codes import DataType
from shared.keys.channels import Channel
from shared.kit.clock import TOKYO, tokyo_date
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.wire.file_collection import RECEIPTS_MOBILE_BANKING, RECEIPTS_MOBILE_CREDIT

KIND_OF_CHANNEL = {
    Channel.MOBILE_BANKING: RECEIPTS_MOBILE_BANKING,
    Channel.MOBILE_CREDIT: RECEIPTS_MOBILE_CREDIT,
}
# A receipt may need two records in one file, and the file's count has six digits.
RECEIPTS_IN_A_FILE_MAX = 400_000


async def build_receipts_files(
    books: Books, *, receipts_max: int = RECEIPTS_IN_A_FILE_MAX
) -> Mapping[str, int]:
    """Build every file that is due now; return the counts of files and records.

    For each municipality and channel: lock what must be written, write it sorted by payment time
    and identity (01 before 02 or 03), add the file, move the receipts; all in one transaction.
    Nothing due, no file. Killed at any line, the next run does what was not committed.
    """
    counts = {"files": 0, "preliminary": 0, "confirmed": 0, "cancelled": 0}
    for contract in books.contracts:
        for channel in KIND_OF_CHANNEL:
            while await _build_one(contract, channel, books, receipts_max, counts) == receipts_max:
                pass
    return counts


async def _build_one(
    contract: Contract, channel: Channel, books: Books, limit: int, counts: dict[str, int]
) -> int:
    """Build at most one file and return how many receipts it took."""
    now, today, town = books.clock.now(), books.clock.today(), contract.municipality
    kind = KIND_OF_CHANNEL[channel]
    async with books.open_unit_of_work() as work:
        receipts = await work.receipts.take_unwritten(
            town, channel, now=now, today=today, limit=limit
        )
        if not receipts:
            return 0
        reported = [r for r in receipts if r.state is ReceiptState.TAKEN]
        confirmed = [r for r in receipts if r.is_to_be_confirmed(today)]
        cancelled = [r for r in receipts if r.is_taken_back]
        sequence = await work.files.next_sequence(town, kind)
        records = _records(receipts, today)
        content = regi.write_receipts(_header(contract, today, sequence), records)
        file = WaitingFile(
            id=new_id(),
            municipality=town,
            kind=kind,
            sequence=sequence,
            record_count=len(records),
            total_yen=Yen(sum(record.amount_yen for record in records)),
            sha256=sha256_of(content),
            size_bytes=len(content),
            created_at=now,
        )
        await work.files.add(file, content)
        await work.receipts.advance_reported([r.id for r in reported], file.id)
        await work.receipts.advance_confirmed([r.id for r in confirmed], file.id)
        await work.receipts.advance_cancelled([r.id for r in cancelled], file.id)
        await work.commit()
    counts["files"] += 1
    counts["preliminary"] += len(reported)
    counts["confirmed"] += len(confirmed)
    counts["cancelled"] += len(cancelled)
    return len(receipts)


def _header(contract: Contract, today: date, sequence: int) -> regi.ReceiptsHeader:
    return regi.ReceiptsHeader(
        created_on=today,
        agent_code=contract.agent_company_code,
        company_code=contract.company_code,
        company_name_kana=contract.name_kana,
        file_sequence=sequence,
    )


def _records(receipts: Sequence[Receipt], today: date) -> list[regi.Receipt]:
    """Return the records by payment time and identity, a receipt's 01 before its 02 or 03."""
    records = []
    for receipt in receipts:
        if receipt.state is ReceiptState.TAKEN:
            records.append(_record(receipt, DataType.PRELIMINARY, today))
        if receipt.is_to_be_confirmed(today):
            records.append(_record(receipt, DataType.CONFIRMED, today))
        if receipt.is_taken_back:
            records.append(_record(receipt, DataType.CANCELLED, today))
    return records


def _record(receipt: Receipt, data_type: DataType, today: date) -> regi.Receipt:
    """Return one record; only a 確報 says when the money comes (振込予定日) and is booked
    (経理処理日), only a 速報取消 why (取消理由). A 03 is its 01 in all else.
    """
    confirmed = data_type is DataType.CONFIRMED
    return regi.Receipt(
        data_type=data_type,
        paid_on=tokyo_date(receipt.paid_at),
        paid_at_hhmm=receipt.paid_at.astimezone(TOKYO).strftime("%H%M"),
        barcode=receipt.barcode,
        shop_code=f"{receipt.shop_number:07d}",
        acquired_on=today,
        transfer_date=receipt.transfer_date if confirmed else None,
        booked_on=today if confirmed else None,
        channel=receipt.channel,
        cancel_reason=CANCEL_REASON if data_type is DataType.CANCELLED else None,
    )
