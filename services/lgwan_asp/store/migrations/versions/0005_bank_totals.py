"""What banks tell of their days."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table, and let a bank's day be found among the receipts."""
    op.create_table(
        "bank_totals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("bank_code", sa.Text(), nullable=False),
        sa.Column("institution_number", sa.Text(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("receipt_count", sa.Integer(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_yen >= 0"),
        sa.PrimaryKeyConstraint("id"),
        info={"insert_only": True},
    )
    op.create_index("bank_totals_by_day", "bank_totals", ["municipality", "paid_on"])
    op.create_index("receipts_by_bank_day", "receipts", ["bank_code", "paid_on"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_index("receipts_by_bank_day", "receipts")
    op.drop_table("bank_totals")
