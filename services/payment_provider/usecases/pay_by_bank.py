"""Pay one slip from a bank account: record, ask the payer's bank, record (DESIGN rules 1 and 3)."""

from __future__ import annotations

from functools import partial

from services.payment_provider.clients.payers_bank import (
    DECLINE_CODES,
    DebitAccount,
    PayersBankClient,
)
from services.payment_provider.domain.payments import (
    Abandoned,
    Accepted,
    Declined,
    Outcome,
    Payment,
    Silent,
)
from services.payment_provider.domain.refusals import BankNotConnected
from services.payment_provider.usecases.ask_in_time import Patience, ask_in_time
from services.payment_provider.usecases.books import Books
from services.payment_provider.usecases.conclude_payment import conclude_payment
from services.payment_provider.usecases.open_payment import Intention, find_repeated, open_payment
from services.payment_provider.usecases.settle_bank_payments import bank_settlement
from services.payment_provider.usecases.settle_payment import settle_payment
from shared.keys.channels import Channel
from shared.kit.peer import PeerNotDone, PeerOutcomeUnknown, PeerRefused
from shared.wire.mobile_payments import PayByBank

NOT_REACHED = "payers_bank_not_reached"


async def pay_by_bank(
    body: PayByBank, books: Books, *, payers_bank: PayersBankClient | None, patience: Patience
) -> Payment:
    """Take a payment from a bank account and return it as it stands.

    The steps and ends of pay_by_card, with the payer's bank: DEBITED with a receipt · DECLINED ·
    ABANDONED · BANK_RESULT_UNKNOWN. A new id at a bank that is not connected is BankNotConnected,
    and nothing is recorded; a known id gets its stored answer, whoever is connected by now.
    """
    means = (body.bank_code, body.account_reference)
    intention = Intention(
        body.payment_id, Channel.MOBILE_BANKING, body.barcode, body.amount_yen, means
    )
    if payers_bank is None or body.bank_code not in payers_bank.bank_codes:
        stored = await find_repeated(intention, books)
        if stored is None:
            raise BankNotConnected
        return stored
    opened = await open_payment(intention, books, patience=patience)
    if not opened.is_new:
        ask = bank_settlement(payers_bank)
        return await settle_payment(opened.payment, ask, books)
    outcome = await _debit(opened.payment, body, payers_bank, patience)
    return await conclude_payment(opened.payment, outcome, books)


async def _debit(
    payment: Payment, body: PayByBank, payers_bank: PayersBankClient, patience: Patience
) -> Outcome:
    question = DebitAccount(
        debit_id=payment.peer_id,
        municipality=payment.municipality,
        bank_code=body.bank_code,
        account_reference=body.account_reference,
        amount_yen=payment.amount_yen,
    )
    try:
        answer = await ask_in_time(partial(payers_bank.debit, question), patience)
    except PeerNotDone:
        return Abandoned(NOT_REACHED)
    except PeerRefused as refusal:
        declined = refusal.code in DECLINE_CODES
        return Declined(refusal.code) if declined else Abandoned(refusal.code)
    except PeerOutcomeUnknown:
        return Silent()
    return Accepted(answer.debited_at)
