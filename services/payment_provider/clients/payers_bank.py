"""What the provider asks a payer's bank: a session for its payer, the result, an end, and to undo.

OWN DESIGN (the paper is silent on app banking): a bank has no door to come in by, so we ask it. No
bank has a door in this mesh; in sandbox mode resources hand in a transport with banks behind it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.kit.arrow import Arrow, NoBody, Wire
from shared.kit.money import PositiveYen
from shared.kit.peer import PeerClient
from shared.wire.sandbox_bank import DecideAtBank, DecidedAtBank

DECLINE_CODES = ("balance_too_low", "over_daily_limit", "account_refused", "refused_at_bank")
"""Why a bank declines a debit: the payer's affair, final for this debit id."""
NOT_OPENED_CODES = ("bank_closed", "debit_closed", "debit_id_reused")
"""Why a bank opens no session: nothing was taken, and nothing will be."""


class OpenBankSession(Wire):
    """Let a payer decide about this debit. The provider makes and repeats the id."""

    debit_id: UUID
    municipality: str = Field(pattern=r"^\d{6}$")
    bank_code: str = Field(pattern=r"^\d{4}$")
    amount_yen: PositiveYen
    payee_kana: str = Field(max_length=80)


class BankSessionOpened(Wire):
    """With this session the payer decides once, until an instant of business time."""

    session: str = Field(pattern=r"^[0-9A-Za-z_-]{1,128}$")
    until: AwareDatetime


class DebitResult(Wire):
    """debited (with its time), declined (with its code), closed, or pending: may still be made."""

    debit_id: UUID
    outcome: Literal["debited", "declined", "closed", "pending"]
    debited_at: datetime | None = None
    reason: str | None = None


class SettleDebit(Wire):
    """Answer for this id, or close it for ever."""

    municipality: str = Field(pattern=r"^\d{6}$")
    amount_yen: PositiveYen


class DebitSettled(Wire):
    """debited (with its time), declined (with its code), or closed: nothing was taken."""

    debit_id: UUID
    outcome: Literal["debited", "declined", "closed"]
    debited_at: datetime | None = None
    reason: str | None = None


class UndoDebit(Wire):
    """Give a debit back to its account, for a fault on our side (BOOKS §1.6)."""

    municipality: str = Field(pattern=r"^\d{6}$")
    amount_yen: PositiveYen


class DebitUndone(Wire):
    """Given back, once and for ever, at this instant of business time."""

    debit_id: UUID
    undone_at: datetime


OPEN_BANK_SESSION = Arrow(
    "open_bank_session",
    "payers_banks",
    "app_banking",
    "POST",
    "/debits",
    OpenBankSession,
    BankSessionOpened,
    refusals=NOT_OPENED_CODES,
    success=201,
)
BANK_RESULT = Arrow(
    "bank_result",
    "payers_banks",
    "app_banking",
    "GET",
    "/debits/{debit_id}",
    NoBody,
    DebitResult,
    refusals=("debit_unknown",),
)
SETTLE_DEBIT = Arrow(
    "settle_debit",
    "payers_banks",
    "app_banking",
    "POST",
    "/debits/{debit_id}/settlement",
    SettleDebit,
    DebitSettled,
    refusals=("debit_id_reused",),
)
UNDO_DEBIT = Arrow(
    "undo_debit",
    "payers_banks",
    "app_banking",
    "POST",
    "/debits/{debit_id}/undoing",
    UndoDebit,
    DebitUndone,
    refusals=("debit_not_taken", "debit_id_reused"),
)
DECIDE_DEBIT = Arrow(  # sandbox only: the payer's own question, relayed
    "decide_debit",
    "payers_banks",
    "app_banking",
    "POST",
    "/sessions/{session}/decision",
    DecideAtBank,
    DecidedAtBank,
    refusals=("bank_session_unknown", "bank_session_over", "bank_session_used"),
    sandbox_only=True,
)


class PayersBankClient:
    """The payers' banks. Every question raises PeerNotDone, PeerRefused or PeerOutcomeUnknown."""

    def __init__(self, peer: PeerClient, bank_codes: frozenset[str]) -> None:
        """bank_codes: the banks that take part."""
        self.peer, self.bank_codes = peer, bank_codes

    async def open_session(self, question: OpenBankSession) -> BankSessionOpened:
        """Ask the bank to let a payer decide."""
        return await self.peer.ask(OPEN_BANK_SESSION, question)

    async def result(self, debit_id: UUID) -> DebitResult:
        """Ask how a debit stands; closes nothing."""
        return await self.peer.ask(BANK_RESULT, debit_id=debit_id)

    async def settle(self, debit_id: UUID, question: SettleDebit) -> DebitSettled:
        """Make the bank answer for an id, or close it for ever."""
        return await self.peer.ask(SETTLE_DEBIT, question, debit_id=debit_id)

    async def undo(self, debit_id: UUID, question: UndoDebit) -> DebitUndone:
        """Ask the bank to give a debit back; the same question again gets the same answer."""
        return await self.peer.ask(UNDO_DEBIT, question, debit_id=debit_id)

    async def decide(self, session: str, question: DecideAtBank) -> DecidedAtBank:
        """Carry a payer's decision to the bank's page (sandbox only)."""
        return await self.peer.ask(DECIDE_DEBIT, question, session=session)

    async def close(self) -> None:
        """Close the pool."""
        await self.peer.close()
