"""Files that go on to the standard system: add, list, fetch, erase once it has imported them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.domain.deliveries import (
    DELIVERY_MADE,
    DELIVERY_STATES,
    LISTED_MAX,
    Delivery,
    DeliveryState,
)
from services.ward_gateway.store.delivery_tables import DELIVERIES
from shared.kit.journal import Journal
from shared.kit.money import Yen

ERASED_BY = "content set to NULL"
_D = DELIVERIES.c
_COLUMNS = [column for column in DELIVERIES.c if column.name != "content"]
_READY = _D.state == DeliveryState.READY.value


class DeliveryStore:
    """The table `deliveries`."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def add(self, delivery: Delivery, content: bytes) -> bool:
        """Add a file; False, and nothing is added, if its kind and number went on before."""
        values = {column.name: getattr(delivery, column.name) for column in _COLUMNS}
        values |= {"state": delivery.state.value, "content": content}
        statement = insert(DELIVERIES).values(values)
        added = await self._connection.execute(
            statement.on_conflict_do_nothing(constraint="one_delivery").returning(_D.id)
        )
        if added.one_or_none() is None:
            return False
        await self._journal.opened("deliveries", [delivery.id], delivery.state, DELIVERY_MADE)
        return True

    async def ready(self) -> Sequence[Delivery]:
        """Return what waits, in the order in which it was made, at most LISTED_MAX."""
        query = _select().where(_READY).order_by(_D.made_at, _D.kind, _D.sequence)
        return await self._all(query.limit(LISTED_MAX))

    async def imported(self) -> Sequence[Delivery]:
        """Return what was imported, the last one first, at most LISTED_MAX."""
        query = _select().where(~_READY).order_by(_D.acknowledged_at.desc(), _D.kind, _D.sequence)
        return await self._all(query.limit(LISTED_MAX))

    async def ready_before(self, instant: datetime) -> Sequence[Delivery]:
        """Return everything that waits and was made before an instant."""
        return await self._all(_select().where(_READY, _D.made_at < instant))

    async def find(self, delivery_id: UUID) -> Delivery | None:
        """Return a file, locked until the transaction ends, or None."""
        found = await self._all(_select().where(_D.id == delivery_id).with_for_update())
        return found[0] if found else None

    async def content(self, delivery_id: UUID) -> bytes | None:
        """Return a file's bytes; None if there is none, or they were erased: `find` says which."""
        query = select(_D.content).where(_D.id == delivery_id)
        found: bytes | None = (await self._connection.execute(query)).scalar_one_or_none()
        return found

    async def erase(self, delivery: Delivery, at: datetime) -> None:
        """Note that the standard system has a file, and erase its bytes with the same statement."""
        await self._journal.advance(
            DELIVERIES,
            DELIVERY_STATES,
            record_id=delivery.id,
            version=delivery.version,
            source=delivery.state,
            target=DeliveryState.IMPORTED,
            values={"content": None, "acknowledged_at": at},
        )

    async def _all(self, query: Select[Any]) -> Sequence[Delivery]:
        return [_delivery(row) for row in await self._connection.execute(query)]


def _select() -> Select[Any]:
    return select(*_COLUMNS)


def _delivery(row: Row[Any]) -> Delivery:
    values = row._asdict()
    values["state"] = DeliveryState(values["state"])
    values["total_yen"] = Yen(values["total_yen"])
    return Delivery(**values)
