"""The ward's systems and staff -> ward_gateway, intranet door: the clerk's and treasurer's work.

Roles: clerk, treasury, system, supervisor (who confirms deposits does not decide claims, and only a
supervisor returns to its payer what a trustee owes).
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from shared.kit.arrow import KIB, Arrow, Binary, NoBody, Wire
from shared.kit.money import Yen

STAFF = ("staff-??", "treasury-??", "ward-system-??", "supervisor-??")
CLERKS = ("clerk", "system")
TREASURY = ("treasury",)
SUPERVISORS = ("supervisor",)
ANY_ROLE = ("clerk", "treasury", "system", "supervisor")
PAGE_ROWS_MAX = 1000


class AssessmentsTaken(Wire):
    """What an assessments file (choutei.csv) did (処理区分 1, 2, 3); its bytes again do nothing."""

    sha256: str
    record_count: int
    added: int
    corrected: int
    cancelled: int
    total_yen: Yen
    repeated: bool


class IssueSlips(Wire):
    """Issue a year's slips; lump_sum: one over each notice (全期); notice_number: that alone."""

    fiscal_year: int = Field(ge=2020, le=2099)
    lump_sum: bool = False
    notice_number: str | None = Field(default=None, pattern=r"^[0-9]{9}$")


class SlipsIssued(Wire):
    """How many were made, replace another, cannot be made (see the exceptions), existed before."""

    issued: int
    reissued: int
    left_out: int
    existing: int


class SlipView(Wire):
    """A slip with its keys; paid: a live receipt stands on it, centre_paid: one by Pay-easy.

    slip_type: 1 instalment, 2 lump sum (instalment 0); issue: 発行回数, replaced by another or not.
    centre_effective_on: from that Tokyo day the centre takes money on it, None if it never held it.
    """

    slip_id: UUID
    notice_number: str
    fiscal_year: int
    instalment: int
    slip_type: int
    issue: int
    amount_yen: Yen
    due_date: date
    limit_date: date
    barcode: str | None
    institution_number: str
    payment_number: str
    confirmation_number: str
    category: str
    centre_state: str
    paid: bool
    centre_effective_on: date | None
    centre_paid: bool
    replaced_by_slip_id: UUID | None


class SlipsPage(Wire):
    """Slips by slip id (query: after, limit, unpaid, key); next_after is None at the end."""

    slips: tuple[SlipView, ...]
    next_after: UUID | None


class BankStatementTaken(Wire):
    """What a Zengin deposits file did; a line that was booked already is repeated, not doubled."""

    sha256: str
    deposits: int
    repeated: int
    total_yen: Yen


class Reconciled(Wire):
    """What a reconciliation matched and which exceptions it opened."""

    deposits_matched: int
    receipts_funded: int
    exceptions_opened: int


class ReceiptView(Wire):
    """A receipt as the ward holds it; phase: preliminary, confirmed, funded, cancelled.

    Three dates (BOOKS §1.1), as of today: deemed_on 納付日, None while the law calls it unpaid;
    income_on 収入日, None until the money has come whole; revenue_year, the 会計年度 that books it.
    hold: why it clears nothing for now, else empty. medium: 使用媒体 of Pay-easy, empty elsewhere
    (01 ATM cash, 02 ATM account, 03 internet banking, 04 on a phone, 05 counter, 09 other).
    joined_receipt_id: this one came on paper and is cancelled, that one counts in its place.
    """

    receipt_id: UUID
    identity: str
    channel: str
    key: str
    amount_yen: Yen
    paid_at: datetime
    phase: str
    had_preliminary: bool
    had_confirmed: bool
    funded_yen: Yen
    transfer_date: date | None
    notice_number: str | None
    fiscal_year: int | None
    instalment: int | None
    deemed_on: date | None
    income_on: date | None
    revenue_year: int | None
    hold: str
    medium: str
    joined_receipt_id: UUID | None


class ReceiptsPage(Wire):
    """Receipts by receipt id (query: after, limit); next_after is None at the end."""

    receipts: tuple[ReceiptView, ...]
    next_after: UUID | None


