"""How a few keys stand is looked up by their own claims, however many others were corrected."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import event, text

from tests.integration.services.ward_gateway.corrected_claims import change, hand_in

# With these only what a statement cannot look up by an index is read whole.
TURNED_OFF = ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "material")


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)


async def test_one_slips_standing_reads_no_other_claims_corrections(ward) -> None:
    slip, *_ = await ward.with_slips(1000, 2000, 3000)
    ward.clock.instant = ward.clock.instant.replace(hour=3)
    await hand_in(ward, change(1, 900), change(2, 1900))
    asked: list[tuple[str, Any]] = []

    def listen(_: object, __: object, statement: str, parameters: object, *___: object) -> None:
        if "assessment_corrections" in statement:
            asked.append((statement, parameters))

    event.listen(ward.engine.sync_engine, "before_cursor_execute", listen)
    async with ward.resources.open_unit_of_work() as work:
        standing = await work.key_standings.of_slip(slip.slip_id, ward.clock.today())
    event.remove(ward.engine.sync_engine, "before_cursor_execute", listen)
    assert standing.corrected_at == ward.clock.instant
    ((statement, parameters),) = asked
    async with ward.engine.connect() as connection:
        for way in TURNED_OFF:
            await connection.execute(text(f"SET LOCAL enable_{way} = off"))
        explain = f"EXPLAIN (FORMAT JSON) {statement}"
        found = (await connection.exec_driver_sql(explain, parameters)).scalar_one()
        await connection.rollback()
    (plan,) = json.loads(found) if isinstance(found, str) else found
    read = [n for n in nodes(plan["Plan"]) if n.get("Relation Name") == "assessment_corrections"]
    assert read
    assert all("assessment_id" in node.get("Index Cond", "") for node in read), read
