"""Pay-in statements 計算書, and bills of fees."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make what is new."""
    _pay_in_statements()
    _fee_bills()


def _pay_in_statements() -> None:
    op.create_table(
        "pay_in_statements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("paid_in_on", sa.Date(), nullable=False),
        sa.Column("remitter_code", sa.Text(), nullable=False),
        sa.Column("collected_from", sa.Date(), nullable=False),
        sa.Column("collected_to", sa.Date(), nullable=False),
        sa.Column("receipt_count", sa.Integer(), nullable=False),
        sa.Column("total_yen", sa.BigInteger(), nullable=False),
        sa.Column("intake_id", sa.Uuid(), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("total_yen >= 0"),
        sa.ForeignKeyConstraint(["intake_id"], ["intakes.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(
            "channel",
            "paid_in_on",
            "remitter_code",
            "collected_from",
            "collected_to",
            name="one_pay_in_statement",
        ),
        info={"insert_only": True},
    )
    op.create_table(
        "pay_in_statement_lines",
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("levy_year", sa.SmallInteger(), nullable=False),
        sa.Column("instalment", sa.SmallInteger(), nullable=False),
        sa.Column("receipt_count", sa.Integer(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_yen >= 0"),
        sa.ForeignKeyConstraint(["statement_id"], ["pay_in_statements.id"]),
        sa.PrimaryKeyConstraint("statement_id", "levy_year", "instalment"),
        info={"insert_only": True},
    )


def _fee_bills() -> None:
    op.create_table(
        "fee_bills",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("item_fee_yen", sa.BigInteger(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("item_fee_yen >= 1"),
        sa.CheckConstraint("amount_yen >= 1"),
        sa.PrimaryKeyConstraint("number"),
        info={"insert_only": True},
    )
    op.create_table(
        "fee_bill_lines",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("collected_month", sa.Date(), nullable=False),
        sa.Column("receipt_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["fee_bills.number"]),
        sa.PrimaryKeyConstraint("number", "collected_month"),
        info={"insert_only": True},
    )


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE fee_bill_lines, fee_bills")
    op.execute("DROP TABLE pay_in_statement_lines, pay_in_statements")
