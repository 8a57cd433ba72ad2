"""The ward's first books, table by table."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table, each after those that it points to."""
    _foundation()
    _claims()
    _slips()
    _terminals()
    _receipts()
    _deposits()
    _statements()


def downgrade() -> None:
    """Drop every table with its indexes."""
    op.execute(
        "DROP TABLE "
        "audit, history, clock, users, assessment_files, assessments, billing_uploads, slips, "
        "slip_items, file_sequences, intakes, erasures, receipts, commissions, clearings, "
        "bank_statements, deposits, fundings, exceptions, statements, statement_lines"
    )


def _foundation() -> None:
    """What every organisation's database has."""
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("business_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("machine_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        info={"insert_only": True},
    )
    op.create_table(
        "history",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("business_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("machine_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        info={"insert_only": True},
    )
    op.create_index("history_record", "history", ["record", "record_id", "version"], unique=True)
    op.create_index("history_record_id", "history", ["record_id"], unique=False)
    op.create_table(
        "clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("instant", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "users",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("roles", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("wrong_passwords", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("user_id"),
    )


def _claims() -> None:
    """調定."""
    op.create_table(
        "assessment_files",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("record_count", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("total_yen", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "assessments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fiscal_year", sa.SmallInteger(), nullable=False),
        sa.Column("assessed_year", sa.SmallInteger(), nullable=False),
        sa.Column("levy_year", sa.SmallInteger(), nullable=False),
        sa.Column("notice_number", sa.Text(), nullable=False),
        sa.Column("instalment", sa.SmallInteger(), nullable=False),
        sa.Column("account_code", sa.Text(), nullable=False),
        sa.Column("collection_method", sa.SmallInteger(), nullable=False),
        sa.Column("payment_method", sa.SmallInteger(), nullable=False),
        sa.Column("year_class", sa.SmallInteger(), nullable=False),
        sa.Column("assessment_number", sa.Text(), nullable=False),
        sa.Column("corrections", sa.SmallInteger(), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.Column("medical_yen", sa.BigInteger(), nullable=False),
        sa.Column("support_yen", sa.BigInteger(), nullable=False),
        sa.Column("care_yen", sa.BigInteger(), nullable=False),
        sa.Column("child_yen", sa.BigInteger(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("limit_date", sa.Date(), nullable=False),
        sa.Column("slip_type", sa.SmallInteger(), nullable=False),
        sa.Column("issue", sa.SmallInteger(), nullable=False),
        sa.Column("liable_person_id", sa.Text(), nullable=False),
        sa.Column("payer_name_kana", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "medical_yen + support_yen + care_yen + child_yen = amount_yen",
            name="breakdown_sums_up",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("levy_year", "notice_number", "instalment", name="one_assessment"),
    )
    op.create_index("assessments_by_year", "assessments", ["fiscal_year"], unique=False)


def _slips() -> None:
    """納付書 and 請求データ."""
    op.create_table(
        "billing_uploads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="BUILT", nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("file_sequence", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("record_count", sa.Integer(), nullable=False),
        sa.Column("total_yen", sa.BigInteger(), nullable=False),
        sa.Column("built_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "one_billing_sequence",
        "billing_uploads",
        ["file_sequence"],
        unique=True,
        postgresql_where=sa.text("state <> 'REFUSED'"),
    )
    op.create_table(
        "slips",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="ISSUED", nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("slip_type", sa.SmallInteger(), nullable=False),
        sa.Column("fiscal_year", sa.SmallInteger(), nullable=False),
        sa.Column("levy_year", sa.SmallInteger(), nullable=False),
        sa.Column("notice_number", sa.Text(), nullable=False),
        sa.Column("instalment", sa.SmallInteger(), nullable=False),
        sa.Column("issue", sa.SmallInteger(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("limit_date", sa.Date(), nullable=False),
        sa.Column("barcode", sa.Text(), nullable=True),
        sa.Column("institution_number", sa.Text(), nullable=False),
        sa.Column("payment_number", sa.Text(), nullable=False),
        sa.Column("confirmation_number", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("billing_upload_id", sa.Uuid(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["billing_upload_id"], ["billing_uploads.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("barcode", name="one_barcode"),
        sa.UniqueConstraint("payment_number", name="one_payment_number"),
    )
    op.create_index("slips_by_state", "slips", ["state"], unique=False)
    op.create_table(
        "slip_items",
        sa.Column("slip_id", sa.Uuid(), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessments.id"]),
        sa.ForeignKeyConstraint(["slip_id"], ["slips.id"]),
        sa.PrimaryKeyConstraint("slip_id", "assessment_id"),
    )
    op.create_index("slip_items_by_assessment", "slip_items", ["assessment_id"], unique=False)


def _terminals() -> None:
    """取込."""
    op.create_table(
        "file_sequences",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind"),
    )
    op.create_table(
        "intakes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="LISTED", nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("terminal", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("record_count", sa.Integer(), nullable=False),
        sa.Column("total_yen", sa.BigInteger(), nullable=False),
        sa.Column("temporary_copy", sa.Text(), nullable=True),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_over_by", sa.Text(), nullable=True),
        sa.Column(
            "problems",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("terminal", "file_id", name="one_intake"),
    )
    op.create_index("intakes_by_state", "intakes", ["state"], unique=False)
    op.create_table(
        "erasures",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("intake_id", sa.Uuid(), nullable=True),
        sa.Column("terminal", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("business_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("machine_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["intake_id"], ["intakes.id"]),
        sa.PrimaryKeyConstraint("id"),
        info={"insert_only": True},
    )


def _receipts() -> None:
    """収納, 納付の受託 and 消込."""
    op.create_table(
        "receipts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="PRELIMINARY", nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("slip_id", sa.Uuid(), nullable=True),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shop_code", sa.Text(), nullable=False),
        sa.Column("bank_code", sa.Text(), server_default="", nullable=False),
        sa.Column("branch_code", sa.Text(), server_default="", nullable=False),
        sa.Column("had_preliminary", sa.Boolean(), nullable=False),
        sa.Column("had_confirmed", sa.Boolean(), nullable=False),
        sa.Column("transfer_date", sa.Date(), nullable=True),
        sa.Column("funded_yen", sa.BigInteger(), nullable=False),
        sa.Column("intake_id", sa.Uuid(), nullable=False),
        sa.Column("source_line", sa.Integer(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["intake_id"], ["intakes.id"]),
        sa.ForeignKeyConstraint(["slip_id"], ["slips.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("identity"),
    )
    op.create_index("receipts_by_key", "receipts", ["key"], unique=False)
    op.create_index("receipts_by_slip", "receipts", ["slip_id"], unique=False)
    op.create_index("receipts_by_transfer", "receipts", ["channel", "transfer_date"], unique=False)
    op.create_table(
        "commissions",
        sa.Column("commission_number", sa.Text(), nullable=False),
        sa.Column("barcode", sa.Text(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.Column("fee_yen", sa.BigInteger(), nullable=False),
        sa.Column("authorised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("designated_date", sa.Date(), nullable=False),
        sa.Column("remitted_on", sa.Date(), nullable=True),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("commission_number"),
    )
    op.create_index("commissions_by_designated", "commissions", ["designated_date"], unique=False)
    op.create_table(
        "clearings",
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessments.id"]),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipts.id"]),
        sa.PrimaryKeyConstraint("receipt_id", "assessment_id"),
    )
    op.create_index("clearings_by_assessment", "clearings", ["assessment_id"], unique=False)


def _deposits() -> None:
    """入金."""
    op.create_table(
        "bank_statements",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("deposits", sa.Integer(), nullable=False),
        sa.Column("total_yen", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "deposits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("remitter_code", sa.Text(), nullable=False),
        sa.Column("remitter_name_kana", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.Column("statement_sha256", sa.Text(), nullable=False),
        sa.Column("source_line", sa.Integer(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["statement_sha256"], ["bank_statements.sha256"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("value_date", "reference", "cancelled", name="one_deposit"),
    )
    op.create_index("deposits_by_channel", "deposits", ["channel", "value_date"], unique=False)
    op.create_table(
        "fundings",
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("deposit_id", sa.Uuid(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["deposit_id"], ["deposits.id"]),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipts.id"]),
        sa.PrimaryKeyConstraint("receipt_id", "deposit_id"),
    )
    op.create_index("fundings_by_deposit", "fundings", ["deposit_id"], unique=False)


def _statements() -> None:
    """What a clerk looks at."""
    op.create_table(
        "exceptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="OPEN", nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "one_open_exception",
        "exceptions",
        ["code", "subject", "subject_id"],
        unique=True,
        postgresql_where=sa.text("state = 'OPEN'"),
    )
    op.create_table(
        "statements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fiscal_year", sa.SmallInteger(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        info={"insert_only": True},
    )
    op.create_table(
        "statement_lines",
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("notice_number", sa.Text(), nullable=False),
        sa.Column("fiscal_year", sa.SmallInteger(), nullable=False),
        sa.Column("instalment", sa.SmallInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("heap", sa.Text(), nullable=False),
        sa.Column("assessed_yen", sa.BigInteger(), nullable=False),
        sa.Column("received_yen", sa.BigInteger(), nullable=False),
        sa.Column("deposited_yen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"]),
        sa.PrimaryKeyConstraint("statement_id", "line_number"),
        info={"insert_only": True},
    )
