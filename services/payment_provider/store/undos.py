"""Undos, kept: one for each id of a peer, added before the peer is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payment_provider.domain import undos as rules
from services.payment_provider.domain.undos import Fault, Undo, UndoState
from services.payment_provider.store.tables import UNDOS
from shared.keys.channels import Channel
from shared.kit.journal import Journal
from shared.kit.money import Yen

ASKING_LISTED_MAX = 1000


class UndoStore:
    """The table `undos`, in one transaction."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def add(self, undo: Undo) -> bool:
        """Add an undo; return False, changing nothing, if that peer's id has one already."""
        statement = insert(UNDOS).values(
            id=undo.id,
            state=undo.state.value,
            version=undo.version,
            payment_id=undo.payment_id,
            peer_id=undo.peer_id,
            municipality=undo.municipality,
            channel=undo.channel.value,
            amount_yen=undo.amount_yen,
            fault=undo.fault.value,
            requested_at=undo.requested_at,
        )
        once = statement.on_conflict_do_nothing().returning(UNDOS.c.id)
        if (await self._connection.execute(once)).one_or_none() is None:
            return False
        await self._journal.opened(
            UNDOS.name,
            [undo.id],
            undo.state.value,
            rules.UNDO_ASKED,
            municipality=undo.municipality,
        )
        return True

    async def of_peer_id(self, peer_id: UUID, *, lock: bool = False) -> Undo | None:
        """Return the undo of what a peer knows by this id, or None."""
        query = select(UNDOS).where(UNDOS.c.peer_id == peer_id)
        query = query.with_for_update() if lock else query
        row = (await self._connection.execute(query)).one_or_none()
        return _undo(row) if row else None

    async def asking(self) -> list[Undo]:
        """Return the undos whose peer has not answered, oldest first, at most 1000."""
        c = UNDOS.c
        query = select(UNDOS).where(c.state == UndoState.ASKING.value)
        query = query.order_by(c.requested_at, c.id).limit(ASKING_LISTED_MAX)
        return [_undo(row) for row in (await self._connection.execute(query)).all()]

    async def asking_peer_ids(self) -> set[UUID]:
        """Return what the peers know the undos by that they have not answered."""
        query = select(UNDOS.c.peer_id).where(UNDOS.c.state == UndoState.ASKING.value)
        return set((await self._connection.execute(query)).scalars())

    async def advance(
        self,
        undo: Undo,
        target: UndoState,
        *,
        undone_at: datetime | None = None,
        refusal: str | None = None,
    ) -> Undo:
        """Move an undo to its end; raise ConcurrentUpdate if somebody moved it first."""
        version = await self._journal.advance(
            UNDOS,
            rules.UNDOS,
            record_id=undo.id,
            version=undo.version,
            source=undo.state,
            target=target,
            values={"undone_at": undone_at, "refusal": refusal},
        )
        return replace(undo, state=target, version=version, undone_at=undone_at, refusal=refusal)

    async def ids_of(self, keys: Sequence[UUID]) -> list[UUID]:
        """Return undos that have one of these ids, or whose payment or peer's id it is."""
        c = UNDOS.c
        found = or_(c.id.in_(keys), c.payment_id.in_(keys), c.peer_id.in_(keys))
        return list((await self._connection.execute(select(c.id).where(found))).scalars())


def _undo(row: Row[Any]) -> Undo:
    return Undo(
        id=row.id,
        payment_id=row.payment_id,
        peer_id=row.peer_id,
        municipality=row.municipality,
        channel=Channel(row.channel),
        amount_yen=Yen(row.amount_yen),
        fault=Fault(row.fault),
        requested_at=row.requested_at,
        state=UndoState(row.state),
        version=row.version,
        undone_at=row.undone_at,
        refusal=row.refusal,
    )
