"""Card networks with state, behind a transport: they approve, decline, delay, lose, void, reverse.

Their books survive a crash of the card agent, as those of a real company would. Knows no door.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2

from services.card_agent.domain.cards import Card, brand_of
from services.card_agent.domain.network_books import (
    DECLINE_REASONS,
    Course,
    IssuerOutcome,
    NetworkApproval,
    NetworkOutcome,
    course_of,
    limit_of,
)
from services.card_agent.domain.refusals import CardExpired, CardOverLimit
from services.card_agent.domain.sandbox_rules import Rule, RuleQuestion
from services.card_agent.store.unit_of_work import UnitOfWork
from shared.kit.clock import TOKYO, Clock
from shared.kit.faults import Faults
from shared.kit.hot_path import AlreadyThere
from shared.kit.money import ZERO_YEN, Yen

ASK, SETTLE = "card_network_ask", "card_network_settle"
REVERSE = "card_network_reverse"
_REVERSAL = re.compile(r"/approvals/([0-9a-f-]{36})/reversal")
_SETTLEMENT = re.compile(r"/approvals/([0-9a-f-]{36})/settlement")
_APPROVAL_DIGITS = 6
_EARLIER = Course()  # an answer that was given before comes at once


@dataclass(frozen=True)
class CardNetworks(httpx2.AsyncBaseTransport):
    """Stands where a network's server would; planned faults strike here as they do at a peer.

    hmac_of: the keyed hash by which a card is known in the books. What is done with a question is
    chosen by its scenario, or else by the first of the rules that fits and is not used up, or else
    by the card's number; then its expiry and limit decide. A slow issuer answers after slow_seconds
    of machine time, for which nobody waits.
    """

    open_unit_of_work: Callable[[], UnitOfWork]
    clock: Clock
    hmac_of: Callable[[str], str]
    faults: Faults
    rules: tuple[Rule, ...] = ()
    slow_seconds: float = 60.0

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
            approval, course = await self._settle(UUID(settling.group(1)), body), _EARLIER
        else:
            approval, course = await self._ask(body)
        lost = course.outcome is IssuerOutcome.ANSWER_LOST
        await asyncio.sleep(course.delay_seconds)  # what was decided is committed by now
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

    async def _ask(self, body: dict[str, Any]) -> tuple[NetworkApproval, Course]:
        """Answer a question for the first time, or as it was answered before."""
        reference = UUID(body["reference"])
        approved = await self._approve_at_once(reference, body)
        if approved is not None:
            return approved
        while True:
            async with self.open_unit_of_work() as work:
                known = await work.network_books.find(reference)
                if known is not None:
                    return known, _EARLIER
                course = await self._course(work, body)
                answer = await self._decide(work, reference, body, course)
                if await work.network_books.add(answer):
                    await work.commit()
                    return answer, course

    async def _approve_at_once(
        self, reference: UUID, body: dict[str, Any]
    ) -> tuple[NetworkApproval, Course] | None:
        """Approve a card that nothing was chosen for, in one statement; None if that cannot be."""
        number = body["card_number"]
        card = Card(number, brand_of(number), body["expiry_year"], body["expiry_month"])
        chosen = body.get("scenario") or course_of(number).outcome or self._fitting_rules(body)
        if chosen or card.has_expired(self.clock.today()):
            return None
        approval = self._approval(reference, body, reason=None)
        with suppress(AlreadyThere):
            async with self.open_unit_of_work() as work:
                step = work.network_books.approving(approval, limit_yen=limit_of(number))
                if await work.commit_with(step) is not None:
                    return approval, Course()
        return None

    async def _course(self, work: UnitOfWork, body: dict[str, Any]) -> Course:
        """Choose what is done with a new question; a rule's use counts with the answer's commit."""
        chosen = course_of(body["card_number"])
        if body.get("scenario") is not None:
            chosen = Course(IssuerOutcome(body["scenario"]))
        else:
            for rule in self._fitting_rules(body):
                if rule.times is None or await work.sandbox_rule_uses.use(rule.name, rule.times):
                    chosen = rule.course
                    break
        if chosen.outcome is IssuerOutcome.ISSUER_SLOW:
            return Course(chosen.outcome, max(chosen.delay_seconds, self.slow_seconds))
        return chosen

    def _fitting_rules(self, body: dict[str, Any]) -> list[Rule]:
        question = RuleQuestion(
            municipality=body["municipality"],
            amount_yen=Yen(body["premium_yen"]),
            barcode=body.get("barcode"),
            brand=brand_of(body["card_number"]),
            at=self.clock.now().astimezone(TOKYO).time(),
        )
        return [rule for rule in self.rules if rule.fits(question)]

    async def _decide(
        self, work: UnitOfWork, reference: UUID, body: dict[str, Any], course: Course
    ) -> NetworkApproval:
        total = Yen(body["premium_yen"]) + body["fee_yen"]
        return self._approval(reference, body, await self._reason(work, body, course, total))

    def _approval(
        self, reference: UUID, body: dict[str, Any], reason: str | None
    ) -> NetworkApproval:
        """Return the answer to a question: approved without a reason against it."""
        return NetworkApproval(
            reference=reference,
            outcome=NetworkOutcome.APPROVED if reason is None else NetworkOutcome.DECLINED,
            reason=reason,
            approval_number=_approval_number(reference) if reason is None else None,
            card_hmac=self.hmac_of(body["card_number"]),
            municipality=body["municipality"],
            premium_yen=Yen(body["premium_yen"]),
            total_yen=Yen(body["premium_yen"]) + body["fee_yen"],
            at=self.clock.now(),
        )

    async def _reason(
        self, work: UnitOfWork, body: dict[str, Any], course: Course, total_yen: Yen
    ) -> str | None:
        """Return why not, or None and let the card bear premium and fee."""
        if course.outcome is not None and course.outcome in DECLINE_REASONS:
            return DECLINE_REASONS[course.outcome]
        number = body["card_number"]
        hmac, limit_yen = self.hmac_of(number), limit_of(number)
        if course.outcome is IssuerOutcome.APPROVE:
            await work.network_books.raise_limit(hmac, total_yen, limit_yen=limit_yen)
            return None
        card = Card(number, brand_of(number), body["expiry_year"], body["expiry_month"])
        if card.has_expired(self.clock.today()):
            return CardExpired.code
        covered = await work.network_books.use_limit(hmac, total_yen, limit_yen=limit_yen)
        return None if covered else CardOverLimit.code

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
