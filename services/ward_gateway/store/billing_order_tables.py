"""Columns of what the ward asks of the centre, record by record. Nothing outside store/ holds one.

No state column: each column is filled once, and an order without an outcome is open.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)

from services.ward_gateway.store.agent_tables import METADATA  # and with it every other table

__all__ = ["BILLING_ORDERS", "METADATA"]

BILLING_ORDERS = Table(  # 請求データのもと: one key, one record, one answer
    "billing_orders",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("slip_id", Uuid, ForeignKey("slips.id"), nullable=False),
    Column("kind", SmallInteger, nullable=False),  # 処理区分
    Column("reason", SmallInteger),  # 削除理由
    Column("wanted_at", DateTime(timezone=True), nullable=False),
    Column("dead_at", DateTime(timezone=True)),  # since when nobody should pay this key
    Column("billing_upload_id", Uuid, ForeignKey("billing_uploads.id")),
    Column("record_seq", Integer),
    # What an add or a change tells beside the slip's own columns.
    Column("due_date", Date),
    Column("assessed_year", SmallInteger),
    Column("account_code", Text),
    Column("payer_name_kana", Text),
    Column("outcome", Text),
    Column("error_code", Text),
    Column("answered_at", DateTime(timezone=True)),  # by the centre's clock where it answered
    CheckConstraint("kind IN (1, 2, 3)", name="known_kind"),
    CheckConstraint("(kind = 3) = (reason IS NOT NULL)", name="only_deletes_have_a_reason"),
    CheckConstraint("(kind = 3) = (dead_at IS NOT NULL)", name="only_dead_keys_are_deleted"),
    CheckConstraint("(billing_upload_id IS NULL) = (record_seq IS NULL)", name="file_and_place"),
    CheckConstraint("(outcome IS NULL) = (answered_at IS NULL)", name="outcome_and_when"),
    Index("one_open_order", "slip_id", unique=True, postgresql_where=text("outcome IS NULL")),
    Index("one_order_per_record", "billing_upload_id", "record_seq", unique=True),
    Index("billing_orders_by_slip", "slip_id", "id"),
    Index(
        "billing_orders_unsent",
        "kind",
        postgresql_where=text("outcome IS NULL AND billing_upload_id IS NULL"),
    ),
    Index("billing_orders_by_death", "dead_at", postgresql_where=text("kind = 3")),
)
