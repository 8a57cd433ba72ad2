"""Payers with the Mobile Regi app: they accept the terms, pay by card or by bank, and repeat what
is open. The same id while the outcome is open; a new id (and a new card token, or a new session at
the bank) once nothing was charged.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import SecretStr

from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.kit.peer import PeerRefused
from shared.wire.card_tokens import MAKE_CARD_TOKEN, MakeCardToken
from shared.wire.mobile_payments import (
    ACCEPT_TERMS,
    PAY_BY_BANK,
    PAY_BY_CARD,
    READ_PAYMENT,
    READ_TERMS,
    RETURN_FROM_BANK,
    TERMS_CODES,
    AcceptTerms,
    PayByBank,
    PayByCard,
    PaymentView,
)
from shared.wire.sandbox_bank import DECIDE_AT_BANK, DecideAtBank
from simulation.access import Access
from simulation.books import Books, PaymentNote
from simulation.cards import TestCard

PAYERS_BANK = "0005"
AT_BANK = "at_bank"
OPEN = ("being_confirmed", AT_BANK)
"""How a payment is told whose end nobody knows yet."""
LEFT = "left_at_bank"
"""A payer's own note that he left the bank's page and does not mean to come back."""
AtBank = Literal["approve", "refuse", "leave"]


class PaymentRefusedError(RuntimeError):
    """The provider refused a payment that this payer had reason to expect would be taken."""


@dataclass(frozen=True)
class Attempt:
    """One payment as its payer means it: a slip's barcode and amount, and how to pay.

    card: None is from the bank account; at_bank: what the payer does on the bank's page then.
    """

    barcode: str
    amount_yen: int
    at: datetime
    card: TestCard | None
    at_bank: AtBank = "approve"

    @property
    def channel(self) -> str:
        """Return the channel's name."""
        return "mobile_credit" if self.card else "mobile_banking"

    @property
    def payer(self) -> str:
        """Return who pays, as far as a slip tells: its notice number."""
        return self.barcode[18:27]


@dataclass
class Payers:
    """Everybody with the app, their notes, and the payments whose outcome is still open."""

    access: Access
    books: Books
    open: dict[UUID, Attempt] = field(default_factory=dict)
    _acceptances: dict[str, UUID] = field(default_factory=dict)

    async def pay(self, attempt: Attempt) -> PaymentView:
        """Pay until the payment is accepted, declined or open; abandoned ones anew."""
        deadline = time.monotonic() + self.access.patience_seconds
        while True:
            view = await self._pay_once(attempt)
            if view.state != "abandoned" or time.monotonic() > deadline:
                return view
            await asyncio.sleep(self.access.pause_seconds)

    async def ask_again(self) -> int:
        """Ask how every open payment stands, pay abandoned ones anew; return how many stay open.

        Who is still at the bank goes on there; who left it stays away, and pays no more by itself.
        """
        for payment_id, attempt in list(self.open.items()):
            client = self.access.at(None, READ_PAYMENT)
            view = await self.access.patiently(
                lambda c=client, p=payment_id: c.ask(READ_PAYMENT, payment_id=p)  # type: ignore[misc]
            )
            view = await self._at_bank(view, attempt)
            self._note(payment_id, attempt, view)
            if view.state == "abandoned" and attempt.at_bank != "leave":
                await self.pay(attempt)
        return len(self.open)

    async def _pay_once(self, attempt: Attempt) -> PaymentView:
        payment_id = new_id()
        self.books.intend_payment(
            PaymentNote(
                str(payment_id),
                attempt.channel,
                attempt.barcode,
                attempt.amount_yen,
                attempt.at,
                "intended",
                None,
            )
        )
        token = await self._card_token(attempt) if attempt.card else ""
        view = await self._at_bank(await self._ask(payment_id, attempt, token), attempt)
        self._note(payment_id, attempt, view)
        return view

    async def _ask(self, payment_id: UUID, attempt: Attempt, token: str) -> PaymentView:
        """Send one payment; where new terms came into force meanwhile, accept those and send again.

        Nothing was recorded then, so the id is still good.
        """
        try:
            try:
                return await self._send(payment_id, attempt, token)
            except PeerRefused as refusal:
                if refusal.code not in TERMS_CODES:
                    raise
                self._acceptances.pop(attempt.payer, None)
                return await self._send(payment_id, attempt, token)
        except PeerRefused as refusal:
            self.books.note_payment(str(payment_id), "refused", refusal.code)
            raise PaymentRefusedError(refusal.code) from refusal

    async def _send(self, payment_id: UUID, attempt: Attempt, token: str) -> PaymentView:
        """Send one payment, and again with the same id as long as no answer comes."""
        acceptance, amount = await self._accepted_terms(attempt.payer), Yen(attempt.amount_yen)
        client = self.access.at(None, PAY_BY_CARD)
        if attempt.card:
            by_card = PayByCard(
                payment_id=payment_id,
                barcode=attempt.barcode,
                amount_yen=amount,
                card_token=token,
                terms_acceptance_id=acceptance,
            )
            return await self.access.patiently(lambda: client.ask(PAY_BY_CARD, by_card))
        by_bank = PayByBank(
            payment_id=payment_id,
            barcode=attempt.barcode,
            amount_yen=amount,
            bank_code=PAYERS_BANK,
            terms_acceptance_id=acceptance,
        )
        return await self.access.patiently(lambda: client.ask(PAY_BY_BANK, by_bank))

    async def _accepted_terms(self, payer: str) -> UUID:
        """Return under which id a payer accepted the terms; read and accepted once by each."""
        if payer not in self._acceptances:
            client = self.access.at(None, READ_TERMS)
            terms = await self.access.patiently(lambda: client.ask(READ_TERMS))
            body = AcceptTerms(acceptance_id=new_id(), version=terms.version)
            await self.access.patiently(lambda: client.ask(ACCEPT_TERMS, body))
            self._acceptances[payer] = body.acceptance_id
        return self._acceptances[payer]

    async def _at_bank(self, view: PaymentView, attempt: Attempt) -> PaymentView:
        """Go to the bank with the session, decide there, and come back; or leave it as it is."""
        if view.bank_session is None or attempt.at_bank == "leave":
            return view
        client, session = self.access.at(None, DECIDE_AT_BANK), view.bank_session.session
        account = f"account-of-{attempt.barcode[13:29]}"
        body = DecideAtBank(account_reference=account, decision=attempt.at_bank)
        with suppress(PeerRefused):  # the session is over: the provider knows what became of it
            await self.access.patiently(lambda: client.ask(DECIDE_AT_BANK, body, session=session))
        return await self.access.patiently(
            lambda: client.ask(RETURN_FROM_BANK, payment_id=view.payment_id)
        )

    async def _card_token(self, attempt: Attempt) -> str:
        assert attempt.card is not None  # noqa: S101 - only called for cards
        body = MakeCardToken(
            municipality=self.access.municipality,
            amount_yen=Yen(attempt.amount_yen),
            card_number=SecretStr(attempt.card.number),
            expiry_year=attempt.card.expiry_year,
            expiry_month=attempt.card.expiry_month,
        )
        client = self.access.at(None, MAKE_CARD_TOKEN)
        return (await self.access.patiently(lambda: client.ask(MAKE_CARD_TOKEN, body))).card_token

    def _note(self, payment_id: UUID, attempt: Attempt, view: PaymentView) -> None:
        left = view.state == AT_BANK and attempt.at_bank == "leave"
        self.books.note_payment(str(payment_id), view.state, LEFT if left else view.reason)
        if view.state in OPEN:
            self.open[payment_id] = attempt
        else:
            self.open.pop(payment_id, None)
