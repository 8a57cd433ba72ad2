"""Columns and constraints of the provider's books. Nothing outside store/ ever holds one of these.

Every row of business names its municipality. history, audit, transfer_orders, comparisons and
terms_acceptances are insert-only for the runtime role.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    literal_column,
)

from services.payment_provider.domain.payments import LIVE_STATES
from shared.kit.foundation import foundation_tables

METADATA = MetaData()
FOUNDATION = foundation_tables(METADATA)
INSERT_ONLY = {"insert_only": True}


def _yen(name: str, *, minimum: int = 0, nullable: bool = False) -> Column[int]:
    """Return a column of whole yen with its check (DESIGN rule 8)."""
    check = CheckConstraint(f"{name} >= {minimum}", name=f"{name}_from_{minimum}")
    return Column(name, BigInteger, check, nullable=nullable)


def _moving() -> tuple[Column[str], Column[int]]:
    """Return the two columns of a record that a state machine moves (only store/*.advance does)."""
    return (
        Column("state", Text, nullable=False),
        Column("version", Integer, nullable=False, server_default="0"),
    )


def _instant(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


_LIVE = "state IN ({})".format(", ".join(f"'{state}'" for state in LIVE_STATES))

PAYMENTS = Table(  # 納付 of both channels
    "payments",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("peer_id", Uuid, nullable=False),  # authorisation id, debit id: made by us
    *_moving(),
    Column("channel", Text, nullable=False),
    Column("municipality", Text, nullable=False),
    Column("barcode", Text, nullable=False),
    _yen("amount_yen", minimum=1),
    _yen("fee_yen"),
    Column("body_sha256", Text, nullable=False),
    Column("reason", Text),
    _instant("asked_at"),
    _instant("asking_until"),  # machine time
    _instant("paid_at", nullable=True),
    Column("terms_acceptance_id", Uuid, ForeignKey("terms_acceptances.id")),  # NULL in old rows
    Column("bank_session", Text),  # while the payer decides at the bank, and not after
    Column(
        "session_until",  # business time
        DateTime(timezone=True),
        CheckConstraint(
            "(state = 'AT_BANK') = (bank_session IS NOT NULL AND session_until IS NOT NULL)",
            name="at_the_bank_with_a_session",
        ),
    ),
    # A second live payment of a slip is refused here, not by a check in code (DESIGN rule 6).
    Index(
        "one_live_payment_of_a_slip",
        "municipality",
        "barcode",
        unique=True,
        postgresql_where=literal_column(_LIVE),
    ),
    UniqueConstraint("peer_id", name="one_payment_of_a_peer_id"),
    Index("payments_by_barcode", "barcode"),
    Index(
        "open_payments",
        "channel",
        "asked_at",
        postgresql_where=literal_column(
            "state IN ('ASKING', 'AT_BANK', 'AUTHORISATION_UNKNOWN', 'BANK_RESULT_UNKNOWN')"
        ),
    ),
    Index("payments_by_asking", "channel", "asked_at"),
)

FILES = Table(
    "files",
    METADATA,
    Column("id", Uuid, primary_key=True),
    *_moving(),
    Column("municipality", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("record_count", Integer, nullable=False),
    _yen("total_yen"),
    Column("source_file_id", Uuid),
    _instant("created_at"),
    _instant("acknowledged_at", nullable=True),
    UniqueConstraint("municipality", "kind", "sequence", name="one_file_of_a_sequence"),
    UniqueConstraint("source_file_id", name="one_file_of_a_source"),
    Index(
        "waiting_files",
        "municipality",
        "created_at",
        postgresql_where=literal_column("state = 'WAITING'"),
    ),
)

RECEIPTS = Table(  # 収納: one for each accepted payment
    "receipts",
    METADATA,
    Column("id", Uuid, primary_key=True),
    *_moving(),
    Column("payment_id", Uuid, ForeignKey("payments.id"), nullable=False, unique=True),
    Column("municipality", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("barcode", Text, nullable=False),
    _yen("amount_yen", minimum=1),
    _instant("paid_at"),
    Column("shop_number", Integer, nullable=False),
    Column("confirm_on", Date, nullable=False),
    Column("transfer_date", Date, nullable=False),
    Column("preliminary_file_id", Uuid, ForeignKey("files.id")),
    Column("confirmed_file_id", Uuid, ForeignKey("files.id")),
    Column("transfer_order_id", Uuid, ForeignKey("transfer_orders.id")),
    Column("undo_id", Uuid, ForeignKey("undos.id")),  # the undo that asks, or that took it back
    _instant("undone_at", nullable=True),
    Column("cancelled_file_id", Uuid, ForeignKey("files.id")),
    Column("fee_bill_number", Text, ForeignKey("fee_bills.number")),
    UniqueConstraint("municipality", "barcode", "shop_number", name="one_receipt_of_a_number"),
    Index(
        "receipts_to_write",
        "municipality",
        "channel",
        "state",
        postgresql_where=literal_column("state <> 'CONFIRMED'"),
    ),
    Index("receipts_by_transfer_date", "channel", "transfer_date", "municipality"),
    Index("receipts_by_paid_at", "channel", "paid_at"),
    Index("receipts_by_barcode", "barcode"),
)

TRANSFER_ORDERS = Table(
    "transfer_orders",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("municipality", Text, nullable=False),
    Column("value_date", Date, nullable=False),
    Column("receipt_count", Integer, nullable=False),
    _yen("amount_yen", minimum=1),
    Column("remitter_code", Text, nullable=False),
    Column("remitter_name_kana", Text, nullable=False),
    _instant("written_at"),
    UniqueConstraint("municipality", "value_date", name="one_order_of_a_day"),
    Index("transfer_orders_by_date", "value_date"),
    info=INSERT_ONLY,
)

COMPARISONS = Table(  # days on which our card receipts were compared with the card agent's books
    "comparisons",
    METADATA,
    Column("day", Date, primary_key=True),
    Column("commission_count", Integer, nullable=False),
    Column("difference_count", Integer, nullable=False),
    _instant("compared_at"),
    info=INSERT_ONLY,
)

DIFFERENCES = Table(
    "differences",
    METADATA,
    Column("id", Uuid, primary_key=True),
    *_moving(),
    Column("authorisation_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("municipality", Text, nullable=False),
    _yen("our_yen", nullable=True),
    _yen("their_yen", nullable=True),
    _instant("found_at"),
    Column("way", Text),
    Column("document_number", Text),
    _instant("resolved_at", nullable=True),
    Index(
        "one_open_difference",
        "authorisation_id",
        "kind",
        unique=True,
        postgresql_where=literal_column("state = 'OPEN'"),
    ),
)

SANDBOX_ACCOUNTS = Table(  # sandbox only: what payers have at their banks
    "sandbox_accounts",
    METADATA,
    Column("bank_code", Text, primary_key=True),
    Column("account_reference", Text, primary_key=True),
    _yen("balance_yen"),
)

SANDBOX_DEBITS = Table(  # sandbox only: what payers' banks answered, for ever, by debit id
    "sandbox_debits",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("reason", Text),
    Column("municipality", Text, nullable=False),
    _yen("amount_yen", minimum=1),
    Column("bank_code", Text),
    Column("account_reference", Text),
    _instant("answered_at"),
    info=INSERT_ONLY,
)

TERMS_ACCEPTANCES = Table(  # 利用規約: that somebody with the app accepted a version; nobody's name
    "terms_acceptances",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("version", Text, nullable=False),
    _instant("accepted_at"),
    _instant("machine_at"),  # machine time
    info=INSERT_ONLY,
)

SANDBOX_SESSIONS = Table(  # sandbox only: what payers' banks opened for one decision of a payer
    "sandbox_sessions",
    METADATA,
    Column("session", Text, primary_key=True),
    Column("debit_id", Uuid, nullable=False, unique=True),
    Column("municipality", Text, nullable=False),
    Column("bank_code", Text, nullable=False),
    _yen("amount_yen", minimum=1),
    Column("payee_kana", Text, nullable=False),
    _instant("until"),
    Column("account_reference", Text),
    Column("decision", Text),
    _instant("decided_at", nullable=True),
)

SANDBOX_UNDOINGS = Table(  # sandbox only: debits that a payers' bank gave back, once and for ever
    "sandbox_undoings",
    METADATA,
    Column("debit_id", Uuid, ForeignKey("sandbox_debits.id"), primary_key=True),
    _instant("undone_at"),
    info=INSERT_ONLY,
)

UNDOS = Table(  # payments that are taken back: asked for, done, or refused by the peer
    "undos",
    METADATA,
    Column("id", Uuid, primary_key=True),
    *_moving(),
    Column("payment_id", Uuid, ForeignKey("payments.id")),  # null: no payment of ours
    Column("peer_id", Uuid, nullable=False, unique=True),
    Column("municipality", Text, nullable=False),
    Column("channel", Text, nullable=False),
    _yen("amount_yen", minimum=1),
    Column("fault", Text, nullable=False),
    _instant("requested_at"),
    _instant("undone_at", nullable=True),
    Column("refusal", Text),
    Index("undos_that_ask", "requested_at", postgresql_where=literal_column("state = 'ASKING'")),
)

PAYMENT_LISTS = Table(  # which revision of a day's card payments the card agent has taken
    "payment_lists",
    METADATA,
    Column("day", Date, primary_key=True),
    Column("revision", Integer, nullable=False),
    _instant("taken_at", nullable=True),  # null: this revision is still to be told
    Index("payment_lists_to_tell", "day", postgresql_where=literal_column("taken_at IS NULL")),
)

FEE_BILLS = Table(  # 手数料請求: one per municipality and month of billing
    "fee_bills",
    METADATA,
    Column("number", Text, primary_key=True),
    Column("municipality", Text, nullable=False),
    Column("billing_month", Date, nullable=False),
    Column("billed_on", Date, nullable=False),
    _yen("item_fee_yen", minimum=1),
    Column("receipt_count", Integer, nullable=False),
    _yen("amount_yen", minimum=1),
    _instant("written_at"),
    UniqueConstraint("municipality", "billing_month", name="one_fee_bill_of_a_month"),
    info=INSERT_ONLY,
)

FEE_BILL_LINES = Table(
    "fee_bill_lines",
    METADATA,
    Column("number", Text, ForeignKey("fee_bills.number"), primary_key=True),
    Column("collected_month", Date, primary_key=True),
    Column("receipt_count", Integer, nullable=False),
    info=INSERT_ONLY,
)
