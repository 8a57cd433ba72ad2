"""Terms that a payer accepted, and sessions at the payer's bank: a payer who is there keeps the
slip.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_LIVE = "'ASKING', {}'AUTHORISATION_UNKNOWN', 'AUTHORISED', 'BANK_RESULT_UNKNOWN', 'DEBITED'"
_OPEN = "'ASKING', {}'AUTHORISATION_UNKNOWN', 'BANK_RESULT_UNKNOWN'"


def upgrade() -> None:
    """Make what is new; a payment of before has no acceptance, and none is invented for it."""
    op.create_table(
        "terms_acceptances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("machine_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.add_column("payments", sa.Column("terms_acceptance_id", sa.Uuid(), nullable=True))
    op.add_column("payments", sa.Column("bank_session", sa.Text(), nullable=True))
    op.add_column("payments", sa.Column("session_until", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(None, "payments", "terms_acceptances", ["terms_acceptance_id"], ["id"])
    op.create_check_constraint(
        "at_the_bank_with_a_session",
        "payments",
        "(state = 'AT_BANK') = (bank_session IS NOT NULL AND session_until IS NOT NULL)",
    )
    _make_indexes_anew("'AT_BANK', ")
    _banks()


def downgrade() -> None:
    """Take it away again; a payer at the bank becomes one to be asked about, and keeps the slip."""
    op.execute(
        "UPDATE payments SET state = 'BANK_RESULT_UNKNOWN', bank_session = NULL,"
        " session_until = NULL WHERE state = 'AT_BANK'"
    )
    op.drop_table("sandbox_undoings")
    op.drop_table("sandbox_sessions")
    _make_indexes_anew("")
    op.drop_column("payments", "session_until")
    op.drop_column("payments", "bank_session")
    op.drop_column("payments", "terms_acceptance_id")
    op.drop_table("terms_acceptances")


def _make_indexes_anew(at_bank: str) -> None:
    op.drop_index("one_live_payment_of_a_slip", "payments")
    op.create_index(
        "one_live_payment_of_a_slip",
        "payments",
        ["municipality", "barcode"],
        unique=True,
        postgresql_where=sa.text(f"state IN ({_LIVE.format(at_bank)})"),
    )
    op.drop_index("open_payments", "payments")
    op.create_index(
        "open_payments",
        "payments",
        ["channel", "asked_at"],
        postgresql_where=sa.text(f"state IN ({_OPEN.format(at_bank)})"),
    )


def _banks() -> None:
    op.create_table(
        "sandbox_sessions",
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("debit_id", sa.Uuid(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("bank_code", sa.Text(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.Column("payee_kana", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_reference", sa.Text(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_yen >= 1", name="amount_yen_from_1"),
        sa.PrimaryKeyConstraint("session"),
        sa.UniqueConstraint("debit_id"),
    )
    op.create_table(
        "sandbox_undoings",
        sa.Column("debit_id", sa.Uuid(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["debit_id"], ["sandbox_debits.id"]),
        sa.PrimaryKeyConstraint("debit_id"),
    )
