"""Make a statement: every yen of the ward into its heap, the identities, and the residual.

Changes no book; what it computes is stored and never changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from services.ward_gateway.domain.heaps import Heap, heap_books
from services.ward_gateway.domain.pay_in_statements import StatedFrom
from services.ward_gateway.domain.statements import (
    Evidence,
    Identity,
    Reached,
    check_identities,
    receipts_reached,
    roll_forward,
    statement_lines,
)
from services.ward_gateway.store.unit_of_work import UnitOfWork
from shared.keys.regimes import TRUSTEE_LAW_FROM
from shared.kit.calendar import BusinessCalendar, japanese_banks
from shared.kit.clock import Clock
from shared.kit.ids import new_id
from shared.kit.money import Yen


@dataclass(frozen=True)
class Statement:
    """The ward's books at one moment, in yen."""

    id: UUID
    fiscal_year: int
    as_of: date
    heaps: Mapping[Heap, Yen]
    identities: tuple[Identity, ...]
    residual_yen: Yen
    assessed_yen: Yen
    received_yen: Yen
    deposited_yen: Yen
    reached: Reached


async def make_statement(
    fiscal_year: int,
    as_of: date | None = None,
    *,
    open_unit_of_work: Callable[[], UnitOfWork],
    clock: Clock,
    calendar: BusinessCalendar | None = None,
    trustee_from: date | None = TRUSTEE_LAW_FROM,
    statements_from: StatedFrom | None = None,
) -> Statement:
    """Read all books in one snapshot, divide them, check them, store the result.

    as_of (default: today in Tokyo) moves dates only; the books are those of this moment. The
    whole ward is taken, each line with its own year: fiscal_year names the series of statements
    that roll forward (I14). An identity that does not hold is part of the answer, no error.
    """
    day = as_of or clock.today()
    async with open_unit_of_work() as work:
        await work.statements.freeze()
        books = replace(
            await work.statements.books(),
            trustee_from=trustee_from,
            statements_from=statements_from or {},
        )
        raw = await work.statements.raw_totals(day)
        residual = await work.statements.residual()
        former = await work.statements.last_roll_forward(fiscal_year)
        # Away from the event loop: a large ward takes seconds, and the door stays awake.
        heaped = await asyncio.to_thread(heap_books, books, day)
        evidence = Evidence(books, heaped, raw, former, day, calendar or japanese_banks())
        statement = Statement(
            id=new_id(),
            fiscal_year=fiscal_year,
            as_of=day,
            heaps={heap: Yen(yen) for heap, yen in heaped.totals().items()},
            identities=await asyncio.to_thread(check_identities, evidence),
            residual_yen=residual,
            assessed_yen=Yen(raw.assessed_yen),
            received_yen=Yen(raw.received_yen),
            deposited_yen=Yen(raw.deposited_yen),
            reached=receipts_reached(raw.channels),
        )
        await work.statements.add(
            statement_id=statement.id,
            fiscal_year=fiscal_year,
            as_of=day,
            made_at=clock.now(),
            body=_body(statement),
            roll=roll_forward(heaped, books, raw),
            lines=await asyncio.to_thread(statement_lines, heaped),
        )
        await work.commit()
    return statement


def _body(statement: Statement) -> dict[str, Any]:
    return {
        "heaps": {heap.value: yen for heap, yen in statement.heaps.items()},
        "identities": [asdict(identity) for identity in statement.identities],
        "residual_yen": statement.residual_yen,
        "assessed_yen": statement.assessed_yen,
        "received_yen": statement.received_yen,
        "deposited_yen": statement.deposited_yen,
        "reached": statement.reached._asdict(),
    }
