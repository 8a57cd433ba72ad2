"""Card networks with state, behind a transport: they approve, decline, lose answers, void, reverse.

Their books survive a crash of the card agent, as those of a real company would. Knows no door.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2

from services.card_agent.domain.cards import Card, brand_of
from services.card_agent.domain.network_books import (
    CardBehaviour,
    NetworkApproval,
    NetworkOutcome,
    behaviour_of,
)
from services.card_agent.domain.refusals import CardExpired, CardOverLimit
from services.card_agent.store.unit_of_work import UnitOfWork
from shared.kit.clock import Clock
from shared.kit.faults import Faults
from shared.kit.money import ZERO_YEN, Yen

ASK, SETTLE = "card_network_ask", "card_network_settle"
REVERSE = "card_network_reverse"
_REVERSAL = re.compile(r"/approvals/([0-9a-f-]{36})/reversal")
_SETTLEMENT = re.compile(r"/approvals/([0-9a-f-]{36})/settlement")
_APPROVAL_DIGITS = 6
_ALWAYS_DECLINED = (CardBehaviour.OVER_LIMIT, CardBehaviour.EXPIRED, CardBehaviour.REFUSED)


@dataclass(frozen=True)
class CardNetworks(httpx2.AsyncBaseTransport):
    """Stands where a network's server would; planned faults strike here as they do at a peer.

    hmac_of: the keyed hash by which a card is known in the books.
    """

    open_unit_of_work: Callable[[], UnitOfWork]
    clock: Clock
    hmac_of: Callable[[str], str]
    faults: Faults

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one question, unless a fault loses the question or the answer."""
        reversing = _REVERSAL.fullmatch(request.url.path)
        if reversing:
            return await self._take_back(UUID(reversing.group(1)), request)
        settling = _SETTLEMENT.fullmatch(request.url.path)
        arrow = SETTLE if settling else ASK
        if self.faults.strikes(arrow, "before"):
            raise httpx2.ReadTimeout("no answer", request=request)
        body = json.loads(await request.aread())
        if settling:
            approval, lost = await self._settle(UUID(settling.group(1)), body), False
        else:
            approval, lost = await self._ask(body), _loses_answer(body)
        if lost or self.faults.strikes(arrow, "after"):
            raise httpx2.RemoteProtocolError("the network hung up", request=request)
        return httpx2.Response(200, json=_answer(approval), request=request)

    async def _take_back(self, reference: UUID, request: httpx2.Request) -> httpx2.Response:
        """Reverse an approval; what was never approved cannot be."""
        if self.faults.strikes(REVERSE, "before"):
            raise httpx2.ReadTimeout("no answer", request=request)
        async with self.open_unit_of_work() as work:
            known = await work.network_books.find(reference)
            if known is None or known.outcome is not NetworkOutcome.APPROVED:
                problem = {"code": "approval_not_found", "detail": "There is no such approval."}
                return httpx2.Response(404, json=problem, request=request)
            at = await work.network_books.reverse(known, self.clock.now())
            await work.commit()
        if self.faults.strikes(REVERSE, "after"):
            raise httpx2.RemoteProtocolError("the network hung up", request=request)
        answer = {"reference": str(reference), "at": at.isoformat()}
        return httpx2.Response(200, json=answer, request=request)

    async def _ask(self, body: dict[str, Any]) -> NetworkApproval:
        """Answer a question for the first time, or as it was answered before."""
        reference = UUID(body["reference"])
        while True:
            async with self.open_unit_of_work() as work:
                known = await work.network_books.find(reference)
                if known is not None:
                    return known
                answer = await self._decide(work, reference, body)
                if await work.network_books.add(answer):
                    await work.commit()
                    return answer

    async def _decide(
        self, work: UnitOfWork, reference: UUID, body: dict[str, Any]
    ) -> NetworkApproval:
        number = body["card_number"]
        card = Card(number, brand_of(number), body["expiry_year"], body["expiry_month"])
        total = Yen(body["premium_yen"]) + body["fee_yen"]
        hmac = self.hmac_of(number)
        reason = self._reason(card)
        if reason is None and not await work.network_books.use_limit(hmac, total):
            reason = CardOverLimit.code
        outcome = NetworkOutcome.APPROVED if reason is None else NetworkOutcome.DECLINED
        return NetworkApproval(
            reference=reference,
            outcome=outcome,
            reason=reason,
            approval_number=_approval_number(reference) if reason is None else None,
            card_hmac=hmac,
            municipality=body["municipality"],
            premium_yen=Yen(body["premium_yen"]),
            total_yen=total,
            at=self.clock.now(),
        )

    def _reason(self, card: Card) -> str | None:
        behaviour = behaviour_of(card.number)
        if behaviour in _ALWAYS_DECLINED:
            return behaviour.value
        return CardExpired.code if card.has_expired(self.clock.today()) else None

    async def _settle(self, reference: UUID, body: dict[str, Any]) -> NetworkApproval:
        """Answer for a reference, or void it: a question that comes later gets "voided"."""
        voided = NetworkApproval(
            reference=reference,
            outcome=NetworkOutcome.VOIDED,
            reason=None,
            approval_number=None,
            card_hmac=None,
            municipality=body["municipality"],
            premium_yen=ZERO_YEN,
            total_yen=ZERO_YEN,
            at=self.clock.now(),
        )
        while True:
            async with self.open_unit_of_work() as work:
                known = await work.network_books.find(reference)
                if known is not None:
                    return known
                if await work.network_books.add(voided):
                    await work.commit()
                    return voided


def _loses_answer(body: dict[str, Any]) -> bool:
    return behaviour_of(body["card_number"]) is CardBehaviour.ANSWER_LOST


def _approval_number(reference: UUID) -> str:
    """Return six digits, as networks give them; the same reference, the same number."""
    digest = hashlib.sha256(reference.bytes).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 10**_APPROVAL_DIGITS:0{_APPROVAL_DIGITS}d}"


def _answer(approval: NetworkApproval) -> dict[str, Any]:
    return {
        "reference": str(approval.reference),
        "outcome": approval.outcome.value,
        "at": approval.at.isoformat(),
        "approval_number": approval.approval_number,
        "reason": approval.reason,
    }
