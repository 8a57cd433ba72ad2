"""What the ward wants the centre to hold, told by records that are asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# Every slip that a billing file holds was an add; its record's place is as the file was built.
_ORDERS_OF_OLD_FILES = """
INSERT INTO billing_orders (
  slip_id, kind, wanted_at, billing_upload_id, record_seq, due_date, assessed_year, account_code,
  payer_name_kana, outcome, answered_at)
SELECT s.id, 1, s.issued_at, s.billing_upload_id,
  row_number() OVER (
    PARTITION BY s.billing_upload_id ORDER BY s.levy_year, s.notice_number, s.instalment, s.issue),
  s.due_date, a.assessed_year, a.account_code, a.payer_name_kana,
  CASE s.state WHEN 'HELD' THEN 'held' WHEN 'REFUSED' THEN 'refused' END,
  CASE WHEN s.state IN ('HELD', 'REFUSED') THEN COALESCE(
    (SELECT max(h.business_at) FROM history h
     WHERE h.record = 'slips' AND h.record_id = CAST(s.id AS text) AND h.to_state = s.state),
    s.issued_at) END
FROM slips s
JOIN LATERAL (
  SELECT a.assessed_year, a.account_code, a.payer_name_kana
  FROM slip_items i JOIN assessments a ON a.id = i.assessment_id
  WHERE i.slip_id = s.id ORDER BY a.levy_year, a.notice_number, a.instalment LIMIT 1) a ON true
WHERE s.billing_upload_id IS NOT NULL
"""
# When the centre answered is not known, only when its answer was read: never earlier than that.
_EFFECTIVE_ON = """
UPDATE slips s SET centre_effective_on = GREATEST(
  s.effective_from, CAST(o.answered_at AT TIME ZONE 'Asia/Tokyo' AS date) + 1)
FROM billing_orders o WHERE o.slip_id = s.id AND o.outcome = 'held'
"""
_FILES_OF_OLD_SLIPS = """
UPDATE slips s SET billing_upload_id = o.billing_upload_id
FROM billing_orders o WHERE o.slip_id = s.id AND o.kind = 1 AND o.billing_upload_id IS NOT NULL
"""


def upgrade() -> None:
    """Make orders; what was sent before becomes orders, and slips forget their file."""
    _create_billing_orders()
    op.add_column("assessments", sa.Column("cancelled_at", sa.DateTime(timezone=True)))
    op.add_column("slips", sa.Column("replaced_by_slip_id", sa.Uuid()))
    op.create_foreign_key(None, "slips", "slips", ["replaced_by_slip_id"], ["id"])
    op.add_column("slips", sa.Column("centre_effective_on", sa.Date()))
    op.execute(_ORDERS_OF_OLD_FILES)
    op.execute(_EFFECTIVE_ON)
    op.drop_column("slips", "billing_upload_id")


def downgrade() -> None:
    """Take it away again; a slip's first file is the only one that it remembers."""
    op.add_column("slips", sa.Column("billing_upload_id", sa.Uuid()))
    op.create_foreign_key(None, "slips", "billing_uploads", ["billing_upload_id"], ["id"])
    op.execute(_FILES_OF_OLD_SLIPS)
    op.drop_column("slips", "centre_effective_on")
    op.drop_column("slips", "replaced_by_slip_id")
    op.drop_column("assessments", "cancelled_at")
    op.drop_table("billing_orders")


def _create_billing_orders() -> None:
    op.create_table(
        "billing_orders",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("slip_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.SmallInteger(), nullable=True),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("billing_upload_id", sa.Uuid(), nullable=True),
        sa.Column("record_seq", sa.Integer(), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("assessed_year", sa.SmallInteger(), nullable=True),
        sa.Column("account_code", sa.Text(), nullable=True),
        sa.Column("payer_name_kana", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN (1, 2, 3)", name="known_kind"),
        sa.CheckConstraint("(kind = 3) = (reason IS NOT NULL)", name="only_deletes_have_a_reason"),
        sa.CheckConstraint("(kind = 3) = (dead_at IS NOT NULL)", name="only_dead_keys_are_deleted"),
        sa.CheckConstraint(
            "(billing_upload_id IS NULL) = (record_seq IS NULL)", name="file_and_place"
        ),
        sa.CheckConstraint("(outcome IS NULL) = (answered_at IS NULL)", name="outcome_and_when"),
        sa.ForeignKeyConstraint(["slip_id"], ["slips.id"]),
        sa.ForeignKeyConstraint(["billing_upload_id"], ["billing_uploads.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    open_order = sa.text("outcome IS NULL")
    unsent = sa.text("outcome IS NULL AND billing_upload_id IS NULL")
    table = "billing_orders"
    op.create_index("one_open_order", table, ["slip_id"], unique=True, postgresql_where=open_order)
    op.create_index("one_order_per_record", table, ["billing_upload_id", "record_seq"], unique=True)
    op.create_index("billing_orders_by_slip", table, ["slip_id", "id"])
    op.create_index("billing_orders_unsent", table, ["kind"], postgresql_where=unsent)
    deletes = sa.text("kind = 3")
    op.create_index("billing_orders_by_death", table, ["dead_at"], postgresql_where=deletes)
