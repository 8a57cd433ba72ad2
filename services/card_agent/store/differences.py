"""The provider's lists as they came, and the differences that were found in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, exists, func, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_once
from sqlalchemy.ext.asyncio import AsyncConnection

from services.card_agent.domain import differences as domain
from services.card_agent.domain.differences import (
    Difference,
    DifferenceKind,
    DifferenceState,
    Page,
    Taking,
    Way,
)
from services.card_agent.store.tables import DIFFERENCES, PAYMENT_LIST_PAGES, REPORTED_PAYMENTS
from shared.kit.clock import Clock
from shared.kit.journal import Journal
from shared.kit.money import Yen

D, P, R = DIFFERENCES.c, PAYMENT_LIST_PAGES.c, REPORTED_PAYMENTS.c
CAUSE_GONE, RESOLUTION_ASKED = "cause_gone", "resolution_asked"


class PaymentListStore:
    """What the provider says that it has; belongs to one open transaction."""

    def __init__(self, connection: AsyncConnection, journal: Journal, clock: Clock) -> None:
        self._connection, self._journal, self._clock = connection, journal, clock

    async def add_page(self, page: Page) -> bool:
        """Keep a page; False if that page of that revision is here already."""
        values = {
            "day": page.day,
            "revision": page.revision,
            "page": page.page,
            "sha256": page.sha256,
            "payment_count": len(page.payments),
            "is_last": page.is_last,
            "taken_at": self._clock.now(),
        }
        statement = insert_once(PAYMENT_LIST_PAGES).values(values).on_conflict_do_nothing()
        added = await self._connection.execute(statement.returning(P.page))
        if added.one_or_none() is None:
            return False
        rows = [
            {
                "day": page.day,
                "revision": page.revision,
                "page": page.page,
                "position": position,
                "authorisation_id": id_,
                "municipality": taking.municipality,
                "amount_yen": taking.amount_yen,
            }
            for position, (id_, taking) in enumerate(page.payments, 1)
        ]
        if rows:
            await self._connection.execute(insert(REPORTED_PAYMENTS), rows)
        key = f"{page.day}/{page.revision}/{page.page}"
        await self._journal.audit("payment_list_taken", PAYMENT_LIST_PAGES.name, key)
        return True

    async def sha256_of(self, page: Page) -> str | None:
        """Return the hash of the page that stands in a page's place, None if there is none."""
        query = select(P.sha256).where(_place(page.day, page.revision, page.page))
        return (await self._connection.execute(query)).scalar_one_or_none()

    async def may_follow(self, page: Page) -> bool:
        """Say whether a page is the first, or the one before it is here and was not the last."""
        if page.page == 1:
            return True
        query = select(P.is_last).where(_place(page.day, page.revision, page.page - 1))
        return (await self._connection.execute(query)).scalar_one_or_none() is False

    async def newest_whole(self, day: date) -> dict[UUID, Taking] | None:
        """Return the newest list of a day that came to its end, None if none did."""
        query = select(func.max(P.revision)).where(P.day == day, P.is_last)
        revision = (await self._connection.execute(query)).scalar_one()
        if revision is None:
            return None
        lines = select(REPORTED_PAYMENTS).where(R.day == day, R.revision == revision)
        rows = (await self._connection.execute(lines)).all()
        return {row.authorisation_id: Taking(row.municipality, Yen(row.amount_yen)) for row in rows}


