"""Outages, slow banks, and what an inquiry session told."""

from __future__ import annotations

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make what is new."""


def downgrade() -> None:
    """Take it away again."""
