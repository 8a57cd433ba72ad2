"""Comparisons with the card agent, kept: which days were compared, what did not agree, and which
lists of ours the agent has taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payment_provider.domain import comparisons as rules
from services.payment_provider.domain.comparisons import (
    Difference,
    DifferenceKind,
    DifferenceState,
    KeptDifference,
    Way,
)
from services.payment_provider.store.tables import (
    COMPARISONS,
    DIFFERENCES,
    PAYMENT_LISTS,
    PAYMENTS,
)
from shared.keys.channels import Channel
from shared.kit.clock import Clock, tokyo_date
from shared.kit.ids import new_id
from shared.kit.journal import Journal
from shared.kit.money import Yen

C, D, L = COMPARISONS.c, DIFFERENCES.c, PAYMENT_LISTS.c


class ComparisonStore:
    """The tables `comparisons` and `differences`, in one transaction."""

    def __init__(self, connection: AsyncConnection, journal: Journal, clock: Clock) -> None:
        self._connection, self._journal, self._clock = connection, journal, clock

    async def days_to_compare(self, before: date) -> list[date]:
        """Return the Tokyo days before a date that are to be compared, in order.

        Every calendar day since the first one with a card payment or a comparison that was not
        compared yet, the last one always; and every day on which a difference stands open.
        """
        first = await self._first_day()
        yesterday = before - timedelta(days=1)
        since = min(first or yesterday, yesterday)
        days = {since + timedelta(days=n) for n in range((before - since).days)}
        done = (await self._connection.execute(select(C.day).where(C.day >= since))).scalars()
        still = select(D.day).where(D.state == DifferenceState.OPEN.value, D.day < before)
        standing = (await self._connection.execute(still.distinct())).scalars()
        return sorted((days - set(done)) | {yesterday} | set(standing))

    async def _first_day(self) -> date | None:
        """Return the earliest day that we know anything about, or None."""
        p = PAYMENTS.c
        asked = select(func.min(p.asked_at)).where(p.channel == Channel.MOBILE_CREDIT.value)
        paid = (await self._connection.execute(asked)).scalar_one()
        compared = (await self._connection.execute(select(func.min(C.day)))).scalar_one()
        days = [day for day in (compared, tokyo_date(paid) if paid else None) if day]
        return min(days, default=None)

    async def add_differences(
        self, day: date, differences: Sequence[Difference]
    ) -> list[Difference]:
        """Open differences of a day; return those that are new.

        One that stands open already is not opened again, nor one that was explained.
        """
        return [found for found in differences if await self._add(day, found)]

    async def _add(self, day: date, found: Difference) -> bool:
        same = and_(D.authorisation_id == found.authorisation_id, D.kind == found.kind.value)
        explained = select(exists().where(same, D.way == Way.EXPLAINED.value))
        if (await self._connection.execute(explained)).scalar_one():
            return False
        id_ = new_id()
        statement = insert(DIFFERENCES).values(
            id=id_,
            state=rules.DIFFERENCES.initial.value,
            authorisation_id=found.authorisation_id,
            kind=found.kind.value,
            day=day,
            municipality=found.municipality,
            our_yen=found.our_yen,
            their_yen=found.their_yen,
            found_at=self._clock.now(),
        )
        added = await self._connection.execute(
            statement.on_conflict_do_nothing().returning(DIFFERENCES.c.id)
        )
        if added.one_or_none() is None:
            return False
        await self._journal.opened(
            DIFFERENCES.name,
            [id_],
            rules.DIFFERENCES.initial.value,
            rules.DIFFERENCE_FOUND,
            municipality=found.municipality,
        )
        return True

    async def find(self, difference_id: UUID, *, lock: bool = False) -> KeptDifference | None:
        """Return a difference by its id, or None."""
        query = select(DIFFERENCES).where(D.id == difference_id)
        query = query.with_for_update() if lock else query
        row = (await self._connection.execute(query)).one_or_none()
        return _kept(row) if row else None

    async def listed(
        self, state: DifferenceState | None, after: UUID | None, limit: int
    ) -> list[KeptDifference]:
        """Return differences by id, of one state if it is named, beginning behind `after`."""
        query = select(DIFFERENCES).order_by(D.id).limit(limit)
        query = query if state is None else query.where(D.state == state.value)
        query = query if after is None else query.where(D.id > after)
        return [_kept(row) for row in await self._connection.execute(query)]

    async def open_ones(self, day: date) -> list[KeptDifference]:
        """Lock and return the open differences of a day."""
        query = select(DIFFERENCES).where(D.day == day, D.state == DifferenceState.OPEN.value)
        found = await self._connection.execute(query.order_by(D.id).with_for_update())
        return [_kept(row) for row in found]

    async def note_asked(self, kept: KeptDifference, way: Way, document_number: str) -> None:
        """Write down who decided what, before anybody is asked to do it."""
        await self._journal.audit(
            "resolution_asked",
            DIFFERENCES.name,
            kept.id,
            municipality=kept.found.municipality,
            details={"way": way.value, "document_number": document_number},
        )

    async def resolve(
        self, kept: KeptDifference, way: Way | None, document_number: str | None
    ) -> KeptDifference:
        """Move a difference to its end; without a way, because its cause is gone."""
        now = self._clock.now()
        version = await self._journal.advance(
            DIFFERENCES,
            rules.DIFFERENCES,
            record_id=kept.id,
            version=kept.version,
            source=kept.state,
            target=DifferenceState.RESOLVED,
            values={
                "way": way.value if way else None,
                "document_number": document_number,
                "resolved_at": now,
            },
        )
        if way is None:
            await self._journal.audit(
                "cause_gone", DIFFERENCES.name, kept.id, municipality=kept.found.municipality
            )
        return replace(
            kept,
            state=DifferenceState.RESOLVED,
            version=version,
            way=way,
            document_number=document_number,
            resolved_at=now,
        )

    async def close_day(self, day: date, *, commissions: int, differences: int) -> None:
        """Note that a day was compared with nothing left open, so it need not be again."""
        statement = insert(COMPARISONS).values(
            day=day,
            commission_count=commissions,
            difference_count=differences,
            compared_at=self._clock.now(),
        )
        once = statement.on_conflict_do_nothing().returning(C.day)
        if (await self._connection.execute(once)).one_or_none() is not None:
            await self._journal.audit("day_compared", COMPARISONS.name, day)


class PaymentListStore:
    """The table `payment_lists`: what the agent was told of each compared day."""

    def __init__(self, connection: AsyncConnection, journal: Journal, clock: Clock) -> None:
        self._connection, self._journal, self._clock = connection, journal, clock

    async def open_new(self) -> None:
        """Open the first list of every compared day that has none."""
        days = select(C.day, 1).where(C.day.not_in(select(L.day)))
        statement = insert(PAYMENT_LISTS).from_select(["day", "revision"], days)
        await self._connection.execute(statement.on_conflict_do_nothing())

    async def days_to_tell(self) -> list[date]:
        """Return the days whose newest list the agent has not taken whole."""
        query = select(L.day).where(L.taken_at.is_(None)).order_by(L.day)
        return list((await self._connection.execute(query)).scalars())

    async def lock_revision(self, day: date) -> int:
        """Lock a day's list and return its revision: what is read now belongs to it."""
        query = select(L.revision).where(L.day == day).with_for_update()
        return int((await self._connection.execute(query)).scalar_one())

    async def tell_anew(self, day: date) -> None:
        """Let a day that was told be told again: what stands in our books has changed."""
        statement = update(PAYMENT_LISTS).where(L.day == day)
        await self._connection.execute(statement.values(revision=L.revision + 1, taken_at=None))

    async def mark_taken(self, day: date, revision: int) -> bool:
        """Note that a revision was taken whole; False if the list has changed since."""
        statement = (
            update(PAYMENT_LISTS)
            .where(L.day == day, L.revision == revision, L.taken_at.is_(None))
            .values(taken_at=self._clock.now())
            .returning(L.day)
        )
        if (await self._connection.execute(statement)).one_or_none() is None:
            return False
        await self._journal.audit("payments_reported", PAYMENT_LISTS.name, f"{day}/{revision}")
        return True


def _kept(row: Row[Any]) -> KeptDifference:
    return KeptDifference(
        id=row.id,
        found=Difference(
            authorisation_id=row.authorisation_id,
            municipality=row.municipality,
            kind=DifferenceKind(row.kind),
            our_yen=None if row.our_yen is None else Yen(row.our_yen),
            their_yen=None if row.their_yen is None else Yen(row.their_yen),
        ),
        day=row.day,
        found_at=row.found_at,
        state=DifferenceState(row.state),
        version=row.version,
        way=Way(row.way) if row.way else None,
        document_number=row.document_number,
        resolved_at=row.resolved_at,
    )
