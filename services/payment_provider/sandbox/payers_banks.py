"""The payers' banks of the sandbox, as the transport that leads to them: which question it is.

Reached like any peer, with the same kinds of failure. Knows no door of ours. An account's reference
chooses what happens: POOR-… has no money, LIMIT-… pays 50,000 yen a day, SHUT-… is refused, DOWN-…
is on a page that cannot be reached, LOST-… is debited and only a settlement is answered, SLOW-… is
debited and answered a minute later. Bank 0010 cannot be reached; 0009 is closed at night. Planned
faults of the arrows open_bank_session, bank_result, settle_debit, undo_debit, decide_debit strike.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from uuid import UUID

import httpx2

from services.payment_provider.domain.bank_books import CLOSED_FOR_MAINTENANCE, DOWN, LOST
from services.payment_provider.sandbox.bank_desk import (
    BankDesk,
    Decision,
    NewSession,
    Reference,
    refused,
)
from services.payment_provider.store.unit_of_work import OpenUnitOfWork
from shared.kit.clock import Clock
from shared.kit.faults import Faults
from shared.kit.peer import PeerAddress, PeerClient
from shared.kit.peer_lines import PlainClient

_ADDRESS = PeerAddress("https://payers-banks.sandbox", "payers-banks.sandbox")
_ID = r"([0-9a-f-]{36})"
_SESSION = r"([0-9A-Za-z_-]{1,128})"
_SILENCE = "the answer was lost"
Answer = Callable[[httpx2.Request, str], Awaitable[httpx2.Response]]


class PayersBanks(httpx2.AsyncBaseTransport):
    """Every payers' bank at once, as the transport that leads to them."""

    def __init__(self, open_unit_of_work: OpenUnitOfWork, clock: Clock, faults: Faults) -> None:
        self._desk, self._faults = BankDesk(open_unit_of_work, clock), faults
        self._questions: tuple[tuple[str, re.Pattern[str], Answer], ...] = (
            ("open_bank_session", re.compile("POST /debits()"), self._open),
            ("bank_result", re.compile(f"GET /debits/{_ID}"), self._result),
            ("settle_debit", re.compile(f"POST /debits/{_ID}/settlement"), self._settle),
            ("undo_debit", re.compile(f"POST /debits/{_ID}/undoing"), self._undo),
            ("decide_debit", re.compile(f"POST /sessions/{_SESSION}/decision"), self._decide),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer as a bank would; raise httpx2's errors where a bank is silent."""
        await request.aread()
        for arrow, pattern, answer in self._questions:
            found = pattern.fullmatch(f"{request.method} {request.url.path}")
            if found is None:
                continue
            if self._faults.strikes(arrow, "before"):
                raise httpx2.ReadError("the question was lost", request=request)
            response = await answer(request, found[1])
            if self._faults.strikes(arrow, "after"):
                raise httpx2.RemoteProtocolError(_SILENCE, request=request)
            return response
        return refused("bank_session_unknown")  # no bank gives a session of that form

    async def _open(self, request: httpx2.Request, _: str) -> httpx2.Response:
        asked = NewSession.model_validate_json(request.content)
        if asked.bank_code == CLOSED_FOR_MAINTENANCE:
            raise httpx2.ConnectError("the bank is closed for maintenance", request=request)
        return await self._desk.open(asked)

    async def _result(self, request: httpx2.Request, debit_id: str) -> httpx2.Response:
        account, answer = await self._desk.result(UUID(debit_id))
        if account.startswith(LOST):
            raise httpx2.RemoteProtocolError(_SILENCE, request=request)
        return answer

    async def _settle(self, request: httpx2.Request, debit_id: str) -> httpx2.Response:
        asked = Reference.model_validate_json(request.content)
        return await self._desk.settle(UUID(debit_id), asked)

    async def _undo(self, request: httpx2.Request, debit_id: str) -> httpx2.Response:
        asked = Reference.model_validate_json(request.content)
        return await self._desk.undo(UUID(debit_id), asked)

    async def _decide(self, request: httpx2.Request, session: str) -> httpx2.Response:
        made = Decision.model_validate_json(request.content)
        if made.account_reference.startswith(DOWN):
            raise httpx2.ConnectError("the bank's page cannot be reached", request=request)
        answer = await self._desk.decide(session, made)
        if made.account_reference.startswith(LOST) and answer.is_success:
            raise httpx2.RemoteProtocolError(_SILENCE, request=request)
        return answer


def payers_banks_client(
    open_unit_of_work: OpenUnitOfWork, clock: Clock, faults: Faults
) -> PeerClient:
    """Return a client of the sandbox's banks, with nothing opened yet."""
    http = PlainClient(transport=PayersBanks(open_unit_of_work, clock, faults))
    return PeerClient(http, _ADDRESS)
