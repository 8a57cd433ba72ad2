"""What the provider asks a payer's bank: take this amount from an account, and what became of it.

OWN DESIGN (the paper is silent on app banking): the same questions that the card agent is asked. No
bank has a door in this mesh; in sandbox mode resources hand in a transport with banks behind it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.kit.arrow import Arrow, Wire
from shared.kit.money import PositiveYen
from shared.kit.peer import PeerClient

DECLINE_CODES = ("balance_too_low", "account_refused")
NOT_CHARGED_CODES = ("debit_closed", "debit_id_reused")


class DebitAccount(Wire):
    """Take the amount from the account. The provider makes and repeats the id."""

    debit_id: UUID
    municipality: str = Field(pattern=r"^\d{6}$")
    bank_code: str = Field(pattern=r"^\d{4}$")
    account_reference: str = Field(max_length=64)
    amount_yen: PositiveYen


class AccountDebited(Wire):
    """Done: final at the bank's commit."""

    debit_id: UUID
    debited_at: datetime


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


DEBIT_ACCOUNT = Arrow(
    "debit_account",
    "payers_banks",
    "app_banking",
    "POST",
    "/debits",
    DebitAccount,
    AccountDebited,
    refusals=(*DECLINE_CODES, *NOT_CHARGED_CODES),
    success=201,
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


class PayersBankClient:
    """The payers' banks. Every question raises PeerNotDone, PeerRefused or PeerOutcomeUnknown."""

    def __init__(self, peer: PeerClient, bank_codes: frozenset[str]) -> None:
        """bank_codes: the banks that take part."""
        self.peer, self.bank_codes = peer, bank_codes

    async def debit(self, question: DebitAccount) -> AccountDebited:
        """Ask the bank to take the amount."""
        return await self.peer.ask(DEBIT_ACCOUNT, question)

    async def settle(self, debit_id: UUID, question: SettleDebit) -> DebitSettled:
        """Make the bank answer for an id, or close it for ever."""
        return await self.peer.ask(SETTLE_DEBIT, question, debit_id=debit_id)

    async def close(self) -> None:
        """Close the pool."""
        await self.peer.close()
