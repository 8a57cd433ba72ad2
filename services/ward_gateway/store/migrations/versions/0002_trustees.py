"""Trustees in default, and receipts on hold."""

from __future__ import annotations

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make what is new."""


def downgrade() -> None:
    """Take it away again."""
