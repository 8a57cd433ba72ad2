"""Columns of 済通, a bank's paper notices, and of which receipt each belongs to.

No state column: which receipt counts is worked out anew, and what a pair was is never unwritten.
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
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    and_,
    text,
)

from services.ward_gateway.store.delivery_tables import METADATA  # and every other table

__all__ = ["CURRENT_PAIR", "METADATA", "PAPER_NOTICES", "PAPER_PAIRS"]

PAPER_NOTICES = Table(
    "paper_notices",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("bank_code", Text, nullable=False),
    Column("branch_code", Text, nullable=False),
    Column("paid_on", Date, nullable=False),  # 領収日
    Column("stamp_number", Text, nullable=False),
    Column("payment_number", Text, nullable=False),
    Column("amount_yen", BigInteger, CheckConstraint("amount_yen >= 1"), nullable=False),
    Column("paid_in_on", Date, nullable=False),  # 払込日
    # Its receipt, once it had to stand for itself: filled once, live or not as no pair is.
    Column("own_receipt_id", Uuid, ForeignKey("receipts.id")),
    Column("taken_at", DateTime(timezone=True), nullable=False),
    Column("handed_in_by", Text, nullable=False),
    Column("withdrawn_at", DateTime(timezone=True)),
    Column("withdrawn_by", Text),
    Column("withdrawal_reason", Text),
    CheckConstraint("withdrawn_by <> handed_in_by", name="second_person_withdraws"),
    CheckConstraint(
        "num_nonnulls(withdrawn_at, withdrawn_by, withdrawal_reason) IN (0, 3)",
        name="whole_withdrawal",
    ),
    Index(
        "one_paper_notice",
        "bank_code",
        "branch_code",
        "paid_on",
        "stamp_number",
        unique=True,
        postgresql_where=text("withdrawn_at IS NULL"),
    ),
    UniqueConstraint("own_receipt_id", name="one_notice_of_own_receipt"),
    Index("paper_notices_by_key", "payment_number"),
)

PAPER_PAIRS = Table(  # a notice and the electronic receipt of the same payment
    "paper_pairs",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("notice_id", Uuid, ForeignKey("paper_notices.id"), nullable=False),
    Column("receipt_id", Uuid, ForeignKey("receipts.id"), nullable=False),
    Column("joined_at", DateTime(timezone=True), nullable=False),
    Column("parted_at", DateTime(timezone=True)),
    Index(
        "one_pair_of_notice", "notice_id", unique=True, postgresql_where=text("parted_at IS NULL")
    ),
    Index(
        "one_pair_of_receipt", "receipt_id", unique=True, postgresql_where=text("parted_at IS NULL")
    ),
)

CURRENT_PAIR = and_(
    PAPER_PAIRS.c.notice_id == PAPER_NOTICES.c.id, PAPER_PAIRS.c.parted_at.is_(None)
)
