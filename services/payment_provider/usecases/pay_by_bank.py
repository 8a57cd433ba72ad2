"""Begin a payment from a bank account: record, ask the payer's bank for a session, record."""

from __future__ import annotations

from functools import partial

from services.payment_provider.clients.payers_bank import OpenBankSession, PayersBankClient
from services.payment_provider.domain.bank_payments import SESSION_LONGEST, BankPaymentState
from services.payment_provider.domain.payments import (
    Abandoned,
    BankSession,
    Outcome,
    Payment,
    Silent,
)
from services.payment_provider.domain.refusals import BankNotConnected
from services.payment_provider.usecases.ask_in_time import Patience, ask_in_time
from services.payment_provider.usecases.books import Books
from services.payment_provider.usecases.conclude_payment import conclude_payment, read_again
from services.payment_provider.usecases.open_payment import Intention, find_repeated, open_payment
from services.payment_provider.usecases.settle_bank_payments import bank_settlement
from services.payment_provider.usecases.settle_payment import settle_payment
from shared.keys.channels import Channel
from shared.kit.journal import ConcurrentUpdate
from shared.kit.peer import PeerNotDone, PeerOutcomeUnknown, PeerRefused
from shared.wire.mobile_payments import PayByBank

NOT_REACHED = "payers_bank_not_reached"


async def pay_by_bank(
    body: PayByBank, books: Books, *, payers_bank: PayersBankClient | None, patience: Patience
) -> Payment:
    """Open a payment from a bank account and return it as it stands; nothing is taken yet.

    1. Commit it in ASKING, or refuse (open_payment). 2. Ask the bank for a session, with no
    transaction open. 3. Commit the answer: AT_BANK with the session · ABANDONED: never reached,
    closed now, or refused · BANK_RESULT_UNKNOWN: silence; nobody holds that session, and the
    settlement closes it. return_from_bank goes on from AT_BANK.
    A repeated call gets the stored payment, with its session; one that is overdue is settled at
    once. A new id at a bank that is not connected is BankNotConnected, and nothing is recorded; a
    known id gets its stored answer, whoever is connected by now.
    """
    intention = Intention(
        body.payment_id,
        Channel.MOBILE_BANKING,
        body.barcode,
        body.amount_yen,
        (body.bank_code,),
        body.terms_acceptance_id,
    )
    if payers_bank is None or body.bank_code not in payers_bank.bank_codes:
        stored = await find_repeated(intention, books)
        if stored is None:
            raise BankNotConnected
        return stored
    opened = await open_payment(intention, books, patience=patience)
    if not opened.is_new:
        return await settle_payment(opened.payment, bank_settlement(payers_bank), books)
    answer = await _open_session(opened.payment, body.bank_code, books, payers_bank, patience)
    if isinstance(answer, BankSession):
        return await _send_to_bank(opened.payment, answer, books)
    return await conclude_payment(opened.payment, answer, books)


async def _open_session(
    payment: Payment,
    bank_code: str,
    books: Books,
    payers_bank: PayersBankClient,
    patience: Patience,
) -> BankSession | Outcome:
    question = OpenBankSession(
        debit_id=payment.peer_id,
        municipality=payment.municipality,
        bank_code=bank_code,
        amount_yen=payment.amount_yen,
        payee_kana=books.contracts.of(payment.municipality).name_kana,
    )
    try:
        answer = await ask_in_time(partial(payers_bank.open_session, question), patience)
    except PeerNotDone:
        return Abandoned(NOT_REACHED)
    except PeerRefused as refusal:
        return Abandoned(refusal.code)
    except PeerOutcomeUnknown:
        return Silent()
    until = min(answer.until, books.clock.now() + SESSION_LONGEST)
    return BankSession(answer.session, until)


async def _send_to_bank(payment: Payment, session: BankSession, books: Books) -> Payment:
    """Record the session; if somebody settled the payment meanwhile, what is stored now decides.

    The session is not told then, so nobody can approve it, and the settlement has closed it.
    """
    try:
        async with books.open_unit_of_work() as work:
            moved = await work.payments.advance(
                payment, BankPaymentState.AT_BANK, bank_session=session
            )
            await work.commit()
    except ConcurrentUpdate:
        return await read_again(payment.id, books)
    return moved
