"""Sandbox only: carry a payer's decision to the page of the payer's bank. Records nothing."""

from __future__ import annotations

from services.payment_provider.clients.payers_bank import PayersBankClient
from services.payment_provider.domain.refusals import (
    BankSessionOver,
    BankSessionUnknown,
    BankSessionUsed,
    BankSilent,
)
from shared.kit.peer import PeerNotDone, PeerOutcomeUnknown, PeerRefused
from shared.wire.sandbox_bank import DecideAtBank, DecidedAtBank

_REFUSAL_OF = {
    refusal.code: refusal for refusal in (BankSessionOver, BankSessionUnknown, BankSessionUsed)
}


async def decide_at_bank(
    session: str, body: DecideAtBank, *, payers_bank: PayersBankClient | None
) -> DecidedAtBank:
    """Return what the bank's page shows its payer; the provider learns nothing from it.

    Refuses: BankSessionUnknown, BankSessionOver, BankSessionUsed, and BankSilent, which says
    nothing: the bank may have acted on it, and the same decision again gets the same answer.
    """
    if payers_bank is None:
        raise BankSessionUnknown
    try:
        return await payers_bank.decide(session, body)
    except PeerRefused as refusal:
        raise _REFUSAL_OF[refusal.code] from refusal
    except (PeerNotDone, PeerOutcomeUnknown) as silence:
        raise BankSilent from silence
