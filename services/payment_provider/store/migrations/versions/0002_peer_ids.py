"""A payment has an id for its peer: ours, not the payer's. What was asked keeps its asked id."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; a payment that was asked under its payer's id must stay findable by it."""
    op.add_column("payments", sa.Column("peer_id", sa.Uuid(), nullable=True))
    op.execute("UPDATE payments SET peer_id = id")
    op.alter_column("payments", "peer_id", nullable=False)
    op.create_unique_constraint("one_payment_of_a_peer_id", "payments", ["peer_id"])


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("payments", "peer_id")
