"""Owed and come, group by group: the sums from which reconciliation sees where it must look.

Set-based: three queries for the whole ward, however many groups are settled.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, Select, case, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.domain.matching import Balance, Group
from services.ward_gateway.domain.receipts import ReceiptState
from services.ward_gateway.store.tables import DEPOSITS, FUNDINGS, RECEIPTS
from services.ward_gateway.store.told_commissions import told_of_receipts

CONFIRMED, FUNDED = ReceiptState.CONFIRMED.value, ReceiptState.FUNDED.value
_REVERSAL = DEPOSITS.alias("reversal")
_IS_REVERSED = exists().where(
    _REVERSAL.c.cancelled,
    _REVERSAL.c.value_date == DEPOSITS.c.value_date,
    _REVERSAL.c.reference == DEPOSITS.c.reference,
    _REVERSAL.c.remitter_code == DEPOSITS.c.remitter_code,
    _REVERSAL.c.amount_yen == DEPOSITS.c.amount_yen,
)


async def read_balances(connection: AsyncConnection) -> list[Balance]:
    """Return both sides of every group that has a confirmed receipt or a bank line.

    A group is restless if a deposit's fundings are not its yen, if a receipt is unfunded though
    the sums agree, or if one of its receipts or deposits has to do with another day's.
    """
    owed = {Group(*row[:2]): row for row in await connection.execute(_owed())}
    came = {Group(*row[:2]): row for row in await connection.execute(_came())}
    crossing: set[Group] = set()
    for channel, own_day, deposit_channel, value_date in await connection.execute(_crossing()):
        crossing |= {Group(channel, own_day), Group(deposit_channel, value_date)}
    found = []
    for group in owed.keys() | came.keys():
        owing, bank = owed.get(group), came.get(group)
        owed_yen = int(owing.yen) if owing else 0
        came_yen = int(bank.yen) if bank else 0
        unfunded = bool(owing and owing.unfunded) and owed_yen == came_yen
        restless = bool(bank and bank.differs) or unfunded or group in crossing
        found.append(Balance(group, owed_yen, came_yen, owing.oldest if owing else None, restless))
    return found


async def read_came(connection: AsyncConnection) -> dict[Group, int]:
    """Return what came of each channel and 勘定日, less what the bank took back, in yen."""
    rows = await connection.execute(_came())
    return {Group(row.channel, row.value_date): int(row.yen) for row in rows}


def confirmed_receipts() -> CTE:
    """Return confirmed and funded receipts with the day of their money (matching.pay_day)."""
    told = told_of_receipts()
    columns = RECEIPTS.c
    return (
        select(
            columns.id,
            columns.channel,
            func.coalesce(told.c.remitted_on, columns.transfer_date).label("pay_day"),
            columns.transfer_date,
            columns.amount_yen,
            columns.state,
        )
        .outerjoin(told, told.c.receipt_id == columns.id)
        .where(columns.state.in_((CONFIRMED, FUNDED)), columns.transfer_date.is_not(None))
        .cte("confirmed")
    )


def _owed() -> Select[Any]:
    receipts = confirmed_receipts().c
    return select(
        receipts.channel,
        receipts.pay_day,
        func.sum(receipts.amount_yen).label("yen"),
        func.min(receipts.transfer_date).label("oldest"),
        func.bool_or(receipts.state == CONFIRMED).label("unfunded"),
    ).group_by(receipts.channel, receipts.pay_day)


def _came() -> Select[Any]:
    used = (
        select(func.coalesce(func.sum(FUNDINGS.c.amount_yen), 0))
        .where(FUNDINGS.c.deposit_id == DEPOSITS.c.id)
        .scalar_subquery()
    )
    worth = case((_IS_REVERSED, 0), else_=DEPOSITS.c.amount_yen)
    lines = (
        select(DEPOSITS.c.channel, DEPOSITS.c.value_date, worth.label("yen"), used.label("used"))
        .where(DEPOSITS.c.channel.is_not(None), ~DEPOSITS.c.cancelled)
        .subquery()
    )
    return select(
        lines.c.channel,
        lines.c.value_date,
        func.sum(lines.c.yen).label("yen"),
        func.bool_or(lines.c.yen != lines.c.used).label("differs"),
    ).group_by(lines.c.channel, lines.c.value_date)


def _crossing() -> Select[Any]:
    """Select the two groups of each funding that is not its receipt's own day's money."""
    receipts = confirmed_receipts()
    return (
        select(receipts.c.channel, receipts.c.pay_day, DEPOSITS.c.channel, DEPOSITS.c.value_date)
        .join_from(FUNDINGS, DEPOSITS, FUNDINGS.c.deposit_id == DEPOSITS.c.id)
        .join(receipts, FUNDINGS.c.receipt_id == receipts.c.id)
        .where(receipts.c.pay_day != DEPOSITS.c.value_date)
        .distinct()
    )
