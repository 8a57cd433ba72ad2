"""Each statement that a telegram sends, explained by PostgreSQL: an index, never a whole table."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from asyncpg.connection import LoggedQuery
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.kit.rounds import ROUND_SETTINGS
from tests.integration.services.lgwan_asp.conftest import Centre, Slip

ROWS = 20_000
# As many rows of others beside the ones that are asked for, made like one that is there.
OTHERS = {
    "bills": "'notice_number', lpad((n + 1000)::text, 9, '0')",
    "receipts": "'id', gen_random_uuid(), 'receipt_number', 'X' || n",
    "inquiry_sessions": "'id', gen_random_uuid()",
    "wrong_numbers": "'count', 1",
}
LIKE_ONE = """
INSERT INTO {table} SELECT made.*
FROM (SELECT * FROM {table} LIMIT 1) one, generate_series(1, {rows}) n,
  jsonb_populate_record(NULL::{table}, to_jsonb(one) || jsonb_build_object(
    'payment_number', '9' || lpad(n::text, 17, '0'), {other})
    || CASE WHEN to_jsonb(one) ? 'bank_code'
      THEN jsonb_build_object('bank_code', lpad((n % 90)::text, 4, '0')) ELSE '{{}}' END) made
"""


@dataclass
class Sent:
    """Statements with their parameters, as they left for the database; BEGIN and COMMIT apart."""

    statements: list[tuple[str, Any]] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)

    def by_sqlalchemy(self, *call: Any) -> None:
        _, _, statement, parameters, *_ = call
        self.statements.append((statement, parameters))

    def by_asyncpg(self, query: LoggedQuery) -> None:
        if re.match(r"BEGIN|COMMIT|ROLLBACK", query.query):
            self.ends.append(query.query.rstrip(";"))
        else:
            self.statements.append((query.query, tuple(query.args)))


@asynccontextmanager
async def _sent(engine: AsyncEngine) -> AsyncIterator[Sent]:
    """Note what is sent through either way, on every connection that is taken meanwhile."""
    sent, heard = Sent(), set()

    def listen(connection: Any, *_: Any) -> None:
        driver = connection.driver_connection
        if driver not in heard:
            heard.add(driver)
            driver.add_query_logger(sent.by_asyncpg)

    event.listen(engine.sync_engine, "before_cursor_execute", sent.by_sqlalchemy)
    event.listen(engine.sync_engine, "checkout", listen)
    try:
        yield sent
        await asyncio.sleep(0)  # asyncpg tells its listeners in the loop's next round
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", sent.by_sqlalchemy)
        event.remove(engine.sync_engine, "checkout", listen)
        for driver in heard:
            driver.remove_query_logger(sent.by_asyncpg)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from _nodes(inner)


async def _plan(engine: AsyncEngine, statement: str, parameters: Any) -> list[dict[str, Any]]:
    """Return a plan's nodes; a round's statement has the plan that its own connection keeps."""
    async with engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        is_round = "AS told(" in statement
        if is_round:
            for name, value in ROUND_SETTINGS.items():
                await connection.exec_driver_sql(f"SET LOCAL {name} = '{value}'")
            await driver.execute(f"PREPARE kept AS {statement}")
            nothing = ", ".join("NULL" for _ in parameters)
            statement, parameters = f"EXECUTE kept({nothing})", ()
        explain = f"EXPLAIN (FORMAT JSON) {statement}"
        found = (await connection.exec_driver_sql(explain, parameters)).scalar_one()
        await connection.rollback()
        if is_round:
            await driver.execute("DEALLOCATE kept")
    plans = json.loads(found) if isinstance(found, str) else found
    return list(_nodes(plans[0]["Plan"]))


async def _fill(centre: Centre, databases) -> None:
    name = centre.resources.foundation.engine.url.database
    async with databases.server.connection(name) as connection:
        for table, other in OTHERS.items():
            await connection.execute(LIKE_ONE.format(table=table, rows=ROWS, other=other))
        await connection.execute("ANALYZE")


def _reads_whole(nodes: list[dict[str, Any]]) -> list[str]:
    """Return large tables of which a plan reads every row: the table, or all of an index."""
    whole = [n for n in nodes if n["Node Type"] == "Seq Scan"]
    whole += [n for n in nodes if n["Node Type"].startswith("Index") and "Index Cond" not in n]
    return [n["Relation Name"] for n in whole if n["Relation Name"] in OTHERS]


async def _prepare(centre: Centre, databases) -> None:
    await centre.publish(Slip(1), Slip(2), Slip(3))
    await centre.pay(Slip(1), "R0")
    await centre.inquire(Slip(2), confirmation_number="0000")
    await _fill(centre, databases)


async def test_every_statement_of_a_telegram_uses_an_index(centre: Centre, databases):
    await _prepare(centre, databases)
    engine = centre.resources.foundation.engine
    async with _sent(engine) as sent:
        await centre.pay(Slip(2), "R1", "0002")
        assert (await centre.inquire(Slip(2))).result == "20"
        assert (await centre.inquire(Slip(3), confirmation_number="0000")).result == "11"
        assert await centre.cancel("R1", "0002") == "00"
    touched = set()
    for statement, parameters in sent.statements:
        nodes = await _plan(engine, statement, parameters)
        assert _reads_whole(nodes) == [], statement
        touched |= {n["Relation Name"] for n in nodes if "Index Cond" in n and "Relation Name" in n}
    assert touched >= set(OTHERS)


async def test_a_statement_that_reads_a_whole_table_is_found(centre: Centre, databases):
    await _prepare(centre, databases)
    engine = centre.resources.foundation.engine
    nodes = await _plan(engine, "SELECT 1 FROM bills WHERE description_kana = 'x'", ())
    assert _reads_whole(nodes) == ["bills"]
    nodes = await _plan(engine, "SELECT bank_code FROM wrong_numbers ORDER BY municipality", ())
    assert _reads_whole(nodes) == ["wrong_numbers"]


async def test_a_pair_takes_few_round_trips(centre: Centre):
    """Inquiry: one look and one row. Notification: one look, and a row with its books and close."""
    await centre.publish(Slip(1), Slip(2))
    await centre.pay(Slip(2), "R0")  # asyncpg asks once for the types of a connection
    engine = centre.resources.foundation.engine
    async with _sent(engine) as sent:
        answer = await centre.inquire(Slip(1))
    assert (len(sent.statements), sent.ends) == (2, [])
    async with _sent(engine) as sent:
        assert await centre.notify(centre.notification(answer)) == "00"
    # The sandbox's switch is asked for first, in a transaction of its own; outside nobody asks.
    assert sent.ends == ["BEGIN", "ROLLBACK"]
    assert len(sent.statements) == 1 + 2


async def test_many_at_once_share_their_round_trips(centre: Centre):
    """Twenty pairs by twenty banks' lines: of each of the four statements a few, not twenty."""
    slips = [Slip(n) for n in range(1, 21)]
    await centre.publish(*slips)
    engine = centre.resources.foundation.engine
    async with _sent(engine) as sent:
        answers = await asyncio.gather(*(centre.inquire(slip) for slip in slips))
        notices = [centre.notification(each, f"R{n}") for n, each in enumerate(answers)]
        codes = await asyncio.gather(*(centre.notify(each) for each in notices))
    assert codes == ["00"] * 20
    rounds = [statement for statement, _ in sent.statements if "AS told(" in statement]
    assert 4 <= len(rounds) <= 16
    assert await centre.rows("SELECT count(*) FROM receipts") == [(20,)]
    assert await centre.rows("SELECT count(*) FROM history WHERE record = 'receipts'") == [(20,)]
    used = "SELECT count(*) FROM inquiry_sessions WHERE used_at IS NOT NULL"
    assert await centre.rows(used) == [(20,)]
