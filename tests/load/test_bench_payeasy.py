"""The benchmark of uploads measures what it says, on a file of a few thousand records."""

from __future__ import annotations

from tests.load.bench_payeasy import measure

RECORDS = 5_000


async def test_every_record_is_stored_applied_and_answered_while_banks_are_answered():
    figures = await measure(RECORDS, quiet_seconds=0.5)
    assert figures["stored"] == {"records": RECORDS, "bills": RECORDS, "results": RECORDS}
    assert figures["applied"] == {"files": 1, "records": RECORDS, "refused": 0}
    assert all(ward["inquiries"] > 0 for ward in figures["inquiries"]["quiet"].values())
    assert figures["records_per_second"] > 0
    assert figures["times_floor"] > 0
    assert len(figures["floor_seconds"]) == 3
