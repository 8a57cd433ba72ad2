"""What the card agent told about each card receipt: the n-th commission of a barcode and its n-th
receipt are the same purchase.

Knows two numbered lists, and neither money nor heaps.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, Date, Select, and_, cast, func, literal, select
from sqlalchemy.sql.elements import ColumnElement

from services.ward_gateway.domain.receipts import ReceiptState
from services.ward_gateway.store.clearings import receipts_query
from services.ward_gateway.store.tables import COMMISSIONS, RECEIPTS
from shared.keys.channels import Channel

REVERSED_COMMISSION = 3
TOKYO = "Asia/Tokyo"


def _place(barcode: ColumnElement[Any], *order: ColumnElement[Any]) -> ColumnElement[int]:
    """Number the rows of one barcode: a second commission wants a second receipt."""
    return func.row_number().over(partition_by=barcode, order_by=order).label("place")


def numbered_commissions() -> CTE:
    """Return the commissions that stand, numbered within their barcode by time."""
    columns = COMMISSIONS.c
    return (
        select(
            columns.commission_number,
            columns.barcode,
            columns.amount_yen,
            columns.authorised_at,
            cast(func.timezone(TOKYO, columns.authorised_at), Date).label("authorised_on"),
            columns.designated_date,
            columns.remitted_on,
            _place(columns.barcode, columns.authorised_at, columns.commission_number),
        )
        .where(columns.status != REVERSED_COMMISSION)
        .cte("told")
    )


def numbered_card_receipts() -> CTE:
    """Return the live card receipts, numbered within their barcode by time."""
    columns = RECEIPTS.c
    return (
        select(
            columns.id,
            columns.key,
            columns.state,
            columns.amount_yen,
            _place(columns.key, columns.paid_at, columns.identity),
        )
        .where(
            columns.channel == literal(Channel.MOBILE_CREDIT.value),
            columns.state != ReceiptState.CANCELLED.value,
        )
        .cte("came")
    )


def same_purchase(told: CTE, came: CTE) -> ColumnElement[bool]:
    """Say which commission is which receipt's."""
    return and_(told.c.barcode == came.c.key, told.c.place == came.c.place)


def told_of_receipts() -> CTE:
    """Return what was told of each receipt that has a commission: receipt_id and its columns."""
    told, came = numbered_commissions(), numbered_card_receipts()
    return (
        select(
            came.c.id.label("receipt_id"),
            told.c.commission_number,
            told.c.authorised_on,
            told.c.designated_date,
            told.c.remitted_on,
        )
        .join_from(came, told, same_purchase(told, came))
        .cte("told_of_receipts")
    )


def told_receipts_query() -> tuple[Select[Any], CTE]:
    """Return the query of live receipts with what was told of them, and the latter's columns."""
    of = told_of_receipts()
    query = (
        receipts_query()
        .add_columns(
            of.c.commission_number, of.c.authorised_on, of.c.designated_date, of.c.remitted_on
        )
        .outerjoin(of, of.c.receipt_id == RECEIPTS.c.id)
    )
    return query, of
