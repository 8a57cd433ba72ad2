"""A billing file leaves when a second person has released it, or is withdrawn before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

# What left before anybody was asked has no releaser, and none is invented: a sentence stands there.
_BEFORE = """
UPDATE billing_uploads u SET prepared_by = 'not written down',
  released_by = CASE WHEN left_at IS NOT NULL THEN 'sent before releases' END,
  released_at = left_at,
  released_sha256 = CASE WHEN left_at IS NOT NULL THEN sha256 END,
  sent_at = left_at
FROM (
  SELECT b.id, COALESCE(
    (SELECT min(h.business_at) FROM history h WHERE h.record = 'billing_uploads'
     AND h.record_id = CAST(b.id AS text) AND h.to_state = 'SENT'),
    CASE WHEN b.state <> 'BUILT' THEN b.built_at END) AS left_at
  FROM billing_uploads b) o
WHERE o.id = u.id
"""
# It had left and was thought not to have arrived: it goes again as it would have gone.
_STILL_TO_GO = """
WITH moved AS (
  UPDATE billing_uploads SET state = 'RELEASED', version = version + 1
  WHERE state = 'BUILT' AND sent_at IS NOT NULL RETURNING id, version, sent_at)
INSERT INTO history (record, record_id, municipality, version, event, from_state, to_state,
  business_at, machine_at, actor, correlation_id)
SELECT 'billing_uploads', CAST(id AS text), '', version, 'billing_file_released', 'BUILT',
  'RELEASED', sent_at, now(), 'migration:0005', '-' FROM moved
"""
_CHECKS = {
    "second_person": "released_by <> prepared_by",
    "released_as_seen": "released_sha256 = sha256",
    "whole_release": "num_nonnulls(released_by, released_at, released_sha256) IN (0, 3)",
    "nothing_unreleased": "released_by IS NOT NULL OR state IN ('BUILT', 'WITHDRAWN')",
    "nothing_unreleased_left": "released_by IS NOT NULL OR sent_at IS NULL",
    "sent_is_not_withdrawn": "sent_at IS NULL OR state <> 'WITHDRAWN'",
}
_TABLE = "billing_uploads"


def upgrade() -> None:
    """Write down who prepares and who releases; what has left keeps its way."""
    op.add_column(_TABLE, sa.Column("prepared_by", sa.Text()))
    op.add_column(_TABLE, sa.Column("released_by", sa.Text()))
    op.add_column(_TABLE, sa.Column("released_at", sa.DateTime(timezone=True)))
    op.add_column(_TABLE, sa.Column("released_sha256", sa.Text()))
    op.add_column(_TABLE, sa.Column("sent_at", sa.DateTime(timezone=True)))
    op.execute(_BEFORE)
    op.execute(_STILL_TO_GO)
    op.alter_column(_TABLE, "prepared_by", nullable=False)
    for name, check in _CHECKS.items():
        op.create_check_constraint(name, _TABLE, check)
    _number_is_free("state NOT IN ('REFUSED', 'WITHDRAWN')")


def downgrade() -> None:
    """Take it away again: a released file is built, a withdrawn one counts as refused."""
    for name in _CHECKS:
        op.drop_constraint(name, _TABLE)
    op.execute("UPDATE billing_uploads SET state = 'BUILT' WHERE state = 'RELEASED'")
    op.execute("UPDATE billing_uploads SET state = 'REFUSED' WHERE state = 'WITHDRAWN'")
    _number_is_free("state <> 'REFUSED'")
    for column in ("sent_at", "released_sha256", "released_at", "released_by", "prepared_by"):
        op.drop_column(_TABLE, column)


def _number_is_free(counted: str) -> None:
    op.drop_index("one_billing_sequence", _TABLE)
    op.create_index(
        "one_billing_sequence",
        _TABLE,
        ["file_sequence"],
        unique=True,
        postgresql_where=sa.text(counted),
    )
