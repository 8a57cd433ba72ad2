"""Monthly bills of fees; the pay-in statements are files as others are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make both tables; let a receipt bear the bill that bills it."""
    op.create_table(
        "fee_bills",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("billing_month", sa.Date(), nullable=False),
        sa.Column("billed_on", sa.Date(), nullable=False),
        sa.Column("item_fee_yen", sa.BigInteger(), nullable=False),
        sa.Column("receipt_count", sa.Integer(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("item_fee_yen >= 1", name="item_fee_yen_from_1"),
        sa.CheckConstraint("amount_yen >= 1", name="amount_yen_from_1"),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("municipality", "billing_month", name="one_fee_bill_of_a_month"),
        info={"insert_only": True},
    )
    op.create_table(
        "fee_bill_lines",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("collected_month", sa.Date(), nullable=False),
        sa.Column("receipt_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["fee_bills.number"]),
        sa.PrimaryKeyConstraint("number", "collected_month"),
        info={"insert_only": True},
    )
    op.add_column("receipts", sa.Column("fee_bill_number", sa.Text(), nullable=True))
    op.create_foreign_key(None, "receipts", "fee_bills", ["fee_bill_number"], ["number"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("receipts", "fee_bill_number")
    op.execute("DROP TABLE fee_bill_lines, fee_bills")
