"""Ask the payers' banks what became of every bank payment whose answer is missing."""

from __future__ import annotations

from collections.abc import Mapping

from services.payment_provider.clients.payers_bank import (
    DebitResult,
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
    """Settle every bank payment that is unknown, asking past its deadline, or at the bank past its
    session; return the counts.

    at_bank: whose payers may still decide; nothing is asked about them, and nothing is amiss.
    Without a connection to any bank nobody can be asked; what waits is counted all the same.
    """
    if payers_bank is None:
        return {"still_unknown": await count_open(Channel.MOBILE_BANKING, books)}
    counts = await settle_payments(Channel.MOBILE_BANKING, bank_settlement(payers_bank), books)
    async with books.open_unit_of_work() as work:
        at_bank = await work.payments.count_at_bank(books.clock.now())
    return counts | {"at_bank": at_bank}


def bank_settlement(payers_bank: PayersBankClient) -> AskSettlement:
    """Return the question that makes a payer's bank answer for a payment."""

    async def ask(payment: Payment) -> Outcome:
        question = SettleDebit(municipality=payment.municipality, amount_yen=payment.amount_yen)
        return debit_outcome(await payers_bank.settle(payment.peer_id, question))

    return ask


def debit_outcome(answer: DebitSettled | DebitResult) -> Outcome:
    """Return what a bank's answer means; one that says debited but not when is silence."""
    if answer.outcome == "debited":
        return Accepted(answer.debited_at) if answer.debited_at else Silent()
    if answer.outcome == "declined":
        return Declined(answer.reason or "account_refused")
    return Abandoned(CLOSED)
