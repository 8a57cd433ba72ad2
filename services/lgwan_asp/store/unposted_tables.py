"""The table of money that a bank told us of and that has no receipt: written once, never changed.

Imported by the migrations, so that the schema knows it too.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from services.lgwan_asp.store.tables import METADATA

UNPOSTED_NOTIFICATIONS = Table(
    "unposted_notifications",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("municipality", Text, nullable=False),  # "" where nothing says whose it would be
    Column("code", Text, nullable=False),  # of the exception that it opened
    Column("bank_code", Text, nullable=False),
    Column("branch_code", Text, nullable=False),
    Column("receipt_number", Text, nullable=False),
    Column("trace_number", Text, nullable=False),
    Column("paid_on", Date, nullable=False),
    Column("paid_at", DateTime(timezone=True), nullable=False),
    Column("amount_yen", BigInteger, CheckConstraint("amount_yen >= 1"), nullable=False),
    Column("medium", Text, nullable=False),
    Column("session_id", Text, nullable=False),  # "" if the bank had none
    Column("institution_number", Text, nullable=False),  # the key is "" where no session named it
    Column("payment_number", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint(  # the same words again are no second payment
        "bank_code",
        "paid_on",
        "receipt_number",
        "trace_number",
        "code",
        "amount_yen",
        "session_id",
        "payment_number",
        name="one_unposted_notification",
    ),
    info={"insert_only": True},
)
