"""A payment has an id for its peer, ours and not the payer's; a receipt bears its transfer order.

What was asked keeps its asked id, and what was ordered is not ordered again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns and fill them from what happened.

    A payment that was asked under its payer's id stays findable by it, and every receipt of a day
    whose order is written bears that order.
    """
    op.add_column("payments", sa.Column("peer_id", sa.Uuid(), nullable=True))
    op.execute("UPDATE payments SET peer_id = id")
    op.alter_column("payments", "peer_id", nullable=False)
    op.create_unique_constraint("one_payment_of_a_peer_id", "payments", ["peer_id"])
    op.add_column("receipts", sa.Column("transfer_order_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "receipts_transfer_order_id_fkey",
        "receipts",
        "transfer_orders",
        ["transfer_order_id"],
        ["id"],
    )
    op.execute(
        "UPDATE receipts SET transfer_order_id = o.id FROM transfer_orders o"
        " WHERE receipts.channel = 'mobile_banking'"
        " AND o.municipality = receipts.municipality AND o.value_date = receipts.transfer_date"
    )


def downgrade() -> None:
    """Drop the columns."""
    op.drop_column("receipts", "transfer_order_id")
    op.drop_column("payments", "peer_id")
