"""口座振替結果: the banks' words on debits, and the word that makes a claim payable by slip."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make files and results; no claim has had a bank's word before."""
    _files()
    _results()
    op.add_column("assessments", sa.Column("failed_debit_id", sa.BigInteger(), nullable=True))
    op.add_column("assessments", sa.Column("back_to_debit_at", _INSTANT, nullable=True))
    op.create_foreign_key(
        "failed_debit", "assessments", "debit_results", ["failed_debit_id"], ["id"]
    )


def downgrade() -> None:
    """Take it away again; what was payable by slip by a bank's word alone is not any more."""
    op.drop_constraint("failed_debit", "assessments")
    op.drop_column("assessments", "back_to_debit_at")
    op.drop_column("assessments", "failed_debit_id")
    op.execute("DROP TABLE debit_results, debit_result_files")


def _yen(name: str) -> tuple[sa.Column[int], sa.CheckConstraint]:
    return sa.Column(name, sa.BigInteger(), nullable=False), sa.CheckConstraint(f"{name} >= 0")


def _files() -> None:
    op.create_table(
        "debit_result_files",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("bank_code", sa.Text(), nullable=False),
        sa.Column("branch_code", sa.Text(), nullable=False),
        sa.Column("debited_on", sa.Date(), nullable=False),
        sa.Column("debited_count", sa.Integer(), nullable=False),
        *_yen("debited_yen"),
        sa.Column("failed_count", sa.Integer(), nullable=False),
        *_yen("failed_yen"),
        sa.Column("outcomes", JSONB(), nullable=False),
        sa.Column("taken_at", _INSTANT, nullable=False),
        sa.Column("handed_in_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256", name="one_debit_result_file"),
    )


def _results() -> None:
    op.create_table(
        "debit_results",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("source_line", sa.Integer(), nullable=False),
        sa.Column("customer_number", sa.Text(), nullable=False),
        *_yen("amount_yen"),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=True),
        sa.Column("field", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("(outcome = 'for_clerk') = (reason <> '')", name="a_clerk_is_told_why"),
        sa.CheckConstraint(
            "outcome = 'for_clerk' OR assessment_id IS NOT NULL", name="of_some_claim"
        ),
        sa.ForeignKeyConstraint(["file_sha256"], ["debit_result_files.sha256"]),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessments.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("file_sha256", "source_line", name="one_debit_result"),
    )
    op.create_index("debit_results_by_claim", "debit_results", ["assessment_id"])
    op.create_index(
        "debit_results_for_clerk",
        "debit_results",
        ["id"],
        postgresql_where=sa.text("outcome = 'for_clerk'"),
    )