class ExceptionView(Wire):
    """Something a clerk must look at: code, what it is about, and how it stands."""

    exception_id: UUID
    code: str
    state: str
    subject: str
    subject_id: str
    amount_yen: Yen
    detail: str
    opened_at: datetime


class ExceptionsPage(Wire):
    """Exceptions by id (query: after, limit, state); next_after is None at the end."""

    exceptions: tuple[ExceptionView, ...]
    next_after: UUID | None


class MakeStatement(Wire):
    """Compute every heap and identity as of a Tokyo day (default: today, business time)."""

    fiscal_year: int = Field(ge=2020, le=2099)
    as_of: date | None = None


class IdentityChecked(Wire):
    """One of the identities I1-I15 (BOOKS §3): both sides in yen, and whether it holds."""

    name: str
    holds: bool
    left_yen: int
    right_yen: int
    about: str


class Statement(Wire):
    """The ward's books at one moment; heaps by name (A1 ... C6), yen.

    residual_yen: the sum of absolute differences, from the raw rows, without reading the heaps.
    """

    statement_id: UUID
    fiscal_year: int
    as_of: date
    heaps: dict[str, Yen]
    identities: tuple[IdentityChecked, ...]
    residual_yen: Yen
    assessed_yen: Yen
    received_yen: Yen
    deposited_yen: Yen
    receipts_preliminary: int
    receipts_confirmed: int
    receipts_funded: int
    receipts_cancelled: int


class StatementLine(Wire):
    """One subject in one heap; amounts that do not concern the subject are 0.

    reason: TRUSTEE_IN_DEFAULT in A3; why a receipt is on hold in B9; else empty.
    """

    line_number: int
    subject: str
    notice_number: str
    fiscal_year: int
    instalment: int
    channel: str
    heap: str
    assessed_yen: Yen
    received_yen: Yen
    deposited_yen: Yen
    reason: str


class StatementLines(Wire):
    """Lines of a statement in a fixed order (query: after = line number, limit)."""

    lines: tuple[StatementLine, ...]
    next_after: int | None


class IntakeView(Wire):
    """A file that a terminal collected, and how far it came; erased_at: when its copy went."""

    intake_id: UUID
    file_id: UUID
    terminal: str
    kind: str
    sequence: int
    state: str
    record_count: int
    total_yen: Yen
    sha256: str
    collected_at: datetime | None
    registered_at: datetime | None
    erased_at: datetime | None
    problems: tuple[str, ...]


class IntakesPage(Wire):
    """Intakes, newest first (query: limit)."""

    intakes: tuple[IntakeView, ...]


class DecideTrustee(Wire):
    """The claim against the trustee is at its end: the instalment goes back to its payer.

    document_number: of the decision (受託者への滞納処分終了); decided_on: its Tokyo day.
    """

    commission_number: str = Field(pattern=r"^[0-9A-Za-z_.:-]{1,64}$")
    document_number: str = Field(pattern=r"^[0-9A-Za-z-]{1,32}$")
    decided_on: date


class TrusteeDecided(Wire):
    """The decision as it stands; its receipt is on hold until its money comes (heap B9)."""

    commission_number: str
    document_number: str
    decided_on: date
    receipt_id: UUID
    amount_yen: Yen


class DunningHoldView(Wire):
    """An instalment that must not be dunned (督促保留), with every reason.

    COMMISSION_REPORTED, TRUSTEE_IN_DEFAULT, CARRIED_OVER_DEEMED (BOOKS §1.1, §1.2).
    """

    assessment_id: UUID
    notice_number: str
    fiscal_year: int
    instalment: int
    reasons: tuple[str, ...]


class DunningHolds(Wire):
    """Instalments by assessment id (query: after, limit); next_after is None at the end."""

    holds: tuple[DunningHoldView, ...]
    next_after: UUID | None


def _post(name: str, path: str, **more: object) -> dict[str, object]:
    return {"name": name, "method": "POST", "path": path, "success": 201} | more


