"""The payers' banks of the sandbox: accounts with a balance, and one answer for each debit id for
ever.

Reached like any peer, over a transport, with the same kinds of failure. Knows no door of ours.
An account's reference chooses what happens: POOR-… has no money, SHUT-… is refused, DOWN-… is at a
bank that cannot be reached, LOST-… is debited and the answer is lost; every other one has plenty.
Planned faults of the arrows debit_account and settle_debit strike here too.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx2
from pydantic import BaseModel, ConfigDict

from services.payment_provider.store.sandbox_debits import (
    CLOSED,
    DEBITED,
    DECLINED,
    StoredDebit,
)
from services.payment_provider.store.unit_of_work import OpenUnitOfWork
from shared.kit.clock import Clock
from shared.kit.faults import Faults
from shared.kit.money import PositiveYen
from shared.kit.peer import PeerAddress, PeerClient

OPENING_BALANCE_YEN = 100_000_000
POOR, SHUT, DOWN, LOST = "POOR-", "SHUT-", "DOWN-", "LOST-"
_SETTLEMENT = re.compile(r"/debits/([0-9a-f-]{36})/settlement")
_ADDRESS = PeerAddress("https://payers-banks.sandbox", "payers-banks.sandbox")
_CONFLICT = 409


class _DebitOrder(BaseModel):
    model_config = ConfigDict(frozen=True)

    debit_id: UUID
    municipality: str
    bank_code: str
    account_reference: str
    amount_yen: PositiveYen


class _SettlementOrder(BaseModel):
    model_config = ConfigDict(frozen=True)

    municipality: str
    amount_yen: PositiveYen


class PayersBanks(httpx2.AsyncBaseTransport):
    """Every payers' bank at once, as the transport that leads to them."""

    def __init__(self, open_unit_of_work: OpenUnitOfWork, clock: Clock, faults: Faults) -> None:
        self._open, self._clock, self._faults = open_unit_of_work, clock, faults

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer as a bank would; raise httpx2's errors where a bank is silent."""
        content = await request.aread()
        settled = _SETTLEMENT.fullmatch(request.url.path)
        arrow = "settle_debit" if settled else "debit_account"
        if self._faults.strikes(arrow, "before"):
            raise httpx2.ReadError("the question was lost", request=request)
        if settled:
            answer = await self._settle(
                UUID(settled[1]), _SettlementOrder.model_validate_json(content)
            )
        else:
            order = _DebitOrder.model_validate_json(content)
            if order.account_reference.startswith(DOWN):
                raise httpx2.ConnectError("the bank is closed for maintenance", request=request)
            answer = await self._debit(order)
            if order.account_reference.startswith(LOST):
                raise httpx2.RemoteProtocolError("the answer was lost", request=request)
        if self._faults.strikes(arrow, "after"):
            raise httpx2.RemoteProtocolError("the answer was lost", request=request)
        return answer

    async def _debit(self, order: _DebitOrder) -> httpx2.Response:
        """Take the money once; the same question again gets the same answer."""
        async with self._open() as work:
            books = work.sandbox_debits
            opening = 0 if order.account_reference.startswith(POOR) else OPENING_BALANCE_YEN
            balance = await books.balance(order.bank_code, order.account_reference, opening)
            reason = _reason_to_decline(order, balance)
            debit = StoredDebit(
                order.debit_id,
                DECLINED if reason else DEBITED,
                reason,
                order.municipality,
                order.amount_yen,
                order.bank_code,
                order.account_reference,
                self._clock.now(),
            )
            if await books.add(debit):
                if reason is None:
                    await books.take(order.bank_code, order.account_reference, order.amount_yen)
                await work.commit()
                return _debit_answer(debit)
            stored = await books.find(order.debit_id)
        assert stored is not None  # noqa: S101 - rows are never deleted
        if stored.outcome == CLOSED:
            return _refused("debit_closed")
        same = (stored.bank_code, stored.account_reference, stored.amount_yen)
        if same != (order.bank_code, order.account_reference, order.amount_yen):
            return _refused("debit_id_reused")
        return _debit_answer(stored)

    async def _settle(self, debit_id: UUID, order: _SettlementOrder) -> httpx2.Response:
        """Answer for the id, or close it; the row's primary key decides against a late debit."""
        async with self._open() as work:
            closed = StoredDebit(
                debit_id,
                CLOSED,
                None,
                order.municipality,
                order.amount_yen,
                None,
                None,
                self._clock.now(),
            )
            await work.sandbox_debits.add(closed)
            stored = await work.sandbox_debits.find(debit_id)
            await work.commit()
        assert stored is not None  # noqa: S101 - it was there or was just added
        same = (stored.municipality, stored.amount_yen)
        if same != (order.municipality, order.amount_yen):
            return _refused("debit_id_reused")
        at = stored.answered_at if stored.outcome == DEBITED else None
        return _answer(
            200,
            {
                "debit_id": str(debit_id),
                "outcome": stored.outcome,
                "debited_at": _text(at),
                "reason": stored.reason,
            },
        )


def _reason_to_decline(order: _DebitOrder, balance_yen: int) -> str | None:
    if order.account_reference.startswith(SHUT):
        return "account_refused"
    return "balance_too_low" if balance_yen < order.amount_yen else None


def _debit_answer(debit: StoredDebit) -> httpx2.Response:
    if debit.outcome == DECLINED:
        return _refused(debit.reason or "account_refused")
    body = {"debit_id": str(debit.id), "debited_at": _text(debit.answered_at)}
    return _answer(201, body)


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _refused(code: str) -> httpx2.Response:
    return _answer(_CONFLICT, {"code": code, "detail": "The bank refuses.", "status": _CONFLICT})


def _answer(status: int, body: dict[str, Any]) -> httpx2.Response:
    return httpx2.Response(status, json=body)


def payers_banks_client(
    open_unit_of_work: OpenUnitOfWork, clock: Clock, faults: Faults
) -> PeerClient:
    """Return a client of the sandbox's banks, with nothing opened yet."""
    http = httpx2.AsyncClient(transport=PayersBanks(open_unit_of_work, clock, faults))
    return PeerClient(http, _ADDRESS)
