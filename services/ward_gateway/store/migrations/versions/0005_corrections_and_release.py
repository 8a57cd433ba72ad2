"""Corrections of assessments, reissued slips, and the second person's release."""

from __future__ import annotations

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make what is new."""


def downgrade() -> None:
    """Take it away again."""
