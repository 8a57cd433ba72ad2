"""Files that go on to the standard system."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table; files that were registered before had gone on by hand."""
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="READY", nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("record_count", sa.Integer(), nullable=False),
        sa.Column("total_yen", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("total_yen >= 0"),
        sa.CheckConstraint("(content IS NULL) = (state = 'IMPORTED')", name="kept_or_imported"),
        sa.CheckConstraint("(acknowledged_at IS NULL) = (state = 'READY')", name="imported_when"),
        sa.ForeignKeyConstraint(["id"], ["intakes.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "sequence", name="one_delivery"),
    )
    ready, imported = sa.text("state = 'READY'"), sa.text("state = 'IMPORTED'")
    op.create_index(
        "deliveries_ready",
        "deliveries",
        ["made_at", "kind", "sequence"],
        postgresql_where=ready,
    )
    op.create_index(
        "deliveries_imported", "deliveries", ["acknowledged_at"], postgresql_where=imported
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("deliveries")
