"""Columns and constraints of the card agent's books. Nothing outside store/ holds one of these.

Many municipalities: every row carries its own. history, audit, report_lines and the provider's
lists are insert-only for the runtime role. The network_ tables are the card networks' books, used
in sandbox mode only.
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
    literal_column,
)

from shared.kit.foundation import foundation_tables

METADATA = MetaData()
FOUNDATION = foundation_tables(METADATA)


def _yen(name: str, *, minimum: int = 0, nullable: bool = False) -> Column[int]:
    """Return a column of whole yen with its check (DESIGN rule 8)."""
    check = CheckConstraint(f"{name} >= {minimum}", name=f"{name}_from_{minimum}")
    return Column(name, BigInteger, check, nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _moving() -> tuple[Column[str], Column[int]]:
    """Return the two columns of a record that a state machine moves (only store/*.advance does)."""
    return (
        Column("state", Text, nullable=False),
        Column("version", Integer, nullable=False, server_default="0"),
    )


CARD_TOKENS = Table(
    "card_tokens",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("municipality", Text, nullable=False),
    _yen("amount_yen", minimum=1),
    Column("brand", Text, nullable=False),
    Column("card_hmac", Text, nullable=False),  # its key is not in this database
    _instant("expires_at"),  # machine time
    Column("authorisation_id", Uuid),  # the first question that used it
    Column("scenario", Text),  # sandbox: what the network shall do with it
    _instant("made_at"),
)

TRANSFER_ORDERS = Table(  # 代理納付
    "transfer_orders",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("municipality", Text, nullable=False),
    Column("value_date", Date, nullable=False),
    _yen("amount_yen", minimum=1),
    Column("remitter_code", Text, nullable=False),
    Column("remitter_name_kana", Text, nullable=False),
    Column("bank_reference", Text, nullable=False),
    _instant("written_at"),
    UniqueConstraint("municipality", "value_date", name="one_order_per_day"),
    Index("transfer_orders_by_value_date", "value_date"),
)

AUTHORISATIONS = Table(  # 与信照会; with an approval it is the commission 納付の受託
    "authorisations",
    METADATA,
    Column("id", Uuid, primary_key=True),  # made by the provider
    *_moving(),
    Column("municipality", Text, nullable=False),
    _yen("amount_yen", minimum=1),
    _yen("fee_yen"),
    Column("barcode", Text),  # null: closed before it was asked
    Column("token_hash", Text),
    Column("brand", Text),
    _instant("asking_until", nullable=True),  # machine time
    Column("decline_reason", Text),
    Column("commission_number", Text),
    Column("approval_number", Text),
    _instant("authorised_at", nullable=True),
    Column("authorised_on", Date),  # the Tokyo day of authorised_at
    Column("designated_date", Date),  # 指定日
    Column("transfer_order_id", Uuid, ForeignKey("transfer_orders.id")),
    _instant("asked_at"),
    Column("fault", Text),  # why it was undone
    _instant("undone_at", nullable=True),
    UniqueConstraint("municipality", "commission_number", name="one_commission_number"),
    CheckConstraint(
        "(state IN ('AUTHORISED', 'REMITTED', 'UNDOING', 'UNDONE'))"
        " = (commission_number IS NOT NULL)",
        name="a_yes_is_a_commission",
    ),
    CheckConstraint("(state = 'UNDONE') = (undone_at IS NOT NULL)", name="undone_at_an_instant"),
    CheckConstraint(
        "(state = 'REMITTED') = (transfer_order_id IS NOT NULL)", name="remitted_by_an_order"
    ),
    Index("authorisations_by_state", "state"),
    Index("authorisations_by_barcode", "barcode"),
    Index("authorisations_by_day", "authorised_on", "id"),
    Index("authorisations_by_designated_date", "municipality", "designated_date"),
)

WAITING_FILES = Table(
    "waiting_files",
    METADATA,
    Column("id", Uuid, primary_key=True),
    *_moving(),
    Column("municipality", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("record_count", Integer, nullable=False),
    _yen("total_yen"),
    Column("sha256", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),  # sealed to the ward's key
    _instant("created_at"),
    _instant("acknowledged_at", nullable=True),
    UniqueConstraint("municipality", "kind", "sequence", name="one_sequence"),
    Index("waiting_files_by_state", "state", "created_at"),
)

REPORT_LINES = Table(  # which commission was reported in which state, in which file
    "report_lines",
    METADATA,
    Column("authorisation_id", Uuid, ForeignKey("authorisations.id"), primary_key=True),
    Column("status", SmallInteger, primary_key=True),  # DOMAIN §10
    Column("municipality", Text, nullable=False),
    Column("file_id", Uuid, ForeignKey("waiting_files.id"), nullable=False),
    Column("line_number", Integer, nullable=False),
    Index("report_lines_by_file", "file_id", "line_number"),
    info={"insert_only": True},
)

NETWORK_CARDS = Table(
    "network_cards",
    METADATA,
    Column("card_hmac", Text, primary_key=True),
    _yen("limit_yen"),
    _yen("used_yen"),
    CheckConstraint("used_yen <= limit_yen", name="within_limit"),
)

NETWORK_APPROVALS = Table(
    "network_approvals",
    METADATA,
    Column("reference", Uuid, primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("reason", Text),
    Column("approval_number", Text),
    Column("card_hmac", Text),  # null: voided before it was asked
    Column("municipality", Text, nullable=False),
    _yen("premium_yen"),
    _yen("total_yen"),
    _instant("at"),
)

SANDBOX_RULE_USES = Table(  # of the rules that are good for some questions only
    "sandbox_rule_uses",
    METADATA,
    Column("rule", Text, primary_key=True),  # its name in the rule file
    Column("used", Integer, nullable=False),
)

NETWORK_REVERSALS = Table(  # approvals that a network took back
    "network_reversals",
    METADATA,
    Column("reference", Uuid, ForeignKey("network_approvals.reference"), primary_key=True),
    _instant("at"),
)

PAYMENT_LIST_PAGES = Table(  # what the provider says that it has, day by day
    "payment_list_pages",
    METADATA,
    Column("day", Date, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("page", Integer, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("payment_count", Integer, nullable=False),
    Column("is_last", Boolean, nullable=False),
    _instant("taken_at"),
    info={"insert_only": True},
)

REPORTED_PAYMENTS = Table(
    "reported_payments",
    METADATA,
    Column("day", Date, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("page", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("authorisation_id", Uuid, nullable=False),
    Column("municipality", Text, nullable=False),
    _yen("amount_yen", minimum=1),
    info={"insert_only": True},
)

DIFFERENCES = Table(  # where the provider's list and our commissions do not agree
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

REMITTANCE_TROUBLES = Table(  # sandbox: what is to go wrong with a day's 代理納付
    "remittance_troubles",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("municipality", Text, nullable=False),
    Column("value_date", Date, nullable=False),
    Column("kind", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),  # business days, commissions or yen, by kind
    _instant("planned_at"),
    CheckConstraint("amount >= 1", name="trouble_from_1"),
    UniqueConstraint("municipality", "value_date", "kind", name="one_trouble_of_a_kind"),
    info={"insert_only": True},
)

NETWORK_CHARGEBACKS = Table(  # sandbox: what a network took back from the agent
    "network_chargebacks",
    METADATA,
    Column("reference", Uuid, primary_key=True),
    _instant("at"),
    info={"insert_only": True},
)