def _arrow(
    question: type, answer: type, roles: tuple[str, ...], fields: dict[str, object]
) -> Arrow:  # type: ignore[type-arg]
    base = {"callee": "ward_gateway", "door": "intranet", "callers": STAFF, "sign_in": "session"}
    return Arrow(question=question, answer=answer, roles=roles, **(base | fields))  # type: ignore[arg-type]


TAKE_ASSESSMENTS: Arrow[Binary, AssessmentsTaken] = _arrow(
    Binary,
    AssessmentsTaken,
    CLERKS,
    _post(
        "take_assessments",
        "/assessment-files",
        refusals=("file_refused", "file_totals_differ"),
        body_limit_bytes=512 * KIB * KIB,
    ),
)
ISSUE_SLIPS: Arrow[IssueSlips, SlipsIssued] = _arrow(
    IssueSlips, SlipsIssued, CLERKS, _post("issue_slips", "/slip-runs")
)
LIST_SLIPS: Arrow[NoBody, SlipsPage] = _arrow(
    NoBody, SlipsPage, ANY_ROLE, {"name": "list_slips", "method": "GET", "path": "/slips"}
)
TAKE_BANK_STATEMENT: Arrow[Binary, BankStatementTaken] = _arrow(
    Binary,
    BankStatementTaken,
    TREASURY,
    _post(
        "take_bank_statement",
        "/bank-statements",
        refusals=("file_refused",),
        body_limit_bytes=64 * KIB * KIB,
    ),
)
RECONCILE: Arrow[NoBody, Reconciled] = _arrow(
    NoBody, Reconciled, ("treasury", "clerk"), _post("reconcile", "/reconciliations")
)
LIST_RECEIPTS: Arrow[NoBody, ReceiptsPage] = _arrow(
    NoBody, ReceiptsPage, ANY_ROLE, {"name": "list_receipts", "method": "GET", "path": "/receipts"}
)
LIST_EXCEPTIONS: Arrow[NoBody, ExceptionsPage] = _arrow(
    NoBody,
    ExceptionsPage,
    ANY_ROLE,
    {"name": "list_exceptions", "method": "GET", "path": "/exceptions"},
)
LIST_INTAKES: Arrow[NoBody, IntakesPage] = _arrow(
    NoBody, IntakesPage, ANY_ROLE, {"name": "list_intakes", "method": "GET", "path": "/intakes"}
)
MAKE_STATEMENT: Arrow[MakeStatement, Statement] = _arrow(
    MakeStatement, Statement, ANY_ROLE, _post("make_statement", "/statements")
)
LIST_STATEMENT_LINES: Arrow[NoBody, StatementLines] = _arrow(
    NoBody,
    StatementLines,
    ANY_ROLE,
    {
        "name": "list_statement_lines",
        "method": "GET",
        "path": "/statements/{statement_id}/lines",
        "refusals": ("statement_not_found",),
    },
)

DECIDE_TRUSTEE: Arrow[DecideTrustee, TrusteeDecided] = _arrow(
    DecideTrustee,
    TrusteeDecided,
    SUPERVISORS,
    _post(
        "decide_trustee",
        "/trustee-decisions",
        refusals=(
            "commission_not_found",
            "trustee_not_in_default",
            "trustee_decision_exists",
            "decision_date_impossible",
        ),
    ),
)
LIST_DUNNING_HOLDS: Arrow[NoBody, DunningHolds] = _arrow(
    NoBody,
    DunningHolds,
    ANY_ROLE,
    {"name": "list_dunning_holds", "method": "GET", "path": "/dunning-holds"},
)

ARROWS = (
    TAKE_ASSESSMENTS,
    ISSUE_SLIPS,
    LIST_SLIPS,
    TAKE_BANK_STATEMENT,
    RECONCILE,
    LIST_RECEIPTS,
    LIST_EXCEPTIONS,
    LIST_INTAKES,
    MAKE_STATEMENT,
    LIST_STATEMENT_LINES,
    DECIDE_TRUSTEE,
    LIST_DUNNING_HOLDS,
)
