"""Columns of the files that go on to the standard system. Nothing outside store/ holds one."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from services.ward_gateway.store.correction_tables import METADATA  # and every other table

__all__ = ["DELIVERIES", "METADATA"]

DELIVERIES = Table(  # 標準システムへの引渡し: kept until it was imported there
    "deliveries",
    METADATA,
    Column("id", Uuid, ForeignKey("intakes.id"), primary_key=True),  # one file came, one goes on
    Column("state", Text, nullable=False, server_default="READY"),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("kind", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("record_count", Integer, nullable=False),
    Column("total_yen", BigInteger, CheckConstraint("total_yen >= 0"), nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("content", LargeBinary),  # none once it was imported
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("acknowledged_at", DateTime(timezone=True)),
    CheckConstraint("(content IS NULL) = (state = 'IMPORTED')", name="kept_or_imported"),
    CheckConstraint("(acknowledged_at IS NULL) = (state = 'READY')", name="imported_when"),
    # The partner may send a file twice: it goes on once.
    UniqueConstraint("kind", "sequence", name="one_delivery"),
    Index(
        "deliveries_ready",
        "made_at",
        "kind",
        "sequence",
        postgresql_where=text("state = 'READY'"),
    ),
    Index("deliveries_imported", "acknowledged_at", postgresql_where=text("state = 'IMPORTED'")),
)
