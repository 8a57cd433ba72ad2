"""An upload of a whole year is taken and applied in portions; files are erased on their day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_BY_SLIP = ["institution_number", "notice_number", "levy_year", "instalment"]


def upgrade() -> None:
    """Make what is new; what was applied before is applied to its last record."""
    _apply_in_portions()
    _know_the_record_of_a_bill()
    op.drop_index("bills_by_slip", "bills")
    op.create_index("bills_by_slip", "bills", _BY_SLIP, postgresql_where=sa.text("issue > 0"))
    op.create_index("receipts_by_payment_number", "receipts", ["payment_number"])
    _erase_files()


def downgrade() -> None:
    """Take it away again; refused by the database once the bytes of a file were erased."""
    op.drop_table("erasures")
    op.drop_index("outgoing_files_to_erase", "outgoing_files")
    op.drop_constraint("erased_or_kept", "outgoing_files", type_="check")
    op.alter_column("outgoing_files", "content", nullable=False)
    op.drop_column("outgoing_files", "erased_at")
    op.drop_index("receipts_by_payment_number", "receipts")
    op.drop_index("bills_by_slip", "bills")
    op.create_index("bills_by_slip", "bills", _BY_SLIP)
    op.drop_column("bills", "record_seq")
    op.add_column("billing_records", sa.Column("turn", sa.Integer()))
    op.execute(
        "UPDATE billing_records t SET turn = n.turn FROM (SELECT file_id, record_seq,"
        " row_number() OVER (PARTITION BY file_id, payment_number, category ORDER BY record_seq)"
        " AS turn FROM billing_records) n"
        " WHERE (t.file_id, t.record_seq) = (n.file_id, n.record_seq)"
    )
    op.alter_column("billing_records", "turn", nullable=False)
    for table in ("billing_records", "bills"):
        op.create_foreign_key(f"{table}_file_id_fkey", table, "billing_files", ["file_id"], ["id"])
    op.drop_column("billing_files", "applied_through")
    op.drop_column("billing_files", "keys_repeat")


def _apply_in_portions() -> None:
    op.add_column(
        "billing_files",
        sa.Column("keys_repeat", sa.Boolean(), server_default="true", nullable=False),
    )
    op.add_column(
        "billing_files",
        sa.Column("applied_through", sa.Integer(), server_default="0", nullable=False),
    )
    op.execute("UPDATE billing_files SET applied_through = record_count WHERE state = 'APPLIED'")
    # The file's row is written or locked by the same transaction; a look for each record is not
    # needed, and costs a quarter of the time.
    for table in ("billing_records", "bills"):
        op.drop_constraint(f"{table}_file_id_fkey", table, type_="foreignkey")
    op.drop_column("billing_records", "turn")


def _know_the_record_of_a_bill() -> None:
    """Let a bill name the record that acted last: of its file, the last one that was applied."""
    op.add_column("bills", sa.Column("record_seq", sa.Integer()))
    op.execute(
        "UPDATE bills b SET record_seq = r.record_seq FROM (SELECT file_id, payment_number,"
        " category, max(record_seq) AS record_seq FROM billing_records WHERE error_code IS NULL"
        " GROUP BY file_id, payment_number, category) r WHERE (b.file_id, b.payment_number,"
        " b.category) = (r.file_id, r.payment_number, r.category)"
    )
    op.alter_column("bills", "record_seq", nullable=False)


def _erase_files() -> None:
    op.alter_column("outgoing_files", "content", nullable=True)
    op.add_column("outgoing_files", sa.Column("erased_at", sa.DateTime(timezone=True)))
    op.create_check_constraint(
        "erased_or_kept", "outgoing_files", "(content IS NULL) = (erased_at IS NOT NULL)"
    )
    op.create_index(
        "outgoing_files_to_erase",
        "outgoing_files",
        ["acknowledged_at"],
        postgresql_where=sa.text("state = 'ACKNOWLEDGED'"),
    )
    op.create_table(
        "erasures",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("business_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("machine_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["outgoing_files.id"]),
        sa.PrimaryKeyConstraint("file_id"),
        info={"insert_only": True},
    )
