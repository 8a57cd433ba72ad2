"""Columns of 口座振替結果: each file once, and what became of each of its records.

Insert-only, without accounts and names: what is never erased holds numbers, yen, days and codes.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.ward_gateway.store.paper_notice_tables import METADATA  # and every other table

__all__ = ["DEBIT_RESULTS", "DEBIT_RESULT_FILES", "METADATA"]


def _yen(name: str) -> Column[int]:
    return Column(name, BigInteger, CheckConstraint(f"{name} >= 0"), nullable=False)


DEBIT_RESULT_FILES = Table(
    "debit_result_files",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("bank_code", Text, nullable=False),
    Column("branch_code", Text, nullable=False),
    Column("debited_on", Date, nullable=False),  # 引落日 with the year that the file does not say
    Column("debited_count", Integer, nullable=False),
    _yen("debited_yen"),
    Column("failed_count", Integer, nullable=False),
    _yen("failed_yen"),
    Column("outcomes", JSONB, nullable=False),  # outcome -> how many records
    Column("taken_at", DateTime(timezone=True), nullable=False),
    Column("handed_in_by", Text, nullable=False),  # user ID
    UniqueConstraint("sha256", name="one_debit_result_file"),
    info={"insert_only": True},
)

DEBIT_RESULTS = Table(
    "debit_results",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("file_sha256", Text, ForeignKey("debit_result_files.sha256"), nullable=False),
    Column("source_line", Integer, nullable=False),
    Column(
        "customer_number", Text, nullable=False
    ),  # as it stands, whether it names a claim or not
    _yen("amount_yen"),
    Column("result", Text, nullable=False),  # 振替結果
    Column("outcome", Text, nullable=False),
    # The claim on which this is the bank's word; null where it says nothing about any.
    Column("assessment_id", Uuid, ForeignKey("assessments.id")),
    Column("field", Text, nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    UniqueConstraint("file_sha256", "source_line", name="one_debit_result"),
    CheckConstraint("(outcome = 'for_clerk') = (reason <> '')", name="a_clerk_is_told_why"),
    CheckConstraint("outcome = 'for_clerk' OR assessment_id IS NOT NULL", name="of_some_claim"),
    Index("debit_results_by_claim", "assessment_id"),
    Index("debit_results_for_clerk", "id", postgresql_where=text("outcome = 'for_clerk'")),
    info={"insert_only": True},
)
