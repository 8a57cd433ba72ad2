"""What the reports to the wards have said so far: each commission once in each status."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import and_, exists, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.card_agent.domain.authorisations import Authorisation, AuthorisationState
from services.card_agent.store.authorisations import authorisation_of, rows_query
from services.card_agent.store.tables import AUTHORISATIONS, REPORT_LINES

A, L = AUTHORISATIONS.c, REPORT_LINES.c
NOT_REMITTED, REVERSED = 0, 3


class ReportStore:
    """Belongs to one open transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def unreported(self, municipality: str, before: date) -> list[Authorisation]:
        """Return the commissions of days before a day whose present status no report has told."""
        told = select(L.status).where(L.authorisation_id == A.id)
        news = or_(
            and_(A.state == AuthorisationState.AUTHORISED.value, ~exists(told)),
            and_(
                A.state == AuthorisationState.REMITTED.value,
                ~exists(told.where(L.status > NOT_REMITTED)),
            ),
            and_(
                A.state == AuthorisationState.UNDONE.value,
                ~exists(told.where(L.status == REVERSED)),
            ),
        )
        query = rows_query(A.municipality == municipality, A.authorised_on < before, news)
        ordered = query.order_by(A.authorised_at, A.barcode, A.commission_number)
        return [authorisation_of(row) for row in await self._connection.execute(ordered)]

    async def add_lines(
        self, municipality: str, file_id: UUID, lines: Sequence[tuple[UUID, int]]
    ) -> None:
        """Write down what a file tells: (authorisation, status), in the order of its lines."""
        rows = [
            {
                "authorisation_id": authorisation_id,
                "status": status,
                "municipality": municipality,
                "file_id": file_id,
                "line_number": number,
            }
            for number, (authorisation_id, status) in enumerate(lines, 1)
        ]
        await self._connection.execute(insert(REPORT_LINES), rows)
