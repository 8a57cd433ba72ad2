"""What the standard system hands in after the first file: claims corrected, and the books after."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.ward_gateway.store import tables
from shared.files.choutei import Assessment, write_choutei
from shared.files.codes import Proc
from shared.wire import ward_intranet as wire
from tests.integration.services.ward_gateway.conftest import claim

RUN = wire.IssueSlips(fiscal_year=2025)


def change(number: int, amount: int, correction: int = 1, **more: Any) -> Assessment:
    """Return a correction: the claim of that number is of this amount now."""
    return claim(number, amount, proc=Proc.CHANGE, correction_count=correction, **more)


def cancel(number: int, amount: int = 0, correction: int = 1, **more: Any) -> Assessment:
    """Return a cancellation of a claim."""
    return claim(number, amount, proc=Proc.DELETE, correction_count=correction, **more)


async def hand_in(ward: Any, *rows: Assessment) -> Any:
    """Hand one file in, its rows numbered."""
    numbered = [replace(row, record_no=n) for n, row in enumerate(rows, start=1)]
    return await ward.take(write_choutei(numbered), len(rows), sum(r.amount_yen for r in rows))


async def statement(ward: Any) -> wire.Statement:
    """Make a statement; every identity must hold."""
    made = await ward.ask("clerk", wire.MAKE_STATEMENT, wire.MakeStatement(fiscal_year=2025))
    assert [i for i in made.identities if not i.holds] == []
    return made


async def heaps(ward: Any) -> dict[str, int]:
    """Return the yen of every heap that is not empty, and the residual beside them."""
    made = await statement(ward)
    return {name: yen for name, yen in made.heaps.items() if yen}


async def open_yen(ward: Any) -> dict[str, int]:
    """Return the open exceptions: code -> yen."""
    rows = await ward.rows(tables.EXCEPTIONS)
    return {row.code: row.amount_yen for row in rows if row.state == "OPEN"}


async def slips_by_issue(ward: Any) -> list[Any]:
    """Return all slips as rows, by notice, instalment and issue."""
    rows = await ward.rows(tables.SLIPS)
    return sorted(rows, key=lambda s: (s.notice_number, s.slip_type, s.instalment, s.issue))
