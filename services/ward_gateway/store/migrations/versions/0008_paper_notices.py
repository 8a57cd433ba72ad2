"""Pay-easy's media told apart, and a bank's paper notices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make notices and pairs; let a receipt come without a file, if it came on paper.

    The medium of receipts that were registered before is not known here: it stays empty.
    """
    op.add_column("receipts", sa.Column("medium", sa.Text(), server_default="", nullable=False))
    op.alter_column("receipts", "intake_id", nullable=True)
    op.create_check_constraint(
        "a_file_or_paper_brought_it",
        "receipts",
        "intake_id IS NOT NULL OR channel = 'bank_counter'",
    )
    _notices()
    _pairs()


def _notices() -> None:
    op.create_table(
        "paper_notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bank_code", sa.Text(), nullable=False),
        sa.Column("branch_code", sa.Text(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("stamp_number", sa.Text(), nullable=False),
        sa.Column("payment_number", sa.Text(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.Column("paid_in_on", sa.Date(), nullable=False),
        sa.Column("own_receipt_id", sa.Uuid(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_yen >= 1"),
        sa.ForeignKeyConstraint(["own_receipt_id"], ["receipts.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(
            "bank_code", "branch_code", "paid_on", "stamp_number", name="one_paper_notice"
        ),
        sa.UniqueConstraint("own_receipt_id", name="one_notice_of_own_receipt"),
    )
    op.create_index("paper_notices_by_key", "paper_notices", ["payment_number"])


def _pairs() -> None:
    op.create_table(
        "paper_pairs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("parted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["notice_id"], ["paper_notices.id"]),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipts.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for name, column in (
        ("one_pair_of_notice", "notice_id"),
        ("one_pair_of_receipt", "receipt_id"),
    ):
        op.create_index(
            name,
            "paper_pairs",
            [column],
            unique=True,
            postgresql_where=sa.text("parted_at IS NULL"),
        )


def downgrade() -> None:
    """Take it away again; a receipt that came on paper would have to go first."""
    op.execute("DROP TABLE paper_pairs, paper_notices")
    op.drop_constraint("a_file_or_paper_brought_it", "receipts")
    op.alter_column("receipts", "intake_id", nullable=False)
    op.drop_column("receipts", "medium")
