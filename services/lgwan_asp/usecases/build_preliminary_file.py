"""At the close of day: 速報 of every receipt not yet reported, then 速報取消."""

from __future__ import annotations

from collections import Counter

from services.lgwan_asp.domain.contracts import Contract, Contracts
from services.lgwan_asp.domain.receipts import Receipt, ReceiptState
from services.lgwan_asp.store.unit_of_work import OpenUnitOfWork
from services.lgwan_asp.usecases.write_receipts_file import lines_of, write_receipts_file
from shared.files.codes import DataType
from shared.kit.clock import Clock

_S = ReceiptState


async def build_preliminary_file(
    *, contracts: Contracts, open_unit_of_work: OpenUnitOfWork, clock: Clock
) -> Counter[str]:
    """Build one file for each municipality that has something to report; return counts.

    A receipt that was cancelled before its 01 was made is written as 01 and then 03. File and
    moves are one transaction: a crash leaves both undone, a repeat finds nothing to report.
    """
    counts: Counter[str] = Counter(files=0, preliminary=0, cancelled=0)
    for contract in contracts.in_order():
        counts.update(await _build(contract, open_unit_of_work, clock))
    return counts


async def _build(
    contract: Contract, open_unit_of_work: OpenUnitOfWork, clock: Clock
) -> Counter[str]:
    async with open_unit_of_work() as work:
        found = await work.receipts.in_states(contract.municipality, _S.TAKEN, _S.CANCELLED)
        if not found:
            return Counter()
        taken = [receipt for receipt in found if receipt.state is _S.TAKEN]
        cancelled = [receipt for receipt in found if receipt.state is _S.CANCELLED]
        unseen = [receipt for receipt in cancelled if receipt.preliminary_file_id is None]
        lines = [
            *lines_of(DataType.PRELIMINARY, [*taken, *unseen]),
            *lines_of(DataType.CANCELLED, cancelled),
        ]
        file = await write_receipts_file(work, contract, lines, clock)
        await work.receipts.report(taken, _S.TAKEN, _S.REPORTED, preliminary_file_id=file.id)
        await work.receipts.report(
            unseen,
            _S.CANCELLED,
            _S.CANCELLATION_REPORTED,
            preliminary_file_id=file.id,
            cancellation_file_id=file.id,
        )
        await work.receipts.report(
            _without(cancelled, unseen),
            _S.CANCELLED,
            _S.CANCELLATION_REPORTED,
            cancellation_file_id=file.id,
        )
        await work.commit()
    return Counter(files=1, preliminary=len(taken) + len(unseen), cancelled=len(cancelled))


def _without(receipts: list[Receipt], others: list[Receipt]) -> list[Receipt]:
    taken_out = {receipt.id for receipt in others}
    return [receipt for receipt in receipts if receipt.id not in taken_out]
