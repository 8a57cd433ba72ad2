"""The ward's staff -> ward_gateway, intranet door: which slips may be posted, which keys are dead.

A slip is posted only when the centre takes money on its key on that day, and nothing is to change.
"""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from shared.kit.arrow import Arrow, NoBody, Wire
from shared.kit.money import Yen
from shared.wire.ward_intranet import CLERKS, STAFF

HeldBackReason = Literal[
    "paid",
    "closed",
    "refused",
    "not_sent",
    "waits_for_result",
    "order_open",
    "not_effective",
    "past_limit",
]


class GateSlip(Wire):
    """A slip at the gate; reason: why it is held back. effective_on: from then it can be paid."""

    slip_id: UUID
    payment_number: str
    may_be_posted: bool
    reason: HeldBackReason | None
    effective_on: date | None


class MailingGate(Wire):
    """The gate for one posting date (query: posting_date, fiscal_year, held_back, after, limit).

    may_be_posted, held_back (by reason): counts of all slips of that year, or of all; None on later
    pages (after). slips by id: those asked for (held_back true or false, or all); next_after is
    None at the end.
    """

    posting_date: date
    may_be_posted: int | None
    held_back: dict[HeldBackReason, int] | None
    slips: tuple[GateSlip, ...]
    next_after: UUID | None


class DeadKeysReport(Wire):
    """Keys that died on Tokyo days (query: first, last): how long they stayed payable, in hours.

    Hours are of the closed ones, None if there are none. paid_while_dead: Pay-easy receipts on a
    key after its death; that money is an overpayment.
    """

    closed: int
    still_open: int
    median_hours: float | None
    p95_hours: float | None
    longest_hours: float | None
    paid_while_dead: int
    paid_while_dead_yen: Yen


class SlipRetried(Wire):
    """What the centre is asked again, with the next file."""

    slip_id: UUID
    asked: Literal["add", "change", "delete"]


MAILING_GATE: Arrow[NoBody, MailingGate] = Arrow(
    "read_mailing_gate",
    "ward_gateway",
    "intranet",
    "GET",
    "/mailing-gate",
    NoBody,
    MailingGate,
    STAFF,
    roles=CLERKS,
    refusals=("posting_date_passed",),
    sign_in="session",
)
DEAD_KEYS: Arrow[NoBody, DeadKeysReport] = Arrow(
    "report_dead_keys",
    "ward_gateway",
    "intranet",
    "GET",
    "/dead-keys",
    NoBody,
    DeadKeysReport,
    STAFF,
    roles=CLERKS,
    sign_in="session",
)
RETRY_SLIP: Arrow[NoBody, SlipRetried] = Arrow(
    "retry_slip",
    "ward_gateway",
    "intranet",
    "POST",
    "/slips/{slip_id}/retries",
    NoBody,
    SlipRetried,
    STAFF,
    roles=CLERKS,
    refusals=("slip_not_found", "slip_not_refused"),
    sign_in="session",
    success=201,
)

ARROWS = (MAILING_GATE, DEAD_KEYS, RETRY_SLIP)
