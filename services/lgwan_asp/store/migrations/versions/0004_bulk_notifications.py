"""What banks notify in bulk, and money that could not be posted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table of money without a receipt."""
    texts = (
        "municipality",
        "code",
        "bank_code",
        "branch_code",
        "receipt_number",
        "trace_number",
    )
    op.create_table(
        "unposted_notifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.Column("medium", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("institution_number", sa.Text(), nullable=False),
        sa.Column("payment_number", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_yen >= 1"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(
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


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("unposted_notifications")
