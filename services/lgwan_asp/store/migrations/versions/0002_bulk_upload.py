"""An upload of a whole year is taken and applied in portions; files are erased on their day."""

from __future__ import annotations

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make what is new."""


def downgrade() -> None:
    """Take it away again."""
