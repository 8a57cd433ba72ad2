"""What the ward wants the centre to hold, told by records that are asked for."""

from __future__ import annotations

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make what is new."""


def downgrade() -> None:
    """Take it away again."""
