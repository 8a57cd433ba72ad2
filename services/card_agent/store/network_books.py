"""The card networks' books in sandbox mode: what each card has used, and every answer given."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.card_agent.domain.network_books import NetworkApproval, NetworkOutcome
from services.card_agent.store.tables import (
    NETWORK_APPROVALS,
    NETWORK_CARDS,
    NETWORK_REVERSALS,
)
from shared.kit.hot_path import HotStatement, LastStep
from shared.kit.money import Yen

N, C = NETWORK_APPROVALS.c, NETWORK_CARDS.c


class NetworkBookStore:
    """Belongs to one open transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, reference: UUID) -> NetworkApproval | None:
        """Return the answer that was given for a reference."""
        query = select(NETWORK_APPROVALS).where(N.reference == reference)
        row = (await self._connection.execute(query)).one_or_none()
        return _approval(row) if row is not None else None

    async def add(self, approval: NetworkApproval) -> bool:
        """Write an answer down; False if that reference was answered already."""
        values = {
            "reference": approval.reference,
            "outcome": approval.outcome.value,
            "reason": approval.reason,
            "approval_number": approval.approval_number,
            "card_hmac": approval.card_hmac,
            "municipality": approval.municipality,
            "premium_yen": approval.premium_yen,
            "total_yen": approval.total_yen,
            "at": approval.at,
        }
        statement = insert(NETWORK_APPROVALS).values(values).on_conflict_do_nothing()
        added = await self._connection.execute(statement.returning(N.reference))
        return added.one_or_none() is not None

    def approving(self, approval: NetworkApproval, *, limit_yen: Yen) -> LastStep:
        """Return the step that lets a card bear an amount and writes the approval, both or none.

        It answers a row, or none where the card's limit does not cover the amount, the reference
        was answered before, or limit_yen (of a card that is new) would not cover it; AlreadyThere
        if the reference is answered at the same moment.
        """
        values = {
            "reference": approval.reference,
            "approval_number": approval.approval_number,
            "card_hmac": approval.card_hmac,
            "municipality": approval.municipality,
            "premium_yen": int(approval.premium_yen),
            "total_yen": int(approval.total_yen),
            "limit_yen": int(limit_yen),
            "at": approval.at,
        }
        return LastStep(_APPROVING, values)

    async def use_limit(self, card_hmac: str, total_yen: Yen, *, limit_yen: Yen) -> bool:
        """Let a card bear an amount; False if its limit does not cover it.

        limit_yen is the limit of a card that the books do not know yet.
        """
        await self._open_card(card_hmac, limit_yen)
        statement = (
            update(NETWORK_CARDS)
            .where(C.card_hmac == card_hmac, C.used_yen + total_yen <= C.limit_yen)
            .values(used_yen=C.used_yen + total_yen)
            .returning(C.card_hmac)
        )
        return (await self._connection.execute(statement)).one_or_none() is not None

    async def raise_limit(self, card_hmac: str, total_yen: Yen, *, limit_yen: Yen) -> None:
        """Let a card bear an amount, and raise its limit if it does not cover it."""
        await self._open_card(card_hmac, limit_yen)
        used_yen = C.used_yen + total_yen
        statement = (
            update(NETWORK_CARDS)
            .where(C.card_hmac == card_hmac)
            .values(used_yen=used_yen, limit_yen=func.greatest(C.limit_yen, used_yen))
        )
        await self._connection.execute(statement)

    async def _open_card(self, card_hmac: str, limit_yen: Yen) -> None:
        card = {"card_hmac": card_hmac, "limit_yen": limit_yen, "used_yen": 0}
        await self._connection.execute(insert(NETWORK_CARDS).values(card).on_conflict_do_nothing())

    async def reverse(self, approval: NetworkApproval, at: datetime) -> datetime:
        """Take an approval back once and give its card the limit back; return when that was."""
        values = {"reference": approval.reference, "at": at}
        statement = insert(NETWORK_REVERSALS).values(values).on_conflict_do_nothing()
        added = await self._connection.execute(statement.returning(NETWORK_REVERSALS.c.at))
        if added.one_or_none() is None:
            query = select(NETWORK_REVERSALS.c.at)
            query = query.where(NETWORK_REVERSALS.c.reference == approval.reference)
            before: datetime = (await self._connection.execute(query)).scalar_one()
            return before
        card = update(NETWORK_CARDS).where(C.card_hmac == approval.card_hmac)
        await self._connection.execute(card.values(used_yen=C.used_yen - approval.total_yen))
        return at

    async def takings(self, after: UUID | None, limit: int) -> list[NetworkApproval]:
        """Return every taking that stands, by reference, beginning behind `after`."""
        reversed_ones = select(NETWORK_REVERSALS.c.reference)
        query = select(NETWORK_APPROVALS).where(
            N.outcome == NetworkOutcome.APPROVED.value, N.reference.not_in(reversed_ones)
        )
        if after is not None:
            query = query.where(N.reference > after)
        found = await self._connection.execute(query.order_by(N.reference).limit(limit))
        return [_approval(row) for row in found]


_APPROVING = HotStatement(f"""
WITH card AS (
  INSERT INTO network_cards AS known (card_hmac, limit_yen, used_yen)
  SELECT CAST(:card_hmac AS text), CAST(:limit_yen AS bigint), CAST(:total_yen AS bigint)
  WHERE CAST(:total_yen AS bigint) <= CAST(:limit_yen AS bigint)
    AND NOT EXISTS (SELECT FROM network_approvals WHERE reference = :reference)
  ON CONFLICT (card_hmac) DO UPDATE SET used_yen = known.used_yen + CAST(:total_yen AS bigint)
    WHERE known.used_yen + CAST(:total_yen AS bigint) <= known.limit_yen
  RETURNING card_hmac
)
INSERT INTO network_approvals
  (reference, outcome, approval_number, card_hmac, municipality, premium_yen, total_yen, at)
SELECT :reference, '{NetworkOutcome.APPROVED}', CAST(:approval_number AS text), card_hmac,
  CAST(:municipality AS text), CAST(:premium_yen AS bigint), CAST(:total_yen AS bigint),
  CAST(:at AS timestamptz)
FROM card
RETURNING reference
""")  # noqa: S608 - names of ours, no values


def _approval(row: Row[Any]) -> NetworkApproval:
    return NetworkApproval(
        reference=row.reference,
        outcome=NetworkOutcome(row.outcome),
        reason=row.reason,
        approval_number=row.approval_number,
        card_hmac=row.card_hmac,
        municipality=row.municipality,
        premium_yen=Yen(row.premium_yen),
        total_yen=Yen(row.total_yen),
        at=row.at,
    )
