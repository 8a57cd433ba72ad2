"""Report commissions to the wards without delay (自治法231条の2の5), sealed to each ward.

The provider carries the file and cannot read it; its count and total travel beside it (BOOKS §1.3).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

from services.card_agent.domain.authorisations import Authorisation
from services.card_agent.domain.contracts import Contract, Contracts
from services.card_agent.domain.waiting_files import (
    AGENT_REPORT,
    WAITING_FILES,
    WaitingFile,
)
from services.card_agent.store.unit_of_work import UnitOfWork
from shared.files.nofu_jutaku_hokoku import Commission as ReportLine
from shared.files.nofu_jutaku_hokoku import CommissionStatus, write_nofu_jutaku_hokoku
from shared.kit.clock import Clock
from shared.kit.ids import new_id
from shared.kit.money import ZERO_YEN

APPROVAL_NUMBER_MASKED = "******"  # all of it: the commission number is what both sides quote

Seal = Callable[[bytes, Contract], bytes]


async def build_agent_reports(
    *,
    contracts: Contracts,
    clock: Clock,
    seal: Seal,
    open_unit_of_work: Callable[[], UnitOfWork],
) -> Mapping[str, int]:
    """Write one report per municipality that has news; return how many files and lines.

    News are commissions of days before today whose present status (0 commissioned, 1 remitted,
    2 late, 3 undone) no report has told. The file and the note of what it tells are one
    transaction.
    """
    counts = {"files": 0, "lines": 0}
    for municipality in contracts.municipalities():
        async with open_unit_of_work() as work:
            silent = await work.remittance_troubles.unreported(municipality)
            news = await work.reports.unreported(municipality, clock.today())
            news = [row for row in news if row.id not in silent]
            if news:
                await _build(work, contracts.of(municipality), news, seal, clock)
                await work.commit()
                counts["files"] += 1
                counts["lines"] += len(news)
    return counts


async def _build(
    work: UnitOfWork,
    contract: Contract,
    news: Sequence[Authorisation],
    seal: Seal,
    clock: Clock,
) -> None:
    lines = [_line(number, row, contract) for number, row in enumerate(news, 1)]
    content = seal(write_nofu_jutaku_hokoku(lines), contract)
    file = WaitingFile(
        id=new_id(),
        state=WAITING_FILES.initial,
        version=0,
        municipality=contract.municipality,
        kind=AGENT_REPORT,
        sequence=await work.waiting_files.next_sequence(contract.municipality, AGENT_REPORT),
        record_count=len(lines),
        total_yen=sum((line.amount_yen for line in lines), ZERO_YEN),
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        created_at=clock.now(),
    )
    await work.waiting_files.add(file, content)
    told = [(row.id, int(line.status)) for row, line in zip(news, lines, strict=True)]
    await work.reports.add_lines(contract.municipality, file.id, told)


def _line(number: int, row: Authorisation, contract: Contract) -> ReportLine:
    commission, barcode = row.commission, row.barcode
    assert commission is not None, f"authorisation {row.id}"  # noqa: S101 - only commissions are reported
    assert barcode is not None, f"authorisation {row.id}"  # noqa: S101 - a commission was asked for one
    status = CommissionStatus.COMMISSIONED
    if row.undone_at is not None:
        status = CommissionStatus.REVERSED
    elif commission.remitted_on is not None:
        late = commission.remitted_on > commission.designated_date
        status = CommissionStatus.LATE if late else CommissionStatus.REMITTED
    return ReportLine(
        record_no=number,
        agent_id=contract.agent_id,
        commission_number=commission.commission_number,
        barcode=barcode,
        amount_yen=row.amount_yen,
        fee_by_payer_yen=row.fee_yen,
        authorised_at=commission.authorised_at,
        approval_number_masked=APPROVAL_NUMBER_MASKED,
        brand=commission.brand.value,
        designated_date=commission.designated_date,
        remitted_on=commission.remitted_on,
        bank_ref=commission.bank_reference or "",
        status=status,
    )
