"""Trustees in default, and receipts on hold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make holds and decisions; let a statement's line say why it stands in its heap."""
    op.create_table(
        "receipt_holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="HELD", nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipts.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "one_live_hold",
        "receipt_holds",
        ["receipt_id"],
        unique=True,
        postgresql_where=sa.text("state = 'HELD'"),
    )
    op.create_table(
        "trustee_decisions",
        sa.Column("commission_number", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["commission_number"], ["commissions.commission_number"]),
        sa.PrimaryKeyConstraint("commission_number"),
        info={"insert_only": True},
    )
    op.add_column(
        "statement_lines", sa.Column("reason", sa.Text(), server_default="", nullable=False)
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("statement_lines", "reason")
    op.execute("DROP TABLE trustee_decisions, receipt_holds")
