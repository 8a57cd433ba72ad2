"""Sums of raw rows for the statement's identities, each by a query that knows no heap."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Text, and_, case, cast, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from services.ward_gateway.domain.exceptions import ExceptionState
from services.ward_gateway.domain.matching import Group
from services.ward_gateway.domain.receipts import ReceiptState
from services.ward_gateway.domain.statements import (
    ChannelTally,
    CommissionTally,
    GroupTally,
    RawTotals,
    Tally,
)
from services.ward_gateway.store.clearings import LIVE_HOLD
from services.ward_gateway.store.correction_tables import ASSESSMENT_CORRECTIONS
from services.ward_gateway.store.tables import (
    ASSESSMENT_FILES,
    ASSESSMENTS,
    CLEARINGS,
    COMMISSIONS,
    DEPOSITS,
    EXCEPTIONS,
    FOUNDATION,
    FUNDINGS,
    RECEIPTS,
)
from services.ward_gateway.store.told_commissions import REVERSED_COMMISSION
from shared.keys.channels import Channel

HISTORY = FOUNDATION.journal.history
_CANCELLED, _PRELIMINARY = ReceiptState.CANCELLED.value, ReceiptState.PRELIMINARY.value
_CONFIRMED = (ReceiptState.CONFIRMED.value, ReceiptState.FUNDED.value)
_LIVE = RECEIPTS.c.state != _CANCELLED
_CHANGE_YEN = ASSESSMENT_CORRECTIONS.c.after_amount_yen - ASSESSMENT_CORRECTIONS.c.before_amount_yen
_NET_YEN = case((DEPOSITS.c.cancelled, -DEPOSITS.c.amount_yen), else_=DEPOSITS.c.amount_yen)


def _sum(column: ColumnElement[Any], condition: ColumnElement[bool] | None = None) -> Any:  # noqa: ANN401
    total = func.sum(column) if condition is None else func.sum(column).filter(condition)
    return func.coalesce(total, 0)


async def read_raw_totals(connection: AsyncConnection, as_of: date) -> RawTotals:
    """Return every sum that the identities need; as_of only divides 丙's designated dates."""
    assessed, items = await _assessed(connection)
    received, matched = await _one(
        connection,
        select(
            _sum(RECEIPTS.c.amount_yen, _LIVE),
            _sum(
                RECEIPTS.c.amount_yen,
                and_(_LIVE, RECEIPTS.c.slip_id.is_not(None), ~exists().where(LIVE_HOLD)),
            ),
        ),
    )
    (taken,) = await _one(connection, select(_sum(ASSESSMENT_FILES.c.added_yen)))
    raised, lowered = await _one(
        connection, select(_sum(_CHANGE_YEN, _CHANGE_YEN > 0), _sum(-_CHANGE_YEN, _CHANGE_YEN < 0))
    )
    (deposited,) = await _one(connection, select(_sum(_NET_YEN)))
    return RawTotals(
        assessed_yen=assessed,
        taken_yen=taken,
        raised_yen=raised,
        lowered_yen=lowered,
        items_yen=items,
        received_yen=received,
        matched_yen=matched,
        deposited_yen=deposited,
        cleared=await _cleared(connection),
        channels=await _channels(connection),
        groups=await _groups(connection),
        funded_by_group=await _funded_by_group(connection),
        bank_yen=await _bank(connection),
        commissions=await _commissions(connection, as_of),
        moved_yen=await _moved_receipts(connection) | await _moved_deposits(connection),
        named_yen=await _named(connection),
    )


async def _one(connection: AsyncConnection, query: Any) -> tuple[int, ...]:  # noqa: ANN401
    return tuple(int(value) for value in (await connection.execute(query)).one())


async def _assessed(connection: AsyncConnection) -> tuple[int, int]:
    columns = ASSESSMENTS.c
    parts = columns.medical_yen + columns.support_yen + columns.care_yen + columns.child_yen
    amount, items = await _one(connection, select(_sum(columns.amount_yen), _sum(parts)))
    return amount, items


async def _cleared(connection: AsyncConnection) -> Mapping[UUID, int]:
    query = select(CLEARINGS.c.assessment_id, func.sum(CLEARINGS.c.amount_yen)).group_by(
        CLEARINGS.c.assessment_id
    )
    return {i: int(yen) for i, yen in await connection.execute(query)}


async def _channels(connection: AsyncConnection) -> tuple[ChannelTally, ...]:
    columns = RECEIPTS.c
    conditions: dict[str, ColumnElement[bool]] = {
        "preliminary": columns.had_preliminary.is_(True),
        "cancelled": columns.state == _CANCELLED,
        "confirmed_directly": and_(columns.had_confirmed, ~columns.had_preliminary),
        "confirmed": columns.state.in_(_CONFIRMED),
        "unconfirmed": columns.state == _PRELIMINARY,
        "funded": columns.state == ReceiptState.FUNDED.value,
    }
    sums = [
        column
        for name, condition in conditions.items()
        for column in (
            func.count().filter(condition).label(f"{name}_count"),
            _sum(columns.amount_yen, condition).label(f"{name}_yen"),
        )
    ]
    query = select(columns.channel, *sums).group_by(columns.channel).order_by(columns.channel)
    return tuple(_channel_tally(row, conditions) for row in await connection.execute(query))


