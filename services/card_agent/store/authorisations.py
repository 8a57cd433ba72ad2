"""Authorisations and the commissions that they become; only `advance`, `remit` and the two steps
of an undo move one.

Two questions for one id meet at the primary key: the database decides which was first.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.card_agent.domain import authorisations as domain
from services.card_agent.domain.authorisations import (
    COMMISSIONED,
    Authorisation,
    AuthorisationQuestion,
    AuthorisationState,
    Commission,
)
from services.card_agent.domain.cards import Brand
from services.card_agent.domain.differences import Taking
from services.card_agent.domain.transfer_orders import DueCommission, TransferOrder
from services.card_agent.store.card_tokens import TOKEN_USED
from services.card_agent.store.tables import AUTHORISATIONS, CARD_TOKENS, TRANSFER_ORDERS
from shared.kit.book_rows import Moved, Noted, written_in_books
from shared.kit.clock import Clock
from shared.kit.hot_path import HotStatement, LastStep
from shared.kit.journal import ConcurrentUpdate, Journal
from shared.kit.money import Yen

A, ORDERS = AUTHORISATIONS.c, TRANSFER_ORDERS.c
UNDO_PAGE = 1000
_COMMISSIONED = A.state.in_([state.value for state in COMMISSIONED])


class AuthorisationStore:
    """Belongs to one open transaction."""

    def __init__(self, connection: AsyncConnection, journal: Journal, clock: Clock) -> None:
        self._connection, self._journal, self._clock = connection, journal, clock

    async def find(self, authorisation_id: UUID) -> Authorisation | None:
        """Return an authorisation by the provider's id."""
        query = rows_query().where(A.id == authorisation_id)
        row = (await self._connection.execute(query)).one_or_none()
        return authorisation_of(row) if row is not None else None

    async def open(
        self, question: AuthorisationQuestion, *, brand: Brand, asking_until: datetime
    ) -> bool:
        """Write down that the network is going to be asked; False if the id exists already."""
        values = _asked(question) | {"brand": brand.value, "asking_until": asking_until}
        return await self._add(values, AuthorisationState.ASKING, domain.AUTHORISATION_ASKED)

    def opening(self, question: AuthorisationQuestion, *, asking_until: datetime) -> LastStep:
        """Return the step that claims the question's token and opens the question, both or none.

        It answers the token's brand and scenario; no row at all if the token is not good for this
        question at this moment, or the id exists (AlreadyThere: it came at the same moment).
        """
        values = _asked(question) | {
            "amount_yen": int(question.amount_yen),
            "fee_yen": int(question.fee_yen),
            "asking_until": asking_until,
            "asked_at": self._clock.now(),
        }
        return LastStep(_OPENING, values | self._journal.stamp())

    def approving(self, asked: Authorisation, commission: Commission) -> LastStep:
        """Return the step that makes a question that is asking the first commission of its barcode.

        It answers `moved`: 0 if somebody moved the row, or the barcode has a commission;
        AlreadyThere if it got one at the same moment. Who numbers the barcode's commissions waits.
        """
        assert asked.barcode is not None, "only a question with a barcode is asked"  # noqa: S101
        values = {
            "id": asked.id,
            "asked_version": asked.version,
            "town": asked.municipality,
            "slip": asked.barcode,
            "numbering": _numbering_key(asked.municipality, asked.barcode),
            "commission_number": commission.commission_number,
            "approval_number": commission.approval_number,
            "authorised_at": commission.authorised_at,
            "authorised_on": commission.authorised_on,
            "designated_date": commission.designated_date,
        }
        return LastStep(_APPROVING, values | self._journal.stamp())

    async def refuse(self, question: AuthorisationQuestion, reason: str) -> bool:
        """Write a lasting no down, without asking anybody; False if the id exists already."""
        values = _asked(question) | {"decline_reason": reason}
        return await self._add(values, AuthorisationState.DECLINED, domain.AUTHORISATION_REFUSED)

    async def close_unasked(
        self, authorisation_id: UUID, municipality: str, amount_yen: Yen
    ) -> bool:
        """Close an id for ever before it was asked; False if the id exists already."""
        values = {
            "id": authorisation_id,
            "municipality": municipality,
            "amount_yen": amount_yen,
            "fee_yen": 0,
        }
        event = domain.AUTHORISATION_CLOSED_UNASKED
        return await self._add(values, AuthorisationState.CLOSED, event)

    async def _add(self, values: Mapping[str, Any], state: AuthorisationState, event: str) -> bool:
        row = dict(values) | {"state": state.value, "asked_at": self._clock.now()}
        statement = insert(AUTHORISATIONS).values(row).on_conflict_do_nothing(index_elements=["id"])
        added = (await self._connection.execute(statement.returning(A.id))).one_or_none()
        if added is None:
            return False
        await self._journal.opened(
            AUTHORISATIONS.name,
            [values["id"]],
            state.value,
            event,
            municipality=values["municipality"],
        )
        return True

    async def advance(
        self,
        authorisation: Authorisation,
        target: AuthorisationState,
        *,
        commission: Commission | None = None,
        decline_reason: str | None = None,
    ) -> None:
        """Move one authorisation; ConcurrentUpdate if somebody else was faster."""
        values: dict[str, Any] = {"decline_reason": decline_reason}
        if commission is not None:
            values |= {
                "commission_number": commission.commission_number,
                "approval_number": commission.approval_number,
                "authorised_at": commission.authorised_at,
                "authorised_on": commission.authorised_on,
                "designated_date": commission.designated_date,
            }
        await self._journal.advance(
            AUTHORISATIONS,
            domain.AUTHORISATIONS,
            record_id=authorisation.id,
            version=authorisation.version,
            source=authorisation.state,
            target=target,
            values=values,
        )

    async def begin_undo(self, authorisation: Authorisation, fault: str) -> None:
        """Write down that a commission is being undone; ConcurrentUpdate if it was moved."""
        await self._step(authorisation, AuthorisationState.UNDOING, {"fault": fault})

    async def finish_undo(self, authorisation: Authorisation, at: datetime) -> None:
        """Write down that the network took its approval back; ConcurrentUpdate."""
        await self._step(authorisation, AuthorisationState.UNDONE, {"undone_at": at})

    async def _step(
        self, authorisation: Authorisation, target: AuthorisationState, values: Mapping[str, Any]
    ) -> None:
        await self._journal.advance(
            AUTHORISATIONS,
            domain.AUTHORISATIONS,
            record_id=authorisation.id,
            version=authorisation.version,
            source=authorisation.state,
            target=target,
            values=values,
        )

    async def undoing(self) -> list[Authorisation]:
        """Return commissions whose network has not said yet that it took its approval back."""
        query = rows_query().where(A.state == AuthorisationState.UNDOING.value)
        ordered = query.order_by(A.asked_at, A.id).limit(UNDO_PAGE)
        return [authorisation_of(row) for row in await self._connection.execute(ordered)]

    async def takings_of_day(self, day: date) -> dict[UUID, Taking]:
        """Return every commission of a Tokyo day that stands, for the comparison of lists."""
        query = select(A.id, A.municipality, A.amount_yen)
        query = query.where(_COMMISSIONED, A.authorised_on == day)
        rows = await self._connection.execute(query)
        return {row.id: Taking(row.municipality, Yen(row.amount_yen)) for row in rows}

    async def next_ordinal(self, municipality: str, barcode: str) -> int:
        """Return the number of a barcode's next commission; until the commit others wait.

        One that was undone is counted: a commission number is never given twice.
        """
        key = _numbering_key(municipality, barcode)
        await self._connection.execute(select(func.pg_advisory_xact_lock(key)))
        query = select(func.count()).where(
            A.municipality == municipality, A.barcode == barcode, A.commission_number.is_not(None)
        )
        return int((await self._connection.execute(query)).scalar_one()) + 1

    async def unknown_ids(self, machine_now: datetime) -> Sequence[UUID]:
        """Return what the network must be asked about: silent ones, and stale asking ones."""
        silent = A.state == AuthorisationState.NETWORK_UNKNOWN.value
        stale = and_(A.state == AuthorisationState.ASKING.value, A.asking_until <= machine_now)
        query = select(A.id).where(or_(silent, stale)).order_by(A.asked_at, A.id)
        return (await self._connection.execute(query)).scalars().all()

    async def count_asking(self) -> int:
        """Return how many still wait for the network's first answer."""
        query = select(func.count()).where(A.state == AuthorisationState.ASKING.value)
        return int((await self._connection.execute(query)).scalar_one())

    async def commissions_of_day(
        self, day: date, after: UUID | None, limit: int
    ) -> list[Authorisation]:
        """Return the commissions of a Tokyo day, by authorisation id, beginning behind `after`."""
        query = rows_query().where(_COMMISSIONED, A.authorised_on == day)
        if after is not None:
            query = query.where(A.id > after)
        found = await self._connection.execute(query.order_by(A.id).limit(limit))
        return [authorisation_of(row) for row in found]

    async def due(self, municipality: str, up_to: date) -> list[DueCommission]:
        """Lock and return the commissions designated up to a day that no transfer order pays yet.

        Locked, because one that is being undone at this moment must not get into the order.
        """
        query = (
            select(
                A.id,
                A.amount_yen,
                A.designated_date,
                A.commission_number,
                A.barcode,
                A.authorised_on,
            )
            .where(
                A.municipality == municipality,
                A.designated_date <= up_to,
                A.state == AuthorisationState.AUTHORISED.value,
            )
            .order_by(A.designated_date, A.id)
            .with_for_update()
        )
        found = await self._connection.execute(query)
        return [
            DueCommission(
                r.id,
                Yen(r.amount_yen),
                r.designated_date,
                r.commission_number,
                r.barcode,
                r.authorised_on,
            )
            for r in found
        ]

    async def remit(self, order: TransferOrder, ids: Sequence[UUID]) -> None:
        """Move the commissions that an order pays, all or none (ConcurrentUpdate)."""
        moved = await self._journal.advance_many(
            AUTHORISATIONS,
            domain.AUTHORISATIONS,
            record_ids=ids,
            source=AuthorisationState.AUTHORISED,
            target=AuthorisationState.REMITTED,
            values={"transfer_order_id": order.id},
        )
        if moved != len(ids):
            raise ConcurrentUpdate(f"transfer order {order.id}")

    async def ids_of_key(self, key: str) -> Sequence[UUID]:
        """Return the authorisations that a commission number or a barcode leads to."""
        query = select(A.id).where(or_(A.commission_number == key, A.barcode == key))
        return (await self._connection.execute(query.order_by(A.asked_at))).scalars().all()


