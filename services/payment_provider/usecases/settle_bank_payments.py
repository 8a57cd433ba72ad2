"""Ask the payers' banks what became of every bank payment whose answer is missing."""

from __future__ import annotations

from collections.abc import Mapping

from services.payment_provider.clients.payers_bank import (
    DebitSettled,
    PayersBankClient,
    SettleDebit,
)
from services.payment_provider.domain.payments import (
    Abandoned,
    Accepted,
    Declined,
    Outcome,
    Payment,
    Silent,
)
from services.payment_provider.usecases.books import Books
from services.payment_provider.usecases.settle_payment import (
    AskSettlement,
    count_open,
    settle_payments,
)
from shared.keys.channels import Channel

CLOSED = "debit_closed"


async def settle_bank_payments(
    books: Books, *, payers_bank: PayersBankClient | None
) -> Mapping[str, int]:
    """Settle every bank payment that is unknown, or asking past its deadline; return the counts.

    Without a connection to any bank nobody can be asked; what waits is counted all the same.
    """
    if payers_bank is None:
        return {"still_unknown": await count_open(Channel.MOBILE_BANKING, books)}
    return await settle_payments(Channel.MOBILE_BANKING, bank_settlement(payers_bank), books)


def bank_settlement(payers_bank: PayersBankClient) -> AskSettlement:
    """Return the question that makes a payer's bank answer for a payment."""

    async def ask(payment: Payment) -> Outcome:
        question = SettleDebit(municipality=payment.municipality, amount_yen=payment.amount_yen)
        return _outcome(await payers_bank.settle(payment.peer_id, question))

    return ask


def _outcome(answer: DebitSettled) -> Outcome:
    if answer.outcome == "debited":
        return Accepted(answer.debited_at) if answer.debited_at else Silent()
    if answer.outcome == "declined":
        return Declined(answer.reason or "account_refused")
    return Abandoned(CLOSED)