def _channel_tally(row: Row[Any], names: Mapping[str, object]) -> ChannelTally:
    found = row._asdict()
    tallies = {n: Tally(int(found[f"{n}_count"]), int(found[f"{n}_yen"])) for n in names}
    return ChannelTally(channel=row.channel, **tallies)


async def _groups(connection: AsyncConnection) -> Mapping[Group, GroupTally]:
    columns = RECEIPTS.c
    query = (
        select(
            columns.channel,
            columns.transfer_date,
            func.sum(columns.amount_yen),
            func.sum(columns.amount_yen - columns.funded_yen),
        )
        .where(columns.state.in_(_CONFIRMED), columns.transfer_date.is_not(None))
        .group_by(columns.channel, columns.transfer_date)
    )
    return {
        Group(channel, day): GroupTally(int(confirmed), int(missing))
        for channel, day, confirmed, missing in await connection.execute(query)
    }


async def _funded_by_group(connection: AsyncConnection) -> Mapping[Group, int]:
    """Sum up fundings by their receipt's group; a yen of another channel or from before is none.

    丙 may pay before the designated date, and says so in its report; nobody else does.
    """
    columns = RECEIPTS.c
    in_time_or_later = DEPOSITS.c.value_date >= columns.transfer_date
    query = (
        select(columns.channel, columns.transfer_date, func.sum(FUNDINGS.c.amount_yen))
        .join_from(FUNDINGS, DEPOSITS, FUNDINGS.c.deposit_id == DEPOSITS.c.id)
        .join(RECEIPTS, FUNDINGS.c.receipt_id == columns.id)
        .where(
            DEPOSITS.c.channel == columns.channel,
            or_(in_time_or_later, columns.channel == Channel.MOBILE_CREDIT.value),
        )
        .group_by(columns.channel, columns.transfer_date)
    )
    rows = await connection.execute(query)
    return {Group(channel, day): int(yen) for channel, day, yen in rows}


async def _bank(connection: AsyncConnection) -> Mapping[tuple[str, date], int]:
    query = select(
        func.coalesce(DEPOSITS.c.channel, ""), DEPOSITS.c.value_date, func.sum(_NET_YEN)
    ).group_by(DEPOSITS.c.channel, DEPOSITS.c.value_date)
    rows = await connection.execute(query)
    return {(channel, day): int(yen) for channel, day, yen in rows}


async def _commissions(connection: AsyncConnection, as_of: date) -> CommissionTally:
    columns = COMMISSIONS.c
    stands = columns.status != REVERSED_COMMISSION
    open_ = and_(stands, columns.remitted_on.is_(None))
    total, remitted, before, past = await _one(
        connection,
        select(
            _sum(columns.amount_yen, stands),
            _sum(columns.amount_yen, and_(stands, columns.remitted_on.is_not(None))),
            _sum(columns.amount_yen, and_(open_, columns.designated_date >= as_of)),
            _sum(columns.amount_yen, and_(open_, columns.designated_date < as_of)),
        ),
    )
    days = (
        select(columns.remitted_on, func.sum(columns.amount_yen))
        .where(stands, columns.remitted_on.is_not(None))
        .group_by(columns.remitted_on)
    )
    by_date = {day: int(yen) for day, yen in await connection.execute(days)}
    return CommissionTally(total, remitted, before, past, by_date)


async def _moved_receipts(connection: AsyncConnection) -> dict[str, int]:
    """Sum up, over all history, what came to each state of receipts less what left it."""
    query = (
        select(HISTORY.c.from_state, HISTORY.c.to_state, func.sum(RECEIPTS.c.amount_yen))
        .join_from(HISTORY, RECEIPTS, cast(RECEIPTS.c.id, Text) == HISTORY.c.record_id)
        .where(HISTORY.c.record == RECEIPTS.name)
        .group_by(HISTORY.c.from_state, HISTORY.c.to_state)
    )
    moved: dict[str, int] = {}
    for source, target, yen in await connection.execute(query):
        moved[target.lower()] = moved.get(target.lower(), 0) + int(yen)
        moved[source.lower()] = moved.get(source.lower(), 0) - int(yen)
    return moved


async def _moved_deposits(connection: AsyncConnection) -> dict[str, int]:
    query = (
        select(_sum(_NET_YEN))
        .join_from(HISTORY, DEPOSITS, cast(DEPOSITS.c.id, Text) == HISTORY.c.record_id)
        .where(HISTORY.c.record == DEPOSITS.name)
    )
    (yen,) = await _one(connection, query)
    return {"deposited": yen}


async def _named(connection: AsyncConnection) -> dict[tuple[str, str], int]:
    columns = EXCEPTIONS.c
    query = select(columns.code, columns.subject_id, columns.amount_yen).where(
        columns.state == ExceptionState.OPEN.value, columns.subject == "group"
    )
    return {(code, name): int(yen) for code, name, yen in await connection.execute(query)}
