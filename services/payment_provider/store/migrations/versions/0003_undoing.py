"""Undoing of a payment, and differences that can be resolved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make what is new."""
    _undos()
    _receipts()
    _differences()
    _payment_lists()


def _undos() -> None:
    op.create_table(
        "undos",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("peer_id", sa.Uuid(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.CheckConstraint("amount_yen >= 1", name="amount_yen_from_1"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("peer_id"),
    )
    op.create_index(
        "undos_that_ask",
        "undos",
        ["requested_at"],
        postgresql_where=sa.text("state = 'ASKING'"),
    )


def _receipts() -> None:
    op.add_column("receipts", sa.Column("undo_id", sa.Uuid(), nullable=True))
    op.add_column("receipts", sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("receipts", sa.Column("cancelled_file_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(None, "receipts", "undos", ["undo_id"], ["id"])
    op.create_foreign_key(None, "receipts", "files", ["cancelled_file_id"], ["id"])


def _differences() -> None:
    """Give each difference an id and a state: what was found before is open."""
    new = sa.Column("id", sa.Uuid(), nullable=False, server_default=sa.text("gen_random_uuid()"))
    op.add_column("differences", new)
    op.alter_column("differences", "id", server_default=None)
    state = sa.Column("state", sa.Text(), nullable=False, server_default="OPEN")
    op.add_column("differences", state)
    op.alter_column("differences", "state", server_default=None)
    op.add_column(
        "differences", sa.Column("version", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("differences", sa.Column("way", sa.Text(), nullable=True))
    op.add_column("differences", sa.Column("document_number", sa.Text(), nullable=True))
    op.add_column(
        "differences", sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.drop_constraint("differences_pkey", "differences")
    op.create_primary_key("differences_pkey", "differences", ["id"])
    op.create_index(
        "one_open_difference",
        "differences",
        ["authorisation_id", "kind"],
        unique=True,
        postgresql_where=sa.text("state = 'OPEN'"),
    )


def _payment_lists() -> None:
    op.create_table(
        "payment_lists",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("day"),
    )
    op.create_index(
        "payment_lists_to_tell",
        "payment_lists",
        ["day"],
        postgresql_where=sa.text("taken_at IS NULL"),
    )


def downgrade() -> None:
    """Take it away again; a difference that was found twice is refused by the older key."""
    op.drop_table("payment_lists")
    op.drop_index("one_open_difference", "differences")
    op.drop_constraint("differences_pkey", "differences")
    op.create_primary_key("differences_pkey", "differences", ["authorisation_id", "kind"])
    for name in ("id", "state", "version", "way", "document_number", "resolved_at"):
        op.drop_column("differences", name)
    for name in ("undo_id", "undone_at", "cancelled_file_id"):
        op.drop_column("receipts", name)
    op.drop_table("undos")
