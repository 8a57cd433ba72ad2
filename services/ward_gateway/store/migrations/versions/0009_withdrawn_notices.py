"""Paper notices can be withdrawn by a second person, and their stamps are free again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_TABLE = "paper_notices"
_STAMP = ["bank_code", "branch_code", "paid_on", "stamp_number"]
_CHECKS = {
    "second_person_withdraws": "withdrawn_by <> handed_in_by",
    "whole_withdrawal": "num_nonnulls(withdrawn_at, withdrawn_by, withdrawal_reason) IN (0, 3)",
}


def upgrade() -> None:
    """Let a stamp stand on one notice that counts; who handed in earlier ones is not known here."""
    op.add_column(_TABLE, sa.Column("handed_in_by", sa.Text()))
    op.add_column(_TABLE, sa.Column("withdrawn_at", sa.DateTime(timezone=True)))
    op.add_column(_TABLE, sa.Column("withdrawn_by", sa.Text()))
    op.add_column(_TABLE, sa.Column("withdrawal_reason", sa.Text()))
    op.execute("UPDATE paper_notices SET handed_in_by = 'not written down'")
    op.alter_column(_TABLE, "handed_in_by", nullable=False)
    for name, check in _CHECKS.items():
        op.create_check_constraint(name, _TABLE, check)
    op.drop_constraint("one_paper_notice", _TABLE)
    op.create_index(
        "one_paper_notice",
        _TABLE,
        _STAMP,
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )


def downgrade() -> None:
    """Take it away again; a stamp that was read a second time would have to go first."""
    op.drop_index("one_paper_notice", _TABLE)
    op.create_unique_constraint("one_paper_notice", _TABLE, _STAMP)
    for name in _CHECKS:
        op.drop_constraint(name, _TABLE)
    for column in ("withdrawal_reason", "withdrawn_by", "withdrawn_at", "handed_in_by"):
        op.drop_column(_TABLE, column)
