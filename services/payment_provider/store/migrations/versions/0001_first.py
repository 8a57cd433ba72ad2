"""The first schema of the provider: payments, receipts, files, transfer orders, sandbox books."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

LIVE = (
    "state IN ('ASKING', 'AUTHORISATION_UNKNOWN', 'AUTHORISED', 'BANK_RESULT_UNKNOWN', 'DEBITED')"
)
TABLES = (
    "audit",
    "clock",
    "comparisons",
    "differences",
    "files",
    "history",
    "payments",
    "sandbox_accounts",
    "sandbox_debits",
    "transfer_orders",
    "users",
    "receipts",
)


def upgrade() -> None:
    _audit()
    _clock()
    _comparisons()
    _differences()
    _files()
    _history()
    _payments()
    _sandbox_accounts()
    _sandbox_debits()
    _transfer_orders()
    _users()
    _receipts()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("business_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("machine_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        info={"insert_only": True},
    )


def _clock() -> None:
    op.create_table(
        "clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("instant", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _comparisons() -> None:
    op.create_table(
        "comparisons",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("commission_count", sa.Integer(), nullable=False),
        sa.Column("difference_count", sa.Integer(), nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day"),
        info={"insert_only": True},
    )


def _differences() -> None:
    op.create_table(
        "differences",
        sa.Column("authorisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("our_yen", sa.BigInteger(), nullable=True),
        sa.Column("their_yen", sa.BigInteger(), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("our_yen >= 0", name="our_yen_from_0"),
        sa.CheckConstraint("their_yen >= 0", name="their_yen_from_0"),
        sa.PrimaryKeyConstraint("authorisation_id", "kind"),
        info={"insert_only": True},
    )


def _files() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("record_count", sa.Integer(), nullable=False),
        sa.Column("total_yen", sa.BigInteger(), nullable=False),
        sa.Column("source_file_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("total_yen >= 0", name="total_yen_from_0"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("municipality", "kind", "sequence", name="one_file_of_a_sequence"),
        sa.UniqueConstraint("source_file_id", name="one_file_of_a_source"),
    )
    op.create_index(
        "waiting_files",
        "files",
        ["municipality", "created_at"],
        unique=False,
        postgresql_where=sa.text("state = 'WAITING'"),
    )


def _history() -> None:
    op.create_table(
        "history",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("business_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("machine_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        info={"insert_only": True},
    )
    op.create_index("history_record", "history", ["record", "record_id", "version"], unique=True)
    op.create_index("history_record_id", "history", ["record_id"], unique=False)


def _payments() -> None:
    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("barcode", sa.Text(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.Column("fee_yen", sa.BigInteger(), nullable=False),
        sa.Column("body_sha256", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asking_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_yen >= 1", name="amount_yen_from_1"),
        sa.CheckConstraint("fee_yen >= 0", name="fee_yen_from_0"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "one_live_payment_of_a_slip",
        "payments",
        ["municipality", "barcode"],
        unique=True,
        postgresql_where=sa.text(LIVE),
    )
    op.create_index(
        "open_payments",
        "payments",
        ["channel", "asked_at"],
        unique=False,
        postgresql_where=sa.text(
            "state IN ('ASKING', 'AUTHORISATION_UNKNOWN', 'BANK_RESULT_UNKNOWN')"
        ),
    )
    op.create_index("payments_by_asking", "payments", ["channel", "asked_at"], unique=False)
    op.create_index("payments_by_barcode", "payments", ["barcode"], unique=False)


def _sandbox_accounts() -> None:
    op.create_table(
        "sandbox_accounts",
        sa.Column("bank_code", sa.Text(), nullable=False),
        sa.Column("account_reference", sa.Text(), nullable=False),
        sa.Column("balance_yen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("balance_yen >= 0", name="balance_yen_from_0"),
        sa.PrimaryKeyConstraint("bank_code", "account_reference"),
    )


def _sandbox_debits() -> None:
    op.create_table(
        "sandbox_debits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.Column("bank_code", sa.Text(), nullable=True),
        sa.Column("account_reference", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_yen >= 1", name="amount_yen_from_1"),
        sa.PrimaryKeyConstraint("id"),
        info={"insert_only": True},
    )


def _transfer_orders() -> None:
    op.create_table(
        "transfer_orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("receipt_count", sa.Integer(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.Column("remitter_code", sa.Text(), nullable=False),
        sa.Column("remitter_name_kana", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_yen >= 1", name="amount_yen_from_1"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("municipality", "value_date", name="one_order_of_a_day"),
        info={"insert_only": True},
    )
    op.create_index("transfer_orders_by_date", "transfer_orders", ["value_date"], unique=False)


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("roles", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("wrong_passwords", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("user_id"),
    )


def _receipts() -> None:
    op.create_table(
        "receipts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("barcode", sa.Text(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shop_number", sa.Integer(), nullable=False),
        sa.Column("confirm_on", sa.Date(), nullable=False),
        sa.Column("transfer_date", sa.Date(), nullable=False),
        sa.Column("preliminary_file_id", sa.Uuid(), nullable=True),
        sa.Column("confirmed_file_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["confirmed_file_id"],
            ["files.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payments.id"],
        ),
        sa.ForeignKeyConstraint(
            ["preliminary_file_id"],
            ["files.id"],
        ),
        sa.CheckConstraint("amount_yen >= 1", name="amount_yen_from_1"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(
            "municipality", "barcode", "shop_number", name="one_receipt_of_a_number"
        ),
        sa.UniqueConstraint("payment_id"),
    )
    op.create_index("receipts_by_barcode", "receipts", ["barcode"], unique=False)
    op.create_index("receipts_by_paid_at", "receipts", ["channel", "paid_at"], unique=False)
    op.create_index(
        "receipts_by_transfer_date",
        "receipts",
        ["channel", "transfer_date", "municipality"],
        unique=False,
    )
    op.create_index(
        "receipts_to_write",
        "receipts",
        ["municipality", "channel", "state"],
        unique=False,
        postgresql_where=sa.text("state <> 'CONFIRMED'"),
    )
