"""A payer comes back from the bank: ask the bank how the debit stands, and record what it says."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from services.payment_provider.clients.payers_bank import DebitResult, PayersBankClient
from services.payment_provider.domain.payments import Outcome, Payment, Silent
from services.payment_provider.domain.refusals import PaymentNotFound
from services.payment_provider.usecases.ask_in_time import Patience, ask_in_time
from services.payment_provider.usecases.books import Books
from services.payment_provider.usecases.conclude_payment import conclude_payment
from services.payment_provider.usecases.settle_bank_payments import bank_settlement, debit_outcome
from services.payment_provider.usecases.settle_payment import settle_payment
from shared.keys.channels import Channel
from shared.kit.clock import machine_now
from shared.kit.logs import logger
from shared.kit.peer import PeerNotDone, PeerOutcomeUnknown, PeerRefused


async def return_from_bank(
    payment_id: UUID, books: Books, *, payers_bank: PayersBankClient | None, patience: Patience
) -> Payment:
    """Return a bank payment as it stands now; harmless to repeat, and to leave out.

    1. Past its session, unknown, or asking past its deadline: settled at once (answer or close).
    2. AT_BANK within its session: the bank is asked, with no transaction open, and closes nothing.
    3. Its answer is committed: DEBITED with a receipt · DECLINED · ABANDONED, if it was closed ·
    BANK_RESULT_UNKNOWN, if it is silent. Pending, or a bank that was never reached, leaves AT_BANK:
    the payer may still decide. Refuses PaymentNotFound: also for a payment by card.
    """
    async with books.open_unit_of_work() as work:
        payment = await work.payments.find(payment_id)
    if payment is None or payment.channel is not Channel.MOBILE_BANKING:
        raise PaymentNotFound
    if payers_bank is None:
        return payment
    if payment.bank_session is None or payment.may_be_settled(machine_now(), books.clock.now()):
        return await settle_payment(payment, bank_settlement(payers_bank), books)
    outcome = await _ask(payment, payers_bank, patience)
    return payment if outcome is None else await conclude_payment(payment, outcome, books)


async def _ask(
    payment: Payment, payers_bank: PayersBankClient, patience: Patience
) -> Outcome | None:
    """Return what the bank says, or None while the payer may still decide."""
    try:
        answer: DebitResult = await ask_in_time(
            partial(payers_bank.result, payment.peer_id), patience
        )
    except PeerNotDone:
        return None
    except PeerOutcomeUnknown:
        return Silent()
    except PeerRefused as refusal:  # a bank that opened the session and does not know it
        logger().error("result_refused", payment=str(payment.id), code=refusal.code)
        return Silent()
    return None if answer.outcome == "pending" else debit_outcome(answer)
