"""A payer -> the payer's own bank, as a page of that bank would take it: approve or refuse a debit.

OWN DESIGN, sandbox only: the bank stands behind the provider, so the page is relayed by its payers'
door. What the bank answers here is told to the payer alone; the provider asks for itself.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from shared.kit.arrow import Arrow, Wire


class DecideAtBank(Wire):
    """What the payer does at the bank's page, with an account of that bank."""

    account_reference: str = Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")
    decision: Literal["approve", "refuse"]


class DecidedAtBank(Wire):
    """What the bank's page shows: done, refused with a code, or still being worked on."""

    outcome: Literal["debited", "declined", "pending"]
    reason: str | None


DECIDE_AT_BANK = Arrow(
    "decide_at_bank",
    "payment_provider",
    "payers",
    "POST",
    "/sandbox/bank-sessions/{session}/decision",
    DecideAtBank,
    DecidedAtBank,
    refusals=("bank_session_unknown", "bank_session_over", "bank_session_used"),
    body_limit_bytes=4096,
    sandbox_only=True,
    unknowns=("bank_silent",),
)

ARROWS = (DECIDE_AT_BANK,)
