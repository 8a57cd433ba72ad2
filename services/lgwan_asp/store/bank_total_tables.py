"""The table of what banks told of their days: written once, never changed; the last word counts.

Imported by the migrations, so that the schema knows it too.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    Table,
    Text,
)

from services.lgwan_asp.store.tables import METADATA

BANK_TOTALS = Table(
    "bank_totals",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("municipality", Text, nullable=False),
    Column("bank_code", Text, nullable=False),
    Column("institution_number", Text, nullable=False),
    Column("paid_on", Date, nullable=False),
    Column("receipt_count", Integer, nullable=False),
    Column("amount_yen", BigInteger, CheckConstraint("amount_yen >= 0"), nullable=False),
    Column("told_at", DateTime(timezone=True), nullable=False),
    Index("bank_totals_by_day", "municipality", "paid_on"),
    info={"insert_only": True},
)
