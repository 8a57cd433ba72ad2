"""Remittances that go wrong on purpose, and chargebacks (sandbox)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "remittance_troubles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount >= 1", name="trouble_from_1"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("municipality", "value_date", "kind", name="one_trouble_of_a_kind"),
        info={"insert_only": True},
    )
    op.create_table(
        "network_chargebacks",
        sa.Column("reference", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("reference"),
        info={"insert_only": True},
    )


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE remittance_troubles, network_chargebacks")
