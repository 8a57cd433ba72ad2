"""Scenarios of the sandbox's card networks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("card_tokens", sa.Column("scenario", sa.Text(), nullable=True))
    op.create_table(
        "sandbox_rule_uses",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("rule"),
    )


def downgrade() -> None:
    op.drop_table("sandbox_rule_uses")
    op.drop_column("card_tokens", "scenario")
