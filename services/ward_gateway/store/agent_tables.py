"""Columns of what the ward does about a card agent that does not pay (BOOKS §1.2), and of the
計算書 and bills that come from the payers of money (BOOKS §1.12).

Nothing outside store/ holds one of these.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from services.ward_gateway.store.tables import METADATA

__all__ = [
    "FEE_BILLS",
    "FEE_BILL_LINES",
    "METADATA",
    "PAY_IN_STATEMENTS",
    "PAY_IN_STATEMENT_LINES",
    "RECEIPT_HOLDS",
    "TRUSTEE_DECISIONS",
]

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

PAY_IN_STATEMENTS = Table(  # 計算書: what whoever paid in says that it paid
    "pay_in_statements",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("paid_in_on", Date, nullable=False),  # 払込日
    Column("remitter_code", Text, nullable=False),
    Column("collected_from", Date, nullable=False),  # 収納日
    Column("collected_to", Date, nullable=False),
    Column("receipt_count", Integer, nullable=False),
    Column("total_yen", BigInteger, CheckConstraint("total_yen >= 0"), nullable=False),
    Column("intake_id", Uuid, ForeignKey("intakes.id")),  # null: handed in by the treasury
    Column("registered_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint(
        "channel",
        "paid_in_on",
        "remitter_code",
        "collected_from",
        "collected_to",
        name="one_pay_in_statement",
    ),
    info={"insert_only": True},
)

PAY_IN_STATEMENT_LINES = Table(  # the same by 賦課年度 and 期; 0 and 0: no key of ours
    "pay_in_statement_lines",
    METADATA,
    Column("statement_id", Uuid, ForeignKey("pay_in_statements.id"), primary_key=True),
    Column("levy_year", SmallInteger, primary_key=True),
    Column("instalment", SmallInteger, primary_key=True),
    Column("receipt_count", Integer, nullable=False),
    Column("amount_yen", BigInteger, CheckConstraint("amount_yen >= 0"), nullable=False),
    info={"insert_only": True},
)

FEE_BILLS = Table(  # 手数料請求, as a clerk read it off the paper
    "fee_bills",
    METADATA,
    Column("number", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("item_fee_yen", BigInteger, CheckConstraint("item_fee_yen >= 1"), nullable=False),
    Column("amount_yen", BigInteger, CheckConstraint("amount_yen >= 1"), nullable=False),
    Column("taken_at", DateTime(timezone=True), nullable=False),
    info={"insert_only": True},
)

FEE_BILL_LINES = Table(
    "fee_bill_lines",
    METADATA,
    Column("number", Text, ForeignKey("fee_bills.number"), primary_key=True),
    Column("collected_month", Date, primary_key=True),
    Column("receipt_count", Integer, nullable=False),
    info={"insert_only": True},
)
