"""Columns and constraints of the centre's books. Nothing outside store/ ever holds one of these.

Every row carries its municipality; one ward never sees another's (DESIGN §1).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from shared.kit.foundation import foundation_tables

METADATA = MetaData()
FOUNDATION = foundation_tables(METADATA)


def _yen(name: str, *, minimum: int = 0) -> Column[int]:
    """Return a column of whole yen with its check (DESIGN rule 8)."""
    return Column(name, BigInteger, CheckConstraint(f"{name} >= {minimum}"), nullable=False)


def _moving(first_state: str) -> tuple[Column[str], Column[int]]:
    """Return the two columns of a record that a state machine moves (only advance does)."""
    return (
        Column("state", Text, nullable=False, server_default=first_state),
        Column("version", Integer, nullable=False, server_default="0"),
    )


def _instant(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _municipality(*, primary_key: bool = False) -> Column[str]:
    return Column("municipality", Text, nullable=False, primary_key=primary_key)


def _bill_key(*, primary_key: bool = False) -> tuple[Column[str], Column[str], Column[str]]:
    """Return the three parts of a bill's key (収納機関番号, 納付番号, 納付区分)."""
    return (
        Column("institution_number", Text, nullable=False, primary_key=primary_key),
        Column("payment_number", Text, nullable=False, primary_key=primary_key),
        Column("category", Text, nullable=False, primary_key=primary_key),
    )


BILLING_SEQUENCES = Table(  # the last upload of each institution that came in sequence
    "billing_sequences",
    METADATA,
    Column("institution_number", Text, primary_key=True),
    _municipality(),
    Column("last_sequence", Integer, nullable=False, server_default="0"),
)

BILLING_FILES = Table(  # 請求データ: one upload
    "billing_files",
    METADATA,
    Column("id", Uuid, primary_key=True),
    *_moving("WAITING"),
    _municipality(),
    Column("institution_number", Text, nullable=False),
    Column("file_sequence", Integer, CheckConstraint("file_sequence >= 1"), nullable=False),
    Column("sha256", Text, nullable=False),
    Column("record_count", Integer, nullable=False),
    _yen("total_yen"),
    _instant("received_at"),
    Column("apply_on", Date),
    Column("keys_repeat", Boolean, nullable=False, server_default="true"),  # false: surely not
    # Records up to this number are applied: what comes after a crash goes on from here.
    Column("applied_through", Integer, nullable=False, server_default="0"),
    UniqueConstraint("institution_number", "file_sequence", name="one_billing_file"),
    Index(
        "billing_files_to_apply",
        "institution_number",
        "file_sequence",
        postgresql_where=text("state <> 'APPLIED'"),
    ),
)

