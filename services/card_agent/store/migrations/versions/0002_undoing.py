"""Undoing of a commission, and what the provider says that it has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

BEFORE = "(state IN ('AUTHORISED', 'REMITTED')) = (commission_number IS NOT NULL)"
NOW = "(state IN ('AUTHORISED', 'REMITTED', 'UNDOING', 'UNDONE')) = (commission_number IS NOT NULL)"
A_YES = "a_yes_is_a_commission"


def upgrade() -> None:
    """Make what is new."""
    _undoing()
    _payment_lists()
    _differences()


def _undoing() -> None:
    op.add_column("authorisations", sa.Column("fault", sa.Text(), nullable=True))
    op.add_column(
        "authorisations", sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.drop_constraint(A_YES, "authorisations")
    op.create_check_constraint(A_YES, "authorisations", NOW)
    op.create_check_constraint(
        "undone_at_an_instant", "authorisations", "(state = 'UNDONE') = (undone_at IS NOT NULL)"
    )
    op.create_table(
        "network_reversals",
        sa.Column("reference", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["reference"], ["network_approvals.reference"]),
        sa.PrimaryKeyConstraint("reference"),
    )


def _payment_lists() -> None:
    op.create_table(
        "payment_list_pages",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("payment_count", sa.Integer(), nullable=False),
        sa.Column("is_last", sa.Boolean(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", "revision", "page"),
    )
    op.create_table(
        "reported_payments",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("authorisation_id", sa.Uuid(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_yen >= 1", name="amount_yen_from_1"),
        sa.PrimaryKeyConstraint("day", "revision", "page", "position"),
    )


def _differences() -> None:
    op.create_table(
        "differences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("authorisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("our_yen", sa.BigInteger(), nullable=True),
        sa.Column("their_yen", sa.BigInteger(), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("way", sa.Text(), nullable=True),
        sa.Column("document_number", sa.Text(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("our_yen >= 0", name="our_yen_from_0"),
        sa.CheckConstraint("their_yen >= 0", name="their_yen_from_0"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "one_open_difference",
        "differences",
        ["authorisation_id", "kind"],
        unique=True,
        postgresql_where=sa.text("state = 'OPEN'"),
    )


def downgrade() -> None:
    """Take it away again; one that was undone is refused by the older check."""
    for table in ("differences", "reported_payments", "payment_list_pages", "network_reversals"):
        op.drop_table(table)
    op.drop_constraint("undone_at_an_instant", "authorisations")
    op.drop_constraint(A_YES, "authorisations")
    op.create_check_constraint(A_YES, "authorisations", BEFORE)
    op.drop_column("authorisations", "undone_at")
    op.drop_column("authorisations", "fault")
