"""Columns of what the ward does about a card agent that does not pay (BOOKS §1.2).

Nothing outside store/ holds one of these.
"""

from __future__ import annotations

from sqlalchemy import Column, Date, DateTime, ForeignKey, Index, Integer, Table, Text, Uuid, text

from services.ward_gateway.store.tables import METADATA

__all__ = ["METADATA", "RECEIPT_HOLDS", "TRUSTEE_DECISIONS"]

RECEIPT_HOLDS = Table(  # 保留: a receipt that clears nothing until its money has come
    "receipt_holds",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("state", Text, nullable=False, server_default="HELD"),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("receipt_id", Uuid, ForeignKey("receipts.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("held_at", DateTime(timezone=True), nullable=False),
    Column("released_at", DateTime(timezone=True)),
    Index(
        "one_live_hold",
        "receipt_id",
        unique=True,
        postgresql_where=text("state = 'HELD'"),
    ),
)

TRUSTEE_DECISIONS = Table(  # 受託者への滞納処分終了: the instalment goes back to its payer
    "trustee_decisions",
    METADATA,
    Column(
        "commission_number", Text, ForeignKey("commissions.commission_number"), primary_key=True
    ),
    Column("document_number", Text, nullable=False),
    Column("decided_on", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    info={"insert_only": True},
)