BILLING_RECORDS = Table(  # one record of an upload, as it came, and what became of it
    "billing_records",
    METADATA,
    # No foreign key, as in bills: the transaction that writes them also writes or locks the file.
    Column("file_id", Uuid, primary_key=True),
    Column("record_seq", Integer, primary_key=True),
    _municipality(),
    *_bill_key(),
    Column("proc", SmallInteger, nullable=False),
    Column("confirmation_number", Text, nullable=False),
    _yen("amount_yen"),
    _yen("principal_yen"),
    _yen("late_charge_yen"),
    _yen("fee_yen"),
    Column("due_date", Date, nullable=False),
    Column("limit_date", Date, nullable=False),
    Column("levy_year", SmallInteger, nullable=False),
    Column("assessed_year", SmallInteger, nullable=False),
    Column("instalment", SmallInteger, nullable=False),
    Column("account_code", Text, nullable=False),
    Column("notice_number", Text, nullable=False),
    Column("issue", SmallInteger, nullable=False),
    Column("slip_type", SmallInteger, nullable=False),
    Column("payer_name_kana", Text, nullable=False),
    Column("description_kana", Text, nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("delete_reason", SmallInteger),
    Column("error_code", Text),
)

BILLS = Table(  # 請求: a key and what it stands for now; a delete is logical
    "bills",
    METADATA,
    *_bill_key(primary_key=True),
    _municipality(),
    Column("confirmation_number", Text, nullable=False),
    _yen("amount_yen"),
    _yen("principal_yen"),
    _yen("late_charge_yen"),
    _yen("fee_yen"),
    Column("due_date", Date, nullable=False),
    Column("limit_date", Date, nullable=False),
    Column("levy_year", SmallInteger, nullable=False),
    Column("assessed_year", SmallInteger, nullable=False),
    Column("instalment", SmallInteger, nullable=False),
    Column("account_code", Text, nullable=False),
    Column("notice_number", Text, nullable=False),
    Column("issue", SmallInteger, nullable=False),
    Column("slip_type", SmallInteger, nullable=False),
    Column("payer_name_kana", Text, nullable=False),
    Column("description_kana", Text, nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("delete_reason", SmallInteger),
    Column("file_id", Uuid, nullable=False),  # the record that acted last: its file and number
    Column("record_seq", Integer, nullable=False),
    Index(  # only a reissue supersedes another slip
        "bills_by_slip",
        "institution_number",
        "notice_number",
        "levy_year",
        "instalment",
        postgresql_where=text("issue > 0"),
    ),
)

WRONG_NUMBERS = Table(  # wrong confirmation numbers, for each key and bank and day (DOMAIN §2.6)
    "wrong_numbers",
    METADATA,
    *_bill_key(primary_key=True),
    Column("bank_code", Text, primary_key=True),
    Column("on_date", Date, primary_key=True),  # the service day
    _municipality(),
    Column("count", Integer, nullable=False),
    Index("wrong_numbers_by_bank", "municipality", "bank_code", "on_date"),
)

INQUIRY_SESSIONS = Table(  # 照会: what a bank was told
    "inquiry_sessions",
    METADATA,
    Column("id", Uuid, primary_key=True),
    _municipality(),
    *_bill_key(),
    Column("bank_code", Text, nullable=False),
    Column("branch_code", Text, nullable=False),
    Column("medium", Text, nullable=False),
    Column("trace_number", Text, nullable=False),
    _yen("amount_yen"),
    _yen("principal_yen"),
    _yen("late_charge_yen"),
    Column("notice_number", Text, nullable=False),
    Column("levy_year", SmallInteger, nullable=False),
    Column("instalment", SmallInteger, nullable=False),
    _instant("opened_at"),
    _instant("valid_until"),
    _instant("used_at", nullable=True),
    Index(
        "inquiry_sessions_open",
        "institution_number",
        "payment_number",
        "category",
        postgresql_where=text("used_at IS NULL"),
    ),
    Index("inquiry_sessions_by_end", "valid_until"),
    Index("inquiry_sessions_by_bank", "municipality", "bank_code", "opened_at"),
)

OUTGOING_FILES = Table(  # receipts files and results that wait for a ward's terminal
    "outgoing_files",
    METADATA,
    Column("id", Uuid, primary_key=True),
    *_moving("READY"),
    _municipality(),
    Column("institution_number", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("record_count", Integer, nullable=False),
    _yen("total_yen"),
    Column("sha256", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("content", LargeBinary),  # none once it was erased
    _instant("created_at"),
    _instant("acknowledged_at", nullable=True),
    _instant("erased_at", nullable=True),
    CheckConstraint("(content IS NULL) = (erased_at IS NOT NULL)", name="erased_or_kept"),
    UniqueConstraint("institution_number", "kind", "sequence", name="one_outgoing_file"),
    Index(
        "outgoing_files_ready",
        "municipality",
        "created_at",
        postgresql_where=text("state = 'READY'"),
    ),
    Index(
        "outgoing_files_to_erase",
        "acknowledged_at",
        postgresql_where=text("state = 'ACKNOWLEDGED'"),
    ),
)

ERASURES = Table(  # 消去: whose bytes are no more, and by whose hand
    "erasures",
    METADATA,
    Column("file_id", Uuid, ForeignKey("outgoing_files.id"), primary_key=True),
    _municipality(),
    Column("sha256", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("actor", Text, nullable=False),
    _instant("business_at"),
    _instant("machine_at"),
    info={"insert_only": True},
)

RECEIPTS = Table(  # 収納: one payment at one bank
    "receipts",
    METADATA,
    Column("id", Uuid, primary_key=True),
    *_moving("TAKEN"),
    _municipality(),
    *_bill_key(),
    Column("notice_number", Text, nullable=False),
    Column("levy_year", SmallInteger, nullable=False),
    Column("instalment", SmallInteger, nullable=False),
    Column("session_id", Text, nullable=False),
    Column("bank_code", Text, nullable=False),
    Column("branch_code", Text, nullable=False),
    Column("trace_number", Text, nullable=False),
    Column("receipt_number", Text, nullable=False),
    _yen("amount_yen", minimum=1),
    _instant("paid_at"),
    Column("paid_on", Date, nullable=False),
    Column("medium", Text, nullable=False),
    _instant("taken_at"),
    _instant("cancelled_at", nullable=True),
    Column("cancel_reason", SmallInteger),
    Column("preliminary_file_id", Uuid, ForeignKey("outgoing_files.id")),
    Column("confirmed_file_id", Uuid, ForeignKey("outgoing_files.id")),
    Column("cancellation_file_id", Uuid, ForeignKey("outgoing_files.id")),
    UniqueConstraint("bank_code", "paid_on", "receipt_number", name="one_receipt"),
    Index("receipts_by_bill", "payment_number", "institution_number", "category"),
    Index(
        "receipts_that_wait",
        "municipality",
        "state",
        "paid_on",
        postgresql_where=text("state IN ('TAKEN', 'REPORTED', 'CANCELLED')"),
    ),
    Index("receipts_by_number", "receipt_number"),
)

EXCEPTIONS = Table(  # what a clerk of the centre must look at
    "exceptions",
    METADATA,
    Column("id", Uuid, primary_key=True),
    *_moving("OPEN"),
    _municipality(),
    Column("code", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    _instant("opened_at"),
    Index(
        "one_open_exception",
        "code",
        "subject_id",
        unique=True,
        postgresql_where=text("state = 'OPEN'"),
    ),
)
