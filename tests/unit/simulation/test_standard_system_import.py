"""The standard system's import is a witness: what it has is held against the ward's books."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from shared.files.codes import DataType
from shared.files.mobile_regi_receipts import write_receipts
from shared.files.shuno import write_shuno
from shared.keys.channels import Channel
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.wire.deliveries import ACKNOWLEDGE_DELIVERY, DeliveriesListed, DeliveryView
from simulation.rehearsal import not_imported
from simulation.standard_system_import import StandardSystemImport
from tests.unit.shared.files.invented_receipts import MATCHED, NOT_COMPARED, UNKNOWN_CLAIM
from tests.unit.shared.files.invented_records import RECEIPTS, receipt

FIRST, CANCELLED = (
    replace(receipt(kind), channel=Channel.MOBILE_BANKING)
    for kind in (DataType.PRELIMINARY, DataType.CANCELLED)
)
TODAY = date(2025, 6, 12)


class Gateway:
    """What the standard system sees of the ward's door."""

    def __init__(self, *contents: bytes, **said: Any) -> None:
        self.files = [(self._listed(n, c, said), c) for n, c in enumerate(contents, start=1)]

    def _listed(self, number: int, content: bytes, said: dict[str, Any]) -> DeliveryView:
        records = content.count(FIRST.barcode.encode())
        values = {
            "file_id": new_id(),
            "kind": "receipts_mobile_banking",
            "sequence": number,
            "record_count": records,
            "total_yen": Yen(records * int(FIRST.amount_yen)),
            "sha256": hashlib.sha256(content).hexdigest(),
            "size_bytes": len(content),
            "made_at": datetime(2025, 6, 12, tzinfo=UTC),
            "acknowledged_at": None,
        }
        return DeliveryView(**(values | said))

    async def staff_asks(self, role: str, arrow: Any, question: Any = None, **_: Any) -> Any:
        assert role == "system"
        if arrow is ACKNOWLEDGE_DELIVERY:
            self.files = [each for each in self.files if each[0].file_id != question.file_id]
        return DeliveriesListed(deliveries=tuple(listed for listed, _ in self.files))

    async def staff_fetches(self, _: str, __: Any, *, file_id: Any) -> bytes:
        return next(content for listed, content in self.files if listed.file_id == file_id)


def written(*records: Any) -> bytes:
    return write_receipts(RECEIPTS.header, records)


def books(*phases: str) -> Any:
    receipts = [
        SimpleNamespace(channel="mobile_banking", amount_yen=FIRST.amount_yen, phase=phase)
        for phase in phases
    ]
    return SimpleNamespace(receipts=receipts)


async def test_what_was_imported_and_not_taken_back_is_what_the_ward_has() -> None:
    other = replace(FIRST, paid_at_hhmm="2359")
    gateway = Gateway(written(FIRST, other), written(CANCELLED))
    system = StandardSystemImport(gateway)  # type: ignore[arg-type]
    assert await system.day(TODAY) == 2
    assert gateway.files == []
    assert not_imported(books("confirmed", "cancelled"), system) == []
    (missing,) = not_imported(books("confirmed", "confirmed"), system)
    assert missing.startswith("not imported by the standard system: 1 x")
    (strange,) = not_imported(books("cancelled"), system)
    assert strange.startswith("imported, and not in the ward's books: 1 x")


@pytest.mark.parametrize(
    ("row", "told"),
    [(UNKNOWN_CLAIM, 1), (NOT_COMPARED, 1), (MATCHED, 0)],
    ids=["none", "unknown", "exact"],
)
async def test_a_receipt_that_pays_no_claim_is_a_surprise_of_the_verdict(row, told) -> None:
    content = write_shuno([replace(row, record_no=1)])
    said = {"kind": "shuno", "record_count": 1, "total_yen": row.amount_yen}
    system = StandardSystemImport(Gateway(content, **said))  # type: ignore[arg-type]
    assert await system.day(TODAY) == 1
    shown = SimpleNamespace(channel=row.channel.value, amount_yen=row.amount_yen, phase="confirmed")
    found = not_imported(SimpleNamespace(receipts=[shown]), system)  # type: ignore[arg-type]
    assert len([each for each in found if each.startswith("imported without a claim")]) == told
    assert len(found) == told


@pytest.mark.parametrize(
    "said", [{"sha256": "0" * 64}, {"record_count": 2}, {"total_yen": Yen(1)}], ids=str
)
async def test_a_file_that_is_not_what_was_said_of_it_is_not_acknowledged(said) -> None:
    gateway = Gateway(written(FIRST), **said)
    system = StandardSystemImport(gateway)  # type: ignore[arg-type]
    assert await system.day(TODAY) == 0
    assert len(gateway.files) == 1
    assert any("cannot be imported" in each for each in not_imported(books(), system))
