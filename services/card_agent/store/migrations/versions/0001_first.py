"""The first schema of the card agent."""

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
    _create_card_tokens()
    _create_clock()
    _create_history()
    _create_network_approvals()
    _create_network_cards()
    _create_transfer_orders()
    _create_users()
    _create_waiting_files()
    _create_authorisations()
    _create_report_lines()


def downgrade() -> None:
    for table in (
        "report_lines",
        "authorisations",
        "waiting_files",
        "users",
        "transfer_orders",
        "network_cards",
        "network_approvals",
        "history",
        "clock",
        "card_tokens",
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


def _create_card_tokens() -> None:
    op.create_table(
        "card_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("card_hmac", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authorisation_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
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


def _create_network_approvals() -> None:
    op.create_table(
        "network_approvals",
        sa.Column("reference", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("approval_number", sa.Text(), nullable=True),
        sa.Column("card_hmac", sa.Text(), nullable=True),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("premium_yen", sa.BigInteger(), nullable=False),
        sa.Column("total_yen", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("reference"),
    )


def _create_network_cards() -> None:
    op.create_table(
        "network_cards",
        sa.Column("card_hmac", sa.Text(), nullable=False),
        sa.Column("limit_yen", sa.BigInteger(), nullable=False),
        sa.Column("used_yen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("used_yen <= limit_yen", name="within_limit"),
        sa.PrimaryKeyConstraint("card_hmac"),
    )


def _create_transfer_orders() -> None:
    op.create_table(
        "transfer_orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.Column("remitter_code", sa.Text(), nullable=False),
        sa.Column("remitter_name_kana", sa.Text(), nullable=False),
        sa.Column("bank_reference", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("municipality", "value_date", name="one_order_per_day"),
    )
    op.create_index(
        "transfer_orders_by_value_date", "transfer_orders", ["value_date"], unique=False
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


def _create_waiting_files() -> None:
    op.create_table(
        "waiting_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("record_count", sa.Integer(), nullable=False),
        sa.Column("total_yen", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("municipality", "kind", "sequence", name="one_sequence"),
    )
    op.create_index(
        "waiting_files_by_state", "waiting_files", ["state", "created_at"], unique=False
    )


def _create_authorisations() -> None:
    op.create_table(
        "authorisations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.Column("fee_yen", sa.BigInteger(), nullable=False),
        sa.Column("barcode", sa.Text(), nullable=True),
        sa.Column("token_hash", sa.Text(), nullable=True),
        sa.Column("brand", sa.Text(), nullable=True),
        sa.Column("asking_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decline_reason", sa.Text(), nullable=True),
        sa.Column("commission_number", sa.Text(), nullable=True),
        sa.Column("approval_number", sa.Text(), nullable=True),
        sa.Column("authorised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("authorised_on", sa.Date(), nullable=True),
        sa.Column("designated_date", sa.Date(), nullable=True),
        sa.Column("transfer_order_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'REMITTED') = (transfer_order_id IS NOT NULL)", name="remitted_by_an_order"
        ),
        sa.CheckConstraint(
            "(state IN ('AUTHORISED', 'REMITTED')) = (commission_number IS NOT NULL)",
            name="a_yes_is_a_commission",
        ),
        sa.ForeignKeyConstraint(["transfer_order_id"], ["transfer_orders.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("municipality", "commission_number", name="one_commission_number"),
    )
    op.create_index("authorisations_by_barcode", "authorisations", ["barcode"], unique=False)
    op.create_index(
        "authorisations_by_day", "authorisations", ["authorised_on", "id"], unique=False
    )
    op.create_index(
        "authorisations_by_designated_date",
        "authorisations",
        ["municipality", "designated_date"],
        unique=False,
    )
    op.create_index("authorisations_by_state", "authorisations", ["state"], unique=False)


def _create_report_lines() -> None:
    op.create_table(
        "report_lines",
        sa.Column("authorisation_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["authorisation_id"], ["authorisations.id"]),
        sa.ForeignKeyConstraint(["file_id"], ["waiting_files.id"]),
        sa.PrimaryKeyConstraint("authorisation_id", "status"),
        info={"insert_only": True},
    )
    op.create_index(
        "report_lines_by_file", "report_lines", ["file_id", "line_number"], unique=False
    )
