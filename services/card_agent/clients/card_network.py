"""The card networks, as the card agent asks them: may this card pay, what became of that, and
take it back.

OWN DESIGN of three questions; which transport carries them is decided elsewhere (settings,
sandbox).
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.kit.arrow import Arrow, Wire
from shared.kit.money import PositiveYen, Yen
from shared.kit.peer import PeerClient, PeerNotDone, deadline

ATTEMPTS = 3
PAUSE_SECONDS = 0.05


class AskNetwork(Wire):
    """May this card pay premium and fee? The reference is the authorisation id, and is repeated.

    scenario and barcode choose what a sandbox's network does; a real one is told neither.
    """

    reference: UUID
    municipality: str
    premium_yen: PositiveYen
    fee_yen: Yen
    card_number: str = Field(repr=False)
    expiry_year: int = Field(repr=False)
    expiry_month: int = Field(repr=False)
    scenario: str | None = None
    barcode: str | None = Field(default=None, repr=False)


class SettleWithNetwork(Wire):
    """Answer for this reference, or void it for ever."""

    municipality: str


class NetworkAnswer(Wire):
    """approved (with a number), declined (with a reason), or voided: it was never asked."""

    reference: UUID
    outcome: Literal["approved", "declined", "voided"]
    at: datetime
    approval_number: str | None = None
    reason: str | None = None


class ReverseApproval(Wire):
    """Take an approval back, the whole of it."""

    municipality: str


class ApprovalReversed(Wire):
    """Done, or done before: the card bears nothing any more."""

    reference: UUID
    at: datetime


ASK_NETWORK = Arrow(
    "card_network_ask",
    "card_network",
    "network",
    "POST",
    "/approvals",
    AskNetwork,
    NetworkAnswer,
)
SETTLE_WITH_NETWORK = Arrow(
    "card_network_settle",
    "card_network",
    "network",
    "POST",
    "/approvals/{reference}/settlement",
    SettleWithNetwork,
    NetworkAnswer,
)
REVERSE_WITH_NETWORK = Arrow(
    "card_network_reverse",
    "card_network",
    "network",
    "POST",
    "/approvals/{reference}/reversal",
    ReverseApproval,
    ApprovalReversed,
    refusals=("approval_not_found",),
)


class CardNetwork:
    """Asks the networks; deadline_seconds of machine time bound a whole conversation."""

    def __init__(self, client: PeerClient, *, deadline_seconds: float) -> None:
        self._client, self._deadline_seconds = client, deadline_seconds

    @property
    def peer(self) -> PeerClient:
        """Return the way that leads to the networks."""
        return self._client

    async def ask(self, question: AskNetwork) -> NetworkAnswer:
        """Ask, again with the same reference while nothing was done (DESIGN rule 3).

        Raises PeerNotDone (the question never arrived) or PeerOutcomeUnknown (it may have).
        """
        async with deadline(self._deadline_seconds):
            for _ in range(ATTEMPTS - 1):
                try:
                    return await self._client.ask(ASK_NETWORK, question)
                except PeerNotDone:
                    await asyncio.sleep(PAUSE_SECONDS)
            return await self._client.ask(ASK_NETWORK, question)

    async def settle(self, reference: UUID, municipality: str) -> NetworkAnswer:
        """Make the network answer or void; every failure means: ask again later."""
        async with deadline(self._deadline_seconds):
            question = SettleWithNetwork(municipality=municipality)
            return await self._client.ask(SETTLE_WITH_NETWORK, question, reference=reference)

    async def reverse(self, reference: UUID, municipality: str) -> ApprovalReversed:
        """Make the network take its approval back; every failure means: ask again later."""
        async with deadline(self._deadline_seconds):
            question = ReverseApproval(municipality=municipality)
            return await self._client.ask(REVERSE_WITH_NETWORK, question, reference=reference)

    async def close(self) -> None:
        """Close the pool."""
        await self._client.close()