_OPENING = HotStatement(f"""
WITH claimed AS (
  UPDATE card_tokens SET authorisation_id = :id
  WHERE token_hash = :token_hash AND municipality = :municipality AND amount_yen = :amount_yen
    AND authorisation_id IS NULL AND expires_at > :machine_at
    AND NOT EXISTS (SELECT FROM authorisations WHERE id = :id)
  RETURNING id, municipality, brand, scenario
), opened AS (
  INSERT INTO authorisations (id, state, version, municipality, amount_yen, fee_yen, barcode,
    token_hash, brand, asking_until, asked_at)
  SELECT :id, '{AuthorisationState.ASKING}', 0, municipality, :amount_yen,
    CAST(:fee_yen AS bigint), CAST(:barcode AS text), CAST(:token_hash AS text), brand,
    CAST(:asking_until AS timestamptz), CAST(:asked_at AS timestamptz)
  FROM claimed
  RETURNING id, municipality, version
), {
    written_in_books(
        Moved(
            "opened",
            AUTHORISATIONS.name,
            domain.AUTHORISATION_ASKED,
            AuthorisationState.ASKING,
        ),
        Noted("claimed", CARD_TOKENS.name, TOKEN_USED),
    )
}
SELECT brand, scenario FROM claimed
""")  # noqa: S608 - names of ours, no values

