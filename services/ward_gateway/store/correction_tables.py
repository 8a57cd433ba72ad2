"""Columns of corrections (更正): what a claim was, and what it became. Insert-only for the service.

No name stands here: what is never erased holds ids, yen, days and codes only.
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
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from services.ward_gateway.store.billing_order_tables import METADATA  # and every other table

__all__ = ["ASSESSMENT_CORRECTIONS", "METADATA"]


def _yen_pair(item: str) -> tuple[Column[int], Column[int]]:
    """Return an amount before and after, in whole yen."""
    names = (f"before_{item}_yen", f"after_{item}_yen")
    before, after = (
        Column(name, BigInteger, CheckConstraint(f"{name} >= 0"), nullable=False) for name in names
    )
    return before, after


def _sums_up(when: str) -> CheckConstraint:
    parts = " + ".join(f"{when}_{item}_yen" for item in ("medical", "support", "care", "child"))
    return CheckConstraint(f"{parts} = {when}_amount_yen", name=f"{when}_sums_up")


ASSESSMENT_CORRECTIONS = Table(  # 更正, one row for each record of choutei.csv that was one
    "assessment_corrections",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("assessment_id", Uuid, ForeignKey("assessments.id"), nullable=False),
    Column("number", SmallInteger, nullable=False),  # 更正回数
    Column("proc", SmallInteger, nullable=False),  # 処理区分 2 変更 3 削除
    Column("reason_code", Text, nullable=False),  # 調定事由コード
    Column("file_sha256", Text, ForeignKey("assessment_files.sha256"), nullable=False),
    Column("source_line", Integer, nullable=False),
    *_yen_pair("amount"),
    *_yen_pair("medical"),
    *_yen_pair("support"),
    *_yen_pair("care"),
    *_yen_pair("child"),
    Column("before_payment_method", SmallInteger, nullable=False),
    Column("after_payment_method", SmallInteger, nullable=False),
    Column("before_due_date", Date, nullable=False),
    Column("after_due_date", Date, nullable=False),
    Column("before_limit_date", Date, nullable=False),
    Column("after_limit_date", Date, nullable=False),
    Column("taken_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("assessment_id", "number", name="one_correction"),
    CheckConstraint("proc IN (2, 3)", name="known_proc"),
    CheckConstraint("proc = 2 OR after_amount_yen = 0", name="nothing_is_left"),
    _sums_up("before"),
    _sums_up("after"),
    info={"insert_only": True},
)
