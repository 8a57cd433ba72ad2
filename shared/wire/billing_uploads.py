"""The ward's LGWAN terminal -> lgwan_asp: hand in billing data, ask what became of a file.

A file after a gap is kept and waits; a repeat with the same bytes gets the stored answer. An upload
that finds no room (503 `overloaded`) was not taken; the same bytes are sent again later.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from shared.kit.arrow import KIB, Arrow, Binary, NoBody, Wire
from shared.kit.money import Yen
from shared.wire.file_collection import LGWAN_TERMINALS

BILLING_FILE_LIMIT_BYTES = 256 * KIB * KIB


class BillingFileState(Wire):
    """accepted: applied at the cut-off; waiting: an earlier file is missing; applied: done."""

    institution_number: str
    file_sequence: int
    state: Literal["accepted", "waiting", "applied"]
    sha256: str
    record_count: int
    total_yen: Yen
    received_at: datetime


UPLOAD_BILLING = Arrow(
    "upload_billing",
    "lgwan_asp",
    "lgwan",
    "POST",
    "/billing-files",
    Binary,
    BillingFileState,
    LGWAN_TERMINALS,
    refusals=("file_refused", "file_sequence_reused", "institution_not_yours"),
    sign_in="session",
    success=201,
    body_limit_bytes=BILLING_FILE_LIMIT_BYTES,
    unknowns=("bank_days_unknown",),
)
READ_BILLING_FILE = Arrow(
    "read_billing_file",
    "lgwan_asp",
    "lgwan",
    "GET",
    "/billing-files/{institution_number}/{file_sequence}",
    NoBody,
    BillingFileState,
    LGWAN_TERMINALS,
    refusals=("file_not_found", "institution_not_yours"),
    sign_in="session",
)

ARROWS = (UPLOAD_BILLING, READ_BILLING_FILE)