_APPROVING = HotStatement(f"""
WITH approved AS (
  UPDATE authorisations SET state = '{AuthorisationState.AUTHORISED}', version = version + 1,
    decline_reason = NULL, commission_number = :commission_number,
    approval_number = :approval_number, authorised_at = :authorised_at,
    authorised_on = :authorised_on, designated_date = :designated_date
  WHERE id = :id AND version = :asked_version AND state = '{AuthorisationState.ASKING}'
    AND (SELECT pg_advisory_xact_lock(CAST(:numbering AS bigint)) IS NOT NULL)
    AND NOT EXISTS (
      SELECT FROM authorisations
      WHERE municipality = :town AND barcode = :slip AND commission_number IS NOT NULL)
  RETURNING id, municipality, version
), {
    written_in_books(
        Moved(
            "approved",
            AUTHORISATIONS.name,
            domain.AUTHORISATIONS.event(AuthorisationState.ASKING, AuthorisationState.AUTHORISED),
            AuthorisationState.AUTHORISED,
            AuthorisationState.ASKING,
        )
    )
}
SELECT count(*) AS moved FROM approved
""")  # noqa: S608 - names of ours, no values


def _numbering_key(municipality: str, barcode: str) -> int:
    """Return the key of the advisory lock under which a barcode's commissions are numbered."""
    return zlib.crc32(f"commission:{municipality}:{barcode}".encode("ascii"))


def rows_query(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Return the query of authorisations with what their transfer order says."""
    joined = AUTHORISATIONS.outerjoin(TRANSFER_ORDERS, A.transfer_order_id == ORDERS.id)
    columns = (AUTHORISATIONS, ORDERS.value_date, ORDERS.bank_reference)
    return select(*columns).select_from(joined).where(*conditions)


def authorisation_of(row: Row[Any]) -> Authorisation:
    """Return a row of `rows_query` as a domain record."""
    commission = None
    if row.commission_number is not None:
        commission = Commission(
            commission_number=row.commission_number,
            approval_number=row.approval_number,
            brand=Brand(row.brand),
            authorised_at=row.authorised_at,
            authorised_on=row.authorised_on,
            designated_date=row.designated_date,
            remitted_on=row.value_date,
            bank_reference=row.bank_reference,
        )
    return Authorisation(
        id=row.id,
        state=AuthorisationState(row.state),
        version=row.version,
        municipality=row.municipality,
        amount_yen=Yen(row.amount_yen),
        barcode=row.barcode,
        fee_yen=Yen(row.fee_yen),
        token_hash=row.token_hash,
        brand=Brand(row.brand) if row.brand else None,
        asking_until=row.asking_until,
        decline_reason=row.decline_reason,
        commission=commission,
        undone_at=row.undone_at,
    )


def _asked(question: AuthorisationQuestion) -> dict[str, Any]:
    return {
        "id": question.id,
        "municipality": question.municipality,
        "amount_yen": question.amount_yen,
        "fee_yen": question.fee_yen,
        "barcode": question.barcode,
        "token_hash": question.token_hash,
    }
