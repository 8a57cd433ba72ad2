"""Columns and constraints of the ward's books. Nothing outside store/ ever holds one of these.

One ward, one database: no municipality column here (DESIGN §1). history, audit, erasures and
statement tables are insert-only for the runtime role.
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
    Identity,
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
from sqlalchemy.dialects.postgresql import JSONB

from shared.kit.foundation import foundation_tables

METADATA = MetaData()
FOUNDATION = foundation_tables(METADATA)


def _yen(name: str, *, minimum: int | None = 0) -> Column[int]:
    """Return a column of whole yen with its check (DESIGN rule 8)."""
    check = [] if minimum is None else [CheckConstraint(f"{name} >= {minimum}")]
    return Column(name, BigInteger, *check, nullable=False)


def _moving(first_state: str) -> tuple[Column[str], Column[int]]:
    """Return the two columns of a record that a state machine moves (only store/*.advance does)."""
    return (
        Column("state", Text, nullable=False, server_default=first_state),
        Column("version", Integer, nullable=False, server_default="0"),
    )


def _instant(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


ASSESSMENT_FILES = Table(  # choutei.csv, as often as its bytes differ
    "assessment_files",
    METADATA,
    Column("sha256", Text, primary_key=True),
    Column("record_count", Integer, nullable=False),
    Column("added", Integer, nullable=False),
    Column("corrected", Integer, nullable=False, server_default="0"),
    Column("cancelled", Integer, nullable=False, server_default="0"),
    _yen("total_yen"),  # of every row, as the totals beside the file count them
    _yen("added_yen"),  # of the new claims alone
    _instant("taken_at"),
)

ASSESSMENTS = Table(  # 調定: the booked claim, one row per instalment
    "assessments",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("fiscal_year", SmallInteger, nullable=False),  # 会計年度 of the claim
    Column("assessed_year", SmallInteger, nullable=False),  # 調定(相当)年度
    Column("levy_year", SmallInteger, nullable=False),  # 賦課年度
    Column("notice_number", Text, nullable=False),
    Column("instalment", SmallInteger, nullable=False),
    Column("account_code", Text, nullable=False),  # 科目
    Column("collection_method", SmallInteger, nullable=False),  # 徴収方法
    Column("payment_method", SmallInteger, nullable=False),  # 納付方法 1 slip 2 debit 3 pension
    Column("year_class", SmallInteger, nullable=False),  # 年度区分
    Column("assessment_number", Text, nullable=False),  # 調定ID
    Column("corrections", SmallInteger, nullable=False),  # 更正回数
    Column("assessed_on", Date, nullable=False),
    _yen("amount_yen"),
    _yen("medical_yen"),
    _yen("support_yen"),
    _yen("care_yen"),
    _yen("child_yen"),
    Column("due_date", Date, nullable=False),
    Column("limit_date", Date, nullable=False),
    Column("slip_type", SmallInteger, nullable=False),
    Column("issue", SmallInteger, nullable=False),
    Column("liable_person_id", Text, nullable=False),
    Column("payer_name_kana", Text, nullable=False),
    _instant("cancelled_at", nullable=True),
    # The bank's word that makes it payable by slip; null once a newer word has come.
    Column(
        "failed_debit_id",
        BigInteger,
        ForeignKey("debit_results.id", name="failed_debit", use_alter=True),
    ),
    _instant("back_to_debit_at", nullable=True),  # since a debit was done after one that failed
    UniqueConstraint("levy_year", "notice_number", "instalment", name="one_assessment"),
    CheckConstraint(
        "medical_yen + support_yen + care_yen + child_yen = amount_yen", name="breakdown_sums_up"
    ),
    Index("assessments_by_year", "fiscal_year"),
)

SLIPS = Table(  # 納付書
    "slips",
    METADATA,
    Column("id", Uuid, primary_key=True),
    *_moving("ISSUED"),
    Column("slip_type", SmallInteger, nullable=False),
    Column("fiscal_year", SmallInteger, nullable=False),
    Column("levy_year", SmallInteger, nullable=False),
    Column("notice_number", Text, nullable=False),
    Column("instalment", SmallInteger, nullable=False),
    Column("issue", SmallInteger, nullable=False),
    _yen("amount_yen", minimum=1),
    Column("due_date", Date, nullable=False),
    Column("limit_date", Date, nullable=False),
    Column("barcode", Text),  # none over the cap of 300,000 yen (DOMAIN §1.5)
    Column("institution_number", Text, nullable=False),
    Column("payment_number", Text, nullable=False),
    Column("confirmation_number", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("effective_from", Date, nullable=False),
    _instant("issued_at"),
    Column("replaced_by_slip_id", Uuid, ForeignKey("slips.id")),
    Column("centre_effective_on", Date),  # never earlier than the centre's own
    UniqueConstraint("payment_number", name="one_payment_number"),
    UniqueConstraint("barcode", name="one_barcode"),
    Index("slips_by_state", "state"),
)

SLIP_ITEMS = Table(  # which assessments a slip pays: a lump-sum slip pays ten
    "slip_items",
    METADATA,
    Column("slip_id", Uuid, ForeignKey("slips.id"), primary_key=True),
    Column("assessment_id", Uuid, ForeignKey("assessments.id"), primary_key=True),
    _yen("amount_yen", minimum=1),
    # 更正回数 of the claim as it was printed: another number means that it was corrected since.
    Column("corrections", SmallInteger, nullable=False, server_default="0"),
    Index("slip_items_by_assessment", "assessment_id"),
)

BILLING_UPLOADS = Table(  # 請求データ as it goes to the centre, and whose hands it went through
    "billing_uploads",
    METADATA,
    Column("id", Uuid, primary_key=True),
    *_moving("BUILT"),
    Column("file_sequence", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("record_count", Integer, nullable=False),
    _yen("total_yen"),
    Column("prepared_by", Text, nullable=False),  # user ID; of the terminal's user for the job
    _instant("built_at"),
    Column("released_by", Text),
    _instant("released_at", nullable=True),
    Column("released_sha256", Text),  # of the bytes that the releaser saw
    _instant("sent_at", nullable=True),  # when it first left
    CheckConstraint("released_by <> prepared_by", name="second_person"),
    CheckConstraint("released_sha256 = sha256", name="released_as_seen"),
    CheckConstraint(
        "num_nonnulls(released_by, released_at, released_sha256) IN (0, 3)", name="whole_release"
    ),
    CheckConstraint(
        "released_by IS NOT NULL OR state IN ('BUILT', 'WITHDRAWN')", name="nothing_unreleased"
    ),
    CheckConstraint("released_by IS NOT NULL OR sent_at IS NULL", name="nothing_unreleased_left"),
    CheckConstraint("sent_at IS NULL OR state <> 'WITHDRAWN'", name="sent_is_not_withdrawn"),
    # What the centre refused or never saw does not count: its number is used again.
    Index(
        "one_billing_sequence",
        "file_sequence",
        unique=True,
        postgresql_where=text("state NOT IN ('REFUSED', 'WITHDRAWN')"),
    ),
)

INTAKES = Table(  # 取込: a file that a terminal collects, and how far it came
    "intakes",
    METADATA,
    Column("id", Uuid, primary_key=True),
    *_moving("LISTED"),
    Column("terminal", Text, nullable=False),  # leased_line or lgwan
    Column("file_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("record_count", Integer, nullable=False),
    _yen("total_yen"),
    Column("temporary_copy", Text),  # file name on that terminal, null once erased
    _instant("listed_at"),
    _instant("collected_at", nullable=True),
    _instant("registered_at", nullable=True),
    _instant("erased_at", nullable=True),
    Column("handed_over_by", Text),
    Column("problems", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    UniqueConstraint("terminal", "file_id", name="one_intake"),
    Index("intakes_by_state", "state"),
)

ERASURES = Table(  # 特記事項 11-12: when a temporary copy was erased, by whom, how
    "erasures",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("intake_id", Uuid, ForeignKey("intakes.id")),  # null: a copy that no intake knew
    Column("terminal", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("actor", Text, nullable=False),
    _instant("business_at"),
    _instant("machine_at"),
    info={"insert_only": True},
)

SEQUENCES = Table(  # the last file of each kind that was registered: a gap waits
    "file_sequences",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("last_sequence", Integer, nullable=False),
)

RECEIPTS = Table(  # 収納
    "receipts",
    METADATA,
    Column("id", Uuid, primary_key=True),
    *_moving("PRELIMINARY"),
    Column("identity", Text, nullable=False, unique=True),  # DOMAIN §3.4
    Column("channel", Text, nullable=False),
    Column("key", Text, nullable=False),  # 44-digit barcode or payment number
    Column("slip_id", Uuid, ForeignKey("slips.id")),
    _yen("amount_yen", minimum=1),
    _instant("paid_at"),  # 収納日時, to the minute or second
    Column("shop_code", Text, nullable=False),  # shop code or receipt number
    Column("bank_code", Text, nullable=False, server_default=""),
    Column("branch_code", Text, nullable=False, server_default=""),
    Column("medium", Text, nullable=False, server_default=""),  # 使用媒体, Pay-easy only
    Column("had_preliminary", Boolean, nullable=False),
    Column("had_confirmed", Boolean, nullable=False),
    Column("transfer_date", Date),  # 振込予定日 / 払込日
    _yen("funded_yen"),
    Column("intake_id", Uuid, ForeignKey("intakes.id")),  # null: it came on paper, line 0
    Column("source_line", Integer, nullable=False),
    _instant("registered_at"),
    CheckConstraint(
        "intake_id IS NOT NULL OR channel = 'bank_counter'", name="a_file_or_paper_brought_it"
    ),
    Index("receipts_by_slip", "slip_id"),
    Index("receipts_by_transfer", "channel", "transfer_date"),
    Index("receipts_by_key", "key"),
)

CLEARINGS = Table(  # 消込: which receipt pays which assessment, in yen
    "clearings",
    METADATA,
    Column("receipt_id", Uuid, ForeignKey("receipts.id"), primary_key=True),
    Column("assessment_id", Uuid, ForeignKey("assessments.id"), primary_key=True),
    _yen("amount_yen", minimum=1),
    Index("clearings_by_assessment", "assessment_id"),
)

COMMISSIONS = Table(  # 丙's report, line by line (nofu_jutaku_hokoku.csv)
    "commissions",
    METADATA,
    Column("commission_number", Text, primary_key=True),
    Column("barcode", Text, nullable=False),
    _yen("amount_yen", minimum=1),
    _yen("fee_yen"),
    _instant("authorised_at"),
    Column("brand", Text, nullable=False),
    Column("designated_date", Date, nullable=False),
    Column("remitted_on", Date),
    Column("status", SmallInteger, nullable=False),
    Index("commissions_by_designated", "designated_date"),
)

BANK_STATEMENTS = Table(
    "bank_statements",
    METADATA,
    Column("sha256", Text, primary_key=True),
    Column("deposits", Integer, nullable=False),
    _yen("total_yen"),
    _instant("taken_at"),
)

DEPOSITS = Table(  # 入金: a line of the ward's bank account
    "deposits",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("value_date", Date, nullable=False),  # 勘定日
    Column("reference", Text, nullable=False),  # 照会番号
    Column("remitter_code", Text, nullable=False),
    Column("remitter_name_kana", Text, nullable=False),
    Column("channel", Text),  # null: the remitter code is agreed with nobody
    Column("cancelled", Boolean, nullable=False),  # 取消区分 1
    _yen("amount_yen", minimum=1),
    Column("statement_sha256", Text, ForeignKey("bank_statements.sha256"), nullable=False),
    Column("source_line", Integer, nullable=False),
    _instant("registered_at"),
    UniqueConstraint("value_date", "reference", "cancelled", name="one_deposit"),
    Index("deposits_by_channel", "channel", "value_date"),
)

FUNDINGS = Table(  # which deposit funds which receipt, in yen
    "fundings",
    METADATA,
    Column("receipt_id", Uuid, ForeignKey("receipts.id"), primary_key=True),
    Column("deposit_id", Uuid, ForeignKey("deposits.id"), primary_key=True),
    _yen("amount_yen", minimum=1),
    Index("fundings_by_deposit", "deposit_id"),
)

EXCEPTIONS = Table(  # what a clerk must look at
    "exceptions",
    METADATA,
    Column("id", Uuid, primary_key=True),
    *_moving("OPEN"),
    Column("code", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    _yen("amount_yen"),
    Column("detail", Text, nullable=False),
    _instant("opened_at"),
    Index(
        "one_open_exception",
        "code",
        "subject",
        "subject_id",
        unique=True,
        postgresql_where=text("state = 'OPEN'"),
    ),
)

STATEMENTS = Table(
    "statements",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("fiscal_year", SmallInteger, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("body", JSONB, nullable=False),
    _instant("made_at"),
    info={"insert_only": True},
)

STATEMENT_LINES = Table(
    "statement_lines",
    METADATA,
    Column("statement_id", Uuid, ForeignKey("statements.id"), primary_key=True),
    Column("line_number", Integer, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("notice_number", Text, nullable=False),
    Column("fiscal_year", SmallInteger, nullable=False),
    Column("instalment", SmallInteger, nullable=False),
    Column("channel", Text, nullable=False),
    Column("heap", Text, nullable=False),
    _yen("assessed_yen"),
    _yen("received_yen"),
    _yen("deposited_yen"),
    Column("reason", Text, nullable=False, server_default=""),
    info={"insert_only": True},
)
