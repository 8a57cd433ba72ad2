"""The first schema of the centre."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_audit()
    _create_billing_files()
    _create_billing_sequences()
    _create_clock()
    _create_exceptions()
    _create_history()
    _create_inquiry_sessions()
    _create_outgoing_files()
    _create_users()
    _create_wrong_numbers()
    _create_billing_records()
    _create_bills()
    _create_receipts()


def downgrade() -> None:
    for table in (
        "receipts",
        "bills",
        "billing_records",
        "wrong_numbers",
        "users",
        "outgoing_files",
        "inquiry_sessions",
        "history",
        "exceptions",
        "clock",
        "billing_sequences",
        "billing_files",
        "audit",
    ):
        op.drop_table(table)


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("business_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("machine_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        info={"insert_only": True},
    )


def _create_billing_files() -> None:
    op.create_table(
        "billing_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="WAITING", nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("institution_number", sa.Text(), nullable=False),
        sa.Column("file_sequence", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("record_count", sa.Integer(), nullable=False),
        sa.Column("total_yen", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("apply_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("institution_number", "file_sequence", name="one_billing_file"),
    )
    op.create_index(
        "billing_files_to_apply",
        "billing_files",
        ["institution_number", "file_sequence"],
        unique=False,
        postgresql_where=sa.text("state <> 'APPLIED'"),
    )


def _create_billing_sequences() -> None:
    op.create_table(
        "billing_sequences",
        sa.Column("institution_number", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("last_sequence", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("institution_number"),
    )


def _create_clock() -> None:
    op.create_table(
        "clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("instant", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _create_exceptions() -> None:
    op.create_table(
        "exceptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="OPEN", nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "one_open_exception",
        "exceptions",
        ["code", "subject_id"],
        unique=True,
        postgresql_where=sa.text("state = 'OPEN'"),
    )


def _create_history() -> None:
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


def _create_inquiry_sessions() -> None:
    op.create_table(
        "inquiry_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("institution_number", sa.Text(), nullable=False),
        sa.Column("payment_number", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("bank_code", sa.Text(), nullable=False),
        sa.Column("branch_code", sa.Text(), nullable=False),
        sa.Column("medium", sa.Text(), nullable=False),
        sa.Column("trace_number", sa.Text(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.Column("notice_number", sa.Text(), nullable=False),
        sa.Column("levy_year", sa.SmallInteger(), nullable=False),
        sa.Column("instalment", sa.SmallInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("inquiry_sessions_by_end", "inquiry_sessions", ["valid_until"], unique=False)
    op.create_index(
        "inquiry_sessions_open",
        "inquiry_sessions",
        ["institution_number", "payment_number", "category"],
        unique=False,
        postgresql_where=sa.text("used_at IS NULL"),
    )


def _create_outgoing_files() -> None:
    op.create_table(
        "outgoing_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="READY", nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("institution_number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("record_count", sa.Integer(), nullable=False),
        sa.Column("total_yen", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("institution_number", "kind", "sequence", name="one_outgoing_file"),
    )
    op.create_index(
        "outgoing_files_ready",
        "outgoing_files",
        ["municipality", "created_at"],
        unique=False,
        postgresql_where=sa.text("state = 'READY'"),
    )


def _create_users() -> None:
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


def _create_wrong_numbers() -> None:
    op.create_table(
        "wrong_numbers",
        sa.Column("institution_number", sa.Text(), nullable=False),
        sa.Column("payment_number", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("bank_code", sa.Text(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "institution_number", "payment_number", "category", "bank_code", "on_date"
        ),
    )


def _create_billing_records() -> None:
    op.create_table(
        "billing_records",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("record_seq", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("institution_number", sa.Text(), nullable=False),
        sa.Column("payment_number", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("proc", sa.SmallInteger(), nullable=False),
        sa.Column("confirmation_number", sa.Text(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.Column("principal_yen", sa.BigInteger(), nullable=False),
        sa.Column("late_charge_yen", sa.BigInteger(), nullable=False),
        sa.Column("fee_yen", sa.BigInteger(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("limit_date", sa.Date(), nullable=False),
        sa.Column("levy_year", sa.SmallInteger(), nullable=False),
        sa.Column("assessed_year", sa.SmallInteger(), nullable=False),
        sa.Column("instalment", sa.SmallInteger(), nullable=False),
        sa.Column("account_code", sa.Text(), nullable=False),
        sa.Column("notice_number", sa.Text(), nullable=False),
        sa.Column("issue", sa.SmallInteger(), nullable=False),
        sa.Column("slip_type", sa.SmallInteger(), nullable=False),
        sa.Column("payer_name_kana", sa.Text(), nullable=False),
        sa.Column("description_kana", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("delete_reason", sa.SmallInteger(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["billing_files.id"],
        ),
        sa.PrimaryKeyConstraint("file_id", "record_seq"),
    )


def _create_bills() -> None:
    op.create_table(
        "bills",
        sa.Column("institution_number", sa.Text(), nullable=False),
        sa.Column("payment_number", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("confirmation_number", sa.Text(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.Column("principal_yen", sa.BigInteger(), nullable=False),
        sa.Column("late_charge_yen", sa.BigInteger(), nullable=False),
        sa.Column("fee_yen", sa.BigInteger(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("limit_date", sa.Date(), nullable=False),
        sa.Column("levy_year", sa.SmallInteger(), nullable=False),
        sa.Column("assessed_year", sa.SmallInteger(), nullable=False),
        sa.Column("instalment", sa.SmallInteger(), nullable=False),
        sa.Column("account_code", sa.Text(), nullable=False),
        sa.Column("notice_number", sa.Text(), nullable=False),
        sa.Column("issue", sa.SmallInteger(), nullable=False),
        sa.Column("slip_type", sa.SmallInteger(), nullable=False),
        sa.Column("payer_name_kana", sa.Text(), nullable=False),
        sa.Column("description_kana", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("delete_reason", sa.SmallInteger(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["billing_files.id"],
        ),
        sa.PrimaryKeyConstraint("institution_number", "payment_number", "category"),
    )
    op.create_index(
        "bills_by_slip",
        "bills",
        ["institution_number", "notice_number", "levy_year", "instalment"],
        unique=False,
    )


def _create_receipts() -> None:
    op.create_table(
        "receipts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="TAKEN", nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("institution_number", sa.Text(), nullable=False),
        sa.Column("payment_number", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("notice_number", sa.Text(), nullable=False),
        sa.Column("levy_year", sa.SmallInteger(), nullable=False),
        sa.Column("instalment", sa.SmallInteger(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("bank_code", sa.Text(), nullable=False),
        sa.Column("branch_code", sa.Text(), nullable=False),
        sa.Column("trace_number", sa.Text(), nullable=False),
        sa.Column("receipt_number", sa.Text(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("medium", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.SmallInteger(), nullable=True),
        sa.Column("preliminary_file_id", sa.Uuid(), nullable=True),
        sa.Column("confirmed_file_id", sa.Uuid(), nullable=True),
        sa.Column("cancellation_file_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cancellation_file_id"],
            ["outgoing_files.id"],
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_file_id"],
            ["outgoing_files.id"],
        ),
        sa.ForeignKeyConstraint(
            ["preliminary_file_id"],
            ["outgoing_files.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("bank_code", "receipt_number", "paid_on", name="one_receipt"),
    )
    op.create_index(
        "receipts_by_bill",
        "receipts",
        ["institution_number", "payment_number", "category"],
        unique=False,
    )
    op.create_index("receipts_by_number", "receipts", ["receipt_number"], unique=False)
    op.create_index(
        "receipts_that_wait",
        "receipts",
        ["municipality", "state", "paid_on"],
        unique=False,
        postgresql_where=sa.text("state IN ('TAKEN', 'REPORTED', 'CANCELLED')"),
    )
