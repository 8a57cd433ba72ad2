"""Payers with the Mobile Regi app: they pay by card or by bank, and repeat what is open.

The same id while the outcome is open; a new id (and a new card token) once nothing was charged.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from pydantic import SecretStr

from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.kit.peer import PeerRefused
from shared.wire.card_tokens import MAKE_CARD_TOKEN, MakeCardToken
from shared.wire.mobile_payments import (
    PAY_BY_BANK,
    PAY_BY_CARD,
    READ_PAYMENT,
    PayByBank,
    PayByCard,
    PaymentView,
)
from simulation.access import Access
from simulation.books import Books, PaymentNote
from simulation.cards import TestCard

PAYERS_BANK = "0005"
OPEN = "being_confirmed"


class PaymentRefusedError(RuntimeError):
    """The provider refused a payment that this payer had reason to expect would be taken."""


@dataclass(frozen=True)
class Attempt:
    """One payment as its payer means it: a slip's barcode and amount, and how to pay."""

    barcode: str
    amount_yen: int
    at: datetime
    card: TestCard | None
    """None: from the bank account."""

    @property
    def channel(self) -> str:
        """Return the channel's name."""
        return "mobile_credit" if self.card else "mobile_banking"


@dataclass
class Payers:
    """Everybody with the app, their notes, and the payments whose outcome is still open."""

    access: Access
    books: Books
    open: dict[UUID, Attempt] = field(default_factory=dict)

    async def pay(self, attempt: Attempt) -> PaymentView:
        """Pay until the payment is accepted, declined or being confirmed; abandoned ones anew."""
        deadline = time.monotonic() + self.access.patience_seconds
        while True:
            view = await self._pay_once(attempt)
            if view.state != "abandoned" or time.monotonic() > deadline:
                return view
            await asyncio.sleep(self.access.pause_seconds)

    async def ask_again(self) -> int:
        """Ask how every open payment stands, pay abandoned ones anew; return how many stay open."""
        for payment_id, attempt in list(self.open.items()):
            client = self.access.at(None, READ_PAYMENT)
            view = await self.access.patiently(
                lambda c=client, p=payment_id: c.ask(READ_PAYMENT, payment_id=p)  # type: ignore[misc]
            )
            self._note(payment_id, attempt, view)
            if view.state == "abandoned":
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
        view = await self._ask(payment_id, attempt, token)
        self._note(payment_id, attempt, view)
        return view

    async def _ask(self, payment_id: UUID, attempt: Attempt, token: str) -> PaymentView:
        """Send one payment, and again with the same id as long as no answer comes."""
        amount = Yen(attempt.amount_yen)
        client = self.access.at(None, PAY_BY_CARD)

        async def send() -> PaymentView:
            if attempt.card:
                by_card = PayByCard(
                    payment_id=payment_id,
                    barcode=attempt.barcode,
                    amount_yen=amount,
                    card_token=token,
                )
                return await client.ask(PAY_BY_CARD, by_card)
            by_bank = PayByBank(
                payment_id=payment_id,
                barcode=attempt.barcode,
                amount_yen=amount,
                bank_code=PAYERS_BANK,
                account_reference=f"account-of-{attempt.barcode[13:29]}",
            )
            return await client.ask(PAY_BY_BANK, by_bank)

        try:
            return await self.access.patiently(send)
        except PeerRefused as refusal:
            self.books.note_payment(str(payment_id), "refused", refusal.code)
            raise PaymentRefusedError(refusal.code) from refusal

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
        self.books.note_payment(str(payment_id), view.state, view.reason)
        if view.state == OPEN:
            self.open[payment_id] = attempt
        else:
            self.open.pop(payment_id, None)
