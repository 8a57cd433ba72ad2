"""The standard system's import (取込): every day it fetches what the ward's gateway has for it.

It trusts nothing that travels: hash, count and sum are computed again, and what was imported is
kept by receipt, so that a verdict can hold it against the ward's own books.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from shared.files.codes import DataType
from shared.files.csv_tables import FileTotals
from shared.files.mobile_regi_receipts import load_receipts
from shared.files.shuno import MatchStatus, load_shuno
from shared.wire.deliveries import (
    ACKNOWLEDGE_DELIVERY,
    FETCH_DELIVERY,
    LIST_DELIVERIES,
    SHUNO,
    DeliveryView,
)
from shared.wire.file_collection import AcknowledgeFile
from simulation.access import Access

ROLE = "system"
Notice = tuple[DataType, str, str, int, bool]
"""Kind of notice, channel, the receipt's identity, yen, whether it can be cleared as told."""
SPLIT = (MatchStatus.EXACT, MatchStatus.PART)
"""A row of shuno.csv that says what of which claim was paid; app banking's files never say it."""


@dataclass
class StandardSystemImport:
    """Fetches, checks, imports, acknowledges.

    live: yen by (channel, receipt) as imported; unsplit: those that came without a breakdown.
    """

    access: Access
    live: dict[tuple[str, str], int] = field(default_factory=dict)
    unsplit: set[tuple[str, str]] = field(default_factory=set)
    surprises: list[str] = field(default_factory=list)

    async def day(self, _: date) -> int:
        """Import everything that waits, in order; return how many files that were."""
        imported = 0
        while waiting := (await self.access.staff_asks(ROLE, LIST_DELIVERIES)).deliveries:
            for delivery in waiting:
                if not await self._import(delivery):
                    return imported
                imported += 1
        return imported

    async def _import(self, delivery: DeliveryView) -> bool:
        file_id = delivery.file_id
        content = await self.access.staff_fetches(ROLE, FETCH_DELIVERY, file_id=file_id)
        sha256 = hashlib.sha256(content).hexdigest()
        notices = _notices(delivery, content)
        told = (delivery.sha256, delivery.record_count, int(delivery.total_yen))
        if notices is None or told != (sha256, len(notices), sum(yen for *_, yen, _ in notices)):
            self.surprises.append(f"{delivery.kind} number {delivery.sequence} cannot be imported")
            return False
        for kind, channel, receipt, yen, split in notices:
            if kind is DataType.CANCELLED:
                self.live.pop((channel, receipt), None)
            else:
                self.live[channel, receipt] = yen
            if not split:
                self.unsplit.add((channel, receipt))
        body = AcknowledgeFile(file_id=file_id, sha256=sha256)
        await self.access.staff_asks(ROLE, ACKNOWLEDGE_DELIVERY, body, file_id=file_id)
        return True

    def imported(self) -> Counter[tuple[str, int]]:
        """Return (channel, yen) of every receipt that was imported and not taken back."""
        return Counter((channel, yen) for (channel, _), yen in self.live.items())


def _notices(delivery: DeliveryView, content: bytes) -> list[Notice] | None:
    """Return what a file tells of each receipt; None if it breaks its format."""
    if delivery.kind == SHUNO:
        totals = FileTotals(delivery.record_count, int(delivery.total_yen), delivery.sha256)
        rows = load_shuno(content, totals)
        if any(problem.structural for problem in rows.problems):
            return None
        return [
            (
                row.data_type,
                row.channel.value,
                row.receipt_id,
                int(row.amount_yen),
                row.match_status in SPLIT,
            )
            for row in rows.records
        ]
    receipts = load_receipts(content)
    if any(problem.structural for problem in receipts.problems):
        return None
    return [
        (
            one.data_type,
            one.channel.value,
            f"{one.barcode}/{one.paid_on}/{one.paid_at_hhmm}/{one.shop_code}",
            int(one.amount_yen),
            True,
        )
        for one in receipts.records
    ]
