"""Payers who do not wait: they send, look away, and come back when a test says so."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from shared.kit.peer import PeerRefused
from shared.wire.mobile_payments import PaymentView
from simulation.payers import Attempt, PaymentRefusedError
from tests.support.world import PayersOfToday


@dataclass
class Sent:
    """A payment that its payer sent, and can send again word for word."""

    payment_id: UUID
    attempt: Attempt
    token: str


@dataclass
class HastyPayers(PayersOfToday):
    """Payers who ask once and then look away; they come back when a rule says so."""

    sent: list[Sent] = field(default_factory=list)

    async def _ask(self, payment_id: UUID, attempt: Attempt, token: str) -> PaymentView:
        sent = Sent(payment_id, attempt, token)
        if sent not in self.sent:
            self.sent.append(sent)
        self.open[payment_id] = attempt
        try:
            return await super()._ask(payment_id, attempt, token)
        except PaymentRefusedError:
            del self.open[payment_id]
            raise

    async def pay(self, attempt: Attempt) -> PaymentView | None:
        """Pay once; None: refused, because another payment has the slip."""
        try:
            return await super().pay(attempt)
        except PaymentRefusedError:
            return None

    async def ask_again(self) -> int:
        """Ask how all stand; what never arrived cannot stand anyhow, and is sent again."""
        try:
            return await super().ask_again()
        except PeerRefused as refusal:
            if refusal.code != "payment_not_found":
                raise
            await self.come_back()
            return len(self.open)

    async def send_again(self, sent: Sent) -> None:
        """Repeat a payment, long after."""
        view = await self._ask(sent.payment_id, sent.attempt, sent.token)
        view = await self._at_bank(view, sent.attempt)
        self._note(sent.payment_id, sent.attempt, view)

    async def look_at_all(self) -> None:
        """Look at what was accepted: it may have been undone since."""
        states = dict(self.world.told) if self.world else {}
        for sent in self.sent:
            if states.get(sent.payment_id) == "accepted":
                await self.look_at(sent.payment_id, sent.attempt)

    async def come_back(self) -> None:
        """Send again whatever has no outcome; what never left was never asked."""
        for sent in self.sent:
            if sent.payment_id in self.open:
                with suppress(PaymentRefusedError):
                    await self.send_again(sent)
        known = {str(sent.payment_id) for sent in self.sent}
        for note in self.books.payments("intended"):
            if note.payment_id not in known:
                self.books.note_payment(note.payment_id, "abandoned", "never_left")
