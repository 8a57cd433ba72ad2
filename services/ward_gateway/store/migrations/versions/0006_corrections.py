"""Corrections (更正) of claims, and which correction a slip was printed after."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

# Until now a file brought new claims only, and no claim was ever corrected after its slip.
_OLD_FILES = "UPDATE assessment_files SET added_yen = total_yen"
_OLD_ITEMS = """
UPDATE slip_items i SET corrections = a.corrections FROM assessments a WHERE a.id = i.assessment_id
"""
_ITEMS = ("amount", "medical", "support", "care", "child")


def upgrade() -> None:
    """Make the history of corrections; old files and slips say what they did."""
    files = "assessment_files"
    for name in ("corrected", "cancelled"):
        op.add_column(files, sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    op.add_column(files, sa.Column("added_yen", sa.BigInteger(), nullable=True))
    op.execute(_OLD_FILES)
    op.alter_column(files, "added_yen", nullable=False)
    op.create_check_constraint(None, files, "added_yen >= 0")
    op.add_column(
        "slip_items",
        sa.Column("corrections", sa.SmallInteger(), server_default="0", nullable=False),
    )
    op.execute(_OLD_ITEMS)
    _create_corrections()


def downgrade() -> None:
    """Take it away again; what was corrected stays as it was corrected."""
    op.drop_table("assessment_corrections")
    op.drop_column("slip_items", "corrections")
    for name in ("added_yen", "cancelled", "corrected"):
        op.drop_column("assessment_files", name)


def _create_corrections() -> None:
    yen = [f"{when}_{item}_yen" for item in _ITEMS for when in ("before", "after")]
    op.create_table(
        "assessment_corrections",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("proc", sa.SmallInteger(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("source_line", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in yen),
        sa.Column("before_payment_method", sa.SmallInteger(), nullable=False),
        sa.Column("after_payment_method", sa.SmallInteger(), nullable=False),
        sa.Column("before_due_date", sa.Date(), nullable=False),
        sa.Column("after_due_date", sa.Date(), nullable=False),
        sa.Column("before_limit_date", sa.Date(), nullable=False),
        sa.Column("after_limit_date", sa.Date(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.CheckConstraint(f"{name} >= 0") for name in yen),
        *(_sums_up(when) for when in ("before", "after")),
        sa.CheckConstraint("proc IN (2, 3)", name="known_proc"),
        sa.CheckConstraint("proc = 2 OR after_amount_yen = 0", name="nothing_is_left"),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessments.id"]),
        sa.ForeignKeyConstraint(["file_sha256"], ["assessment_files.sha256"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("assessment_id", "number", name="one_correction"),
    )


def _sums_up(when: str) -> sa.CheckConstraint:
    parts = " + ".join(f"{when}_{item}_yen" for item in _ITEMS[1:])
    return sa.CheckConstraint(f"{parts} = {when}_amount_yen", name=f"{when}_sums_up")
