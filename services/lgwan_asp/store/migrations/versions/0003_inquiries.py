"""Outages, slow banks, unlocked keys, and what an inquiry session told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make what is new; a session that is open already told its bill, and added no charge."""
    _create_outages()
    _create_slow_banks()
    _create_unlocks()
    _split_sessions()
    op.create_index(
        "wrong_numbers_by_bank", "wrong_numbers", ["municipality", "bank_code", "on_date"]
    )
    op.create_index(
        "inquiry_sessions_by_bank", "inquiry_sessions", ["municipality", "bank_code", "opened_at"]
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_index("inquiry_sessions_by_bank", "inquiry_sessions")
    op.drop_index("wrong_numbers_by_bank", "wrong_numbers")
    op.drop_column("inquiry_sessions", "late_charge_yen")
    op.drop_column("inquiry_sessions", "principal_yen")
    for table in ("unlocks", "slow_banks", "outages"):
        op.drop_table(table)


def _create_outages() -> None:
    op.create_table(
        "outages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("business_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("municipality", "kind", "starts_at", name="one_outage"),
    )


def _create_slow_banks() -> None:
    op.create_table(
        "slow_banks",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("bank_code", sa.Text(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("municipality", "bank_code", "on_date"),
    )


def _create_unlocks() -> None:
    op.create_table(
        "unlocks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("institution_number", sa.Text(), nullable=False),
        sa.Column("payment_number", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("bank_code", sa.Text(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("wrong_numbers", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("unlocked_by", sa.Text(), nullable=False),
        sa.Column("unlocked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        info={"insert_only": True},
    )


def _split_sessions() -> None:
    """Keep principal and late charge apart.

    Before this nothing was added to a bill: a session told the bill's own parts. Where the bill
    stands otherwise by now, what was told is all principal.
    """
    for name in ("principal_yen", "late_charge_yen"):
        column = sa.Column(name, sa.BigInteger(), sa.CheckConstraint(f"{name} >= 0"))
        op.add_column("inquiry_sessions", column)
    op.execute(
        "UPDATE inquiry_sessions s SET principal_yen = b.principal_yen,"
        " late_charge_yen = b.late_charge_yen FROM bills b"
        " WHERE (b.institution_number, b.payment_number, b.category, b.amount_yen)"
        " = (s.institution_number, s.payment_number, s.category, s.amount_yen)"
    )
    op.execute(
        "UPDATE inquiry_sessions SET principal_yen = amount_yen, late_charge_yen = 0"
        " WHERE principal_yen IS NULL"
    )
    for name in ("principal_yen", "late_charge_yen"):
        op.alter_column("inquiry_sessions", name, nullable=False)
