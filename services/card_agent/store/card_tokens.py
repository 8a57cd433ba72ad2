"""Card tokens: added once, claimed once by the first authorisation that uses them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.card_agent.domain.card_tokens import CardToken
from services.card_agent.domain.cards import Brand
from services.card_agent.domain.network_books import IssuerOutcome
from services.card_agent.store.tables import CARD_TOKENS
from shared.kit.clock import Clock
from shared.kit.journal import Journal
from shared.kit.money import Yen

TOKEN_USED = "card_token_used"  # noqa: S105 - an event


class CardTokenStore:
    """Belongs to one open transaction."""

    def __init__(self, connection: AsyncConnection, journal: Journal, clock: Clock) -> None:
        self._connection, self._journal, self._clock = connection, journal, clock

    async def add(self, token: CardToken) -> None:
        """Write a token down; not the token itself, and nothing that leads to the number."""
        values = {
            "id": token.id,
            "token_hash": token.token_hash,
            "municipality": token.municipality,
            "amount_yen": token.amount_yen,
            "brand": token.brand.value,
            "card_hmac": token.card_hmac,
            "expires_at": token.expires_at,
            "scenario": token.scenario.value if token.scenario else None,
            "made_at": self._clock.now(),
        }
        await self._connection.execute(insert(CARD_TOKENS).values(values))
        await self._journal.audit(
            "card_token_made", CARD_TOKENS.name, token.id, municipality=token.municipality
        )

    async def find_locked(self, token_hash: str) -> CardToken | None:
        """Return a token and keep others from claiming it until this transaction ends."""
        query = select(CARD_TOKENS).where(CARD_TOKENS.c.token_hash == token_hash)
        row = (await self._connection.execute(query.with_for_update())).one_or_none()
        return _token(row) if row is not None else None

    async def claim(self, token: CardToken, authorisation_id: UUID) -> None:
        """Let a locked, unclaimed token belong to an authorisation for ever."""
        statement = (
            update(CARD_TOKENS)
            .where(CARD_TOKENS.c.id == token.id, CARD_TOKENS.c.authorisation_id.is_(None))
            .values(authorisation_id=authorisation_id)
        )
        await self._connection.execute(statement)
        await self._journal.audit(
            TOKEN_USED, CARD_TOKENS.name, token.id, municipality=token.municipality
        )


def _token(row: Row[Any]) -> CardToken:
    return CardToken(
        id=row.id,
        token_hash=row.token_hash,
        municipality=row.municipality,
        amount_yen=Yen(row.amount_yen),
        brand=Brand(row.brand),
        card_hmac=row.card_hmac,
        expires_at=row.expires_at,
        scenario=IssuerOutcome(row.scenario) if row.scenario else None,
        authorisation_id=row.authorisation_id,
    )
