"""Statements: make one, and page through its lines. No decisions here."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query

from services.ward_gateway.api.access import Res
from services.ward_gateway.usecases.list_statement_lines import list_statement_lines
from services.ward_gateway.usecases.make_statement import make_statement
from shared.kit.money import Yen
from shared.wire.ward_intranet import (
    PAGE_ROWS_MAX,
    IdentityChecked,
    MakeStatement,
    Statement,
    StatementLine,
    StatementLines,
)

AfterLine = Annotated[int, Query(ge=0, le=2_000_000_000)]
Limit = Annotated[int, Query(ge=1, le=PAGE_ROWS_MAX)]


async def post_statement(body: MakeStatement, res: Res) -> Statement:
    """Compute every heap and identity, and store them."""
    made = await make_statement(
        body.fiscal_year,
        body.as_of,
        open_unit_of_work=res.open_unit_of_work,
        clock=res.clock,
        trustee_from=res.contract.trustee_from,
        statements_from=res.contract.pay_in_statements_from,
    )
    return Statement(
        statement_id=made.id,
        fiscal_year=made.fiscal_year,
        as_of=made.as_of,
        heaps={heap.value: yen for heap, yen in made.heaps.items()},
        identities=tuple(
            IdentityChecked(
                name=identity.name,
                holds=identity.holds,
                left_yen=identity.left_yen,
                right_yen=identity.right_yen,
                about=identity.about,
            )
            for identity in made.identities
        ),
        residual_yen=made.residual_yen,
        assessed_yen=made.assessed_yen,
        received_yen=made.received_yen,
        deposited_yen=made.deposited_yen,
        receipts_preliminary=made.reached.preliminary,
        receipts_confirmed=made.reached.confirmed,
        receipts_funded=made.reached.funded,
        receipts_cancelled=made.reached.cancelled,
    )


async def get_statement_lines(
    statement_id: UUID, res: Res, after: AfterLine = 0, limit: Limit = PAGE_ROWS_MAX
) -> StatementLines:
    """Return a page of lines; next_after is None at the end."""
    lines = await list_statement_lines(
        statement_id, after=after, limit=limit + 1, open_unit_of_work=res.open_unit_of_work
    )
    page = lines[:limit]
    return StatementLines(
        lines=tuple(
            StatementLine(
                line_number=number,
                subject=line.subject,
                notice_number=line.notice_number,
                fiscal_year=line.fiscal_year,
                instalment=line.instalment,
                channel=line.channel,
                heap=line.heap,
                assessed_yen=Yen(line.assessed_yen),
                received_yen=Yen(line.received_yen),
                deposited_yen=Yen(line.deposited_yen),
                reason=line.reason,
            )
            for number, line in page
        ),
        next_after=page[-1][0] if len(lines) > limit else None,
    )
