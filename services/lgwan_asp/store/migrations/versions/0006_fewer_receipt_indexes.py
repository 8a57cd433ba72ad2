"""A receipt's identity and its bill found by one index each, where there were two."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Put a bank's day, and a payment number, in front: who looks for those alone finds them."""
    op.drop_constraint("one_receipt", "receipts")
    op.create_unique_constraint(
        "one_receipt", "receipts", ["bank_code", "paid_on", "receipt_number"]
    )
    op.drop_index("receipts_by_bank_day", "receipts")
    op.drop_index("receipts_by_bill", "receipts")
    op.create_index(
        "receipts_by_bill", "receipts", ["payment_number", "institution_number", "category"]
    )
    op.drop_index("receipts_by_payment_number", "receipts")


def downgrade() -> None:
    """Make the indexes that were there before."""
    op.create_index("receipts_by_payment_number", "receipts", ["payment_number"])
    op.drop_index("receipts_by_bill", "receipts")
    op.create_index(
        "receipts_by_bill", "receipts", ["institution_number", "payment_number", "category"]
    )
    op.create_index("receipts_by_bank_day", "receipts", ["bank_code", "paid_on"])
    op.drop_constraint("one_receipt", "receipts")
    op.create_unique_constraint(
        "one_receipt", "receipts", ["bank_code", "receipt_number", "paid_on"]
    )