class DifferenceStore:
    """Belongs to one open transaction; only `resolve` moves a difference."""

    def __init__(self, connection: AsyncConnection, journal: Journal, clock: Clock) -> None:
        self._connection, self._journal, self._clock = connection, journal, clock

    async def add(self, difference: Difference) -> bool:
        """Open a difference; False if the same one is open, or was explained."""
        same = and_(
            D.authorisation_id == difference.authorisation_id, D.kind == difference.kind.value
        )
        explained = select(exists().where(same, D.way == Way.EXPLAINED.value))
        if (await self._connection.execute(explained)).scalar_one():
            return False
        values = {
            "id": difference.id,
            "state": difference.state.value,
            "authorisation_id": difference.authorisation_id,
            "kind": difference.kind.value,
            "day": difference.day,
            "municipality": difference.municipality,
            "our_yen": difference.our_yen,
            "their_yen": difference.their_yen,
            "found_at": difference.found_at,
        }
        statement = insert_once(DIFFERENCES).values(values).on_conflict_do_nothing()
        added = await self._connection.execute(statement.returning(D.id))
        if added.one_or_none() is None:
            return False
        await self._journal.opened(
            DIFFERENCES.name,
            [difference.id],
            difference.state.value,
            domain.DIFFERENCE_FOUND,
            municipality=difference.municipality,
        )
        return True

    async def find(self, difference_id: UUID, *, lock: bool = False) -> Difference | None:
        """Return a difference by its id."""
        query = select(DIFFERENCES).where(D.id == difference_id)
        query = query.with_for_update() if lock else query
        row = (await self._connection.execute(query)).one_or_none()
        return _difference(row) if row is not None else None

    async def listed(
        self, state: DifferenceState | None, after: UUID | None, limit: int
    ) -> list[Difference]:
        """Return differences by id, of one state if it is named, beginning behind `after`."""
        query = select(DIFFERENCES).order_by(D.id).limit(limit)
        query = query if state is None else query.where(D.state == state.value)
        query = query if after is None else query.where(D.id > after)
        return [_difference(row) for row in await self._connection.execute(query)]

    async def open_ones(self, day: date | None = None) -> Sequence[Difference]:
        """Return the open differences, of one day if it is named; lock them."""
        query = select(DIFFERENCES).where(D.state == DifferenceState.OPEN.value)
        query = query if day is None else query.where(D.day == day)
        found = await self._connection.execute(query.order_by(D.id).with_for_update())
        return [_difference(row) for row in found]

    async def note_asked(self, difference: Difference, way: Way, document_number: str) -> None:
        """Write down who decided what, before anybody is asked to do it."""
        await self._journal.audit(
            RESOLUTION_ASKED,
            DIFFERENCES.name,
            difference.id,
            municipality=difference.municipality,
            details={"way": way.value, "document_number": document_number},
        )

    async def resolve(
        self, difference: Difference, way: Way | None, document_number: str | None
    ) -> Difference:
        """Move a difference to its end; without a way, because its cause is gone."""
        now = self._clock.now()
        version = await self._journal.advance(
            DIFFERENCES,
            domain.DIFFERENCES,
            record_id=difference.id,
            version=difference.version,
            source=difference.state,
            target=DifferenceState.RESOLVED,
            values={
                "way": way.value if way else None,
                "document_number": document_number,
                "resolved_at": now,
            },
        )
        if way is None:
            await self._journal.audit(
                CAUSE_GONE, DIFFERENCES.name, difference.id, municipality=difference.municipality
            )
        return replace(
            difference,
            state=DifferenceState.RESOLVED,
            version=version,
            way=way,
            document_number=document_number,
            resolved_at=now,
        )


def _place(day: date, revision: int, page: int) -> Any:  # noqa: ANN401 - a condition of SQL
    return and_(P.day == day, P.revision == revision, P.page == page)


def _difference(row: Row[Any]) -> Difference:
    return Difference(
        id=row.id,
        authorisation_id=row.authorisation_id,
        kind=DifferenceKind(row.kind),
        day=row.day,
        municipality=row.municipality,
        our_yen=None if row.our_yen is None else Yen(row.our_yen),
        their_yen=None if row.their_yen is None else Yen(row.their_yen),
        found_at=row.found_at,
        state=DifferenceState(row.state),
        version=row.version,
        way=Way(row.way) if row.way else None,
        document_number=row.document_number,
        resolved_at=row.resolved_at,
    )
