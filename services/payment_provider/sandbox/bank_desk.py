"""A payers' bank at its desk: opens sessions, takes one decision in each, answers once for a debit.

The debit's row decides between a payer's decision and a settlement that come at the same moment;
what was answered is never changed. Knows no failure of a line.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import httpx2
from pydantic import BaseModel, ConfigDict

from services.payment_provider.domain.bank_books import (
    SESSION_LIFETIME,
    Account,
    answers_late,
    is_open,
    opening_balance_yen,
    reason_to_decline,
)
from services.payment_provider.store.sandbox_debits import CLOSED, DEBITED, DECLINED, StoredDebit
from services.payment_provider.store.sandbox_sessions import StoredSession
from services.payment_provider.store.unit_of_work import OpenUnitOfWork, UnitOfWork
from shared.kit.clock import TOKYO, Clock
from shared.kit.money import PositiveYen

PENDING = "pending"
APPROVE = "approve"
SESSION_BYTES = 24
_CONFLICT = 409


class Reference(BaseModel):
    """What must fit the debit that an id names."""

    model_config = ConfigDict(frozen=True)

    municipality: str
    amount_yen: PositiveYen


class NewSession(Reference):
    """What a session is asked for."""

    debit_id: UUID
    bank_code: str
    payee_kana: str


class Decision(BaseModel):
    """What a payer does on the bank's page."""

    model_config = ConfigDict(frozen=True)

    account_reference: str
    decision: Literal["approve", "refuse"]


class BankDesk:
    """Every payers' bank, over one set of books."""

    def __init__(self, open_unit_of_work: OpenUnitOfWork, clock: Clock) -> None:
        self._open, self._clock = open_unit_of_work, clock

    async def open(self, asked: NewSession) -> httpx2.Response:
        """Open the one session of a debit id; the same question again gets the same session."""
        now = self._clock.now()
        async with self._open() as work:
            opened = await work.sandbox_sessions.of_debit(asked.debit_id)
            if opened is None and not is_open(asked.bank_code, now.astimezone(TOKYO)):
                return refused("bank_closed")
            debit = await work.sandbox_debits.find(asked.debit_id)
            if debit is not None and debit.outcome == CLOSED:
                return refused("debit_closed")
            if opened is None:
                opened = await _opened(work, asked, now)
                await work.commit()
        same = (opened.municipality, opened.amount_yen, opened.bank_code, opened.payee_kana)
        if same != (asked.municipality, asked.amount_yen, asked.bank_code, asked.payee_kana):
            return refused("debit_id_reused")
        return _answer(201, {"session": opened.session, "until": _text(opened.until)})

    async def decide(self, session: str, made: Decision) -> httpx2.Response:
        """Take a payer's one decision: debit or decline, and use the session up, in one commit."""
        now = self._clock.now()
        async with self._open() as work:
            stored = await work.sandbox_sessions.take(session)
            if stored is None:
                return refused("bank_session_unknown")
            if stored.decided_at is not None:
                if (stored.account_reference, stored.decision) != _what(made):
                    return refused("bank_session_used")
                debit = await work.sandbox_debits.find(stored.debit_id)
                assert debit is not None, "a decision has its debit"  # noqa: S101
                return _decided(debit, now)
            if now > stored.until:
                return refused("bank_session_over")
            debit = await _decided_debit(work, stored, made, now)
            if not await work.sandbox_debits.add(debit):
                return refused("bank_session_over")  # settled meanwhile: closed for ever
            if debit.outcome == DEBITED:
                await work.sandbox_debits.take(
                    stored.bank_code, made.account_reference, stored.amount_yen
                )
            await work.sandbox_sessions.decide(session, *_what(made), now)
            await work.commit()
        return _decided(debit, now)

    async def result(self, debit_id: UUID) -> tuple[str, httpx2.Response]:
        """Return how a debit stands, beside its account's reference ("" while there is none)."""
        async with self._open() as work:
            debit = await work.sandbox_debits.find(debit_id)
            session = await work.sandbox_sessions.of_debit(debit_id)
        if debit is None:
            return "", refused("debit_unknown") if session is None else _result(debit_id, PENDING)
        account = debit.account_reference or ""
        if answers_late(account, debit.answered_at, self._clock.now()):
            return account, _result(debit_id, PENDING)
        return account, _standing(debit)

    async def settle(self, debit_id: UUID, asked: Reference) -> httpx2.Response:
        """Answer for the id, or close it; the row's primary key decides against a late decision."""
        async with self._open() as work:
            closed = StoredDebit(
                debit_id,
                CLOSED,
                None,
                asked.municipality,
                asked.amount_yen,
                None,
                None,
                self._clock.now(),
            )
            await work.sandbox_debits.add(closed)
            stored = await work.sandbox_debits.find(debit_id)
            assert stored is not None, "it was there or was just added"  # noqa: S101
            if not _fits(stored, asked):
                return refused("debit_id_reused")
            await work.commit()
        return _standing(stored)

    async def undo(self, debit_id: UUID, asked: Reference) -> httpx2.Response:
        """Give a debit back to its account; the same question again gets the same answer."""
        async with self._open() as work:
            debit = await work.sandbox_debits.find(debit_id)
            if debit is None or debit.outcome != DEBITED:
                return refused("debit_not_taken")
            if not _fits(debit, asked):
                return refused("debit_id_reused")
            undone_at = await work.sandbox_debits.give_back(debit, self._clock.now())
            await work.commit()
        return _answer(200, {"debit_id": str(debit_id), "undone_at": _text(undone_at)})


async def _opened(work: UnitOfWork, asked: NewSession, now: datetime) -> StoredSession:
    """Write a session, or return the one that another copy of the same question just wrote."""
    made = StoredSession(
        secrets.token_urlsafe(SESSION_BYTES),
        asked.debit_id,
        asked.municipality,
        asked.bank_code,
        asked.amount_yen,
        asked.payee_kana,
        now + SESSION_LIFETIME,
    )
    if await work.sandbox_sessions.add(made):
        return made
    stored = await work.sandbox_sessions.of_debit(asked.debit_id)
    assert stored is not None, "rows are never deleted"  # noqa: S101
    return stored


async def _decided_debit(
    work: UnitOfWork, session: StoredSession, made: Decision, now: datetime
) -> StoredDebit:
    """Lock the account and decide: the debit as it will be written, with its reason to decline."""
    bank, reference = session.bank_code, made.account_reference
    balance = await work.sandbox_debits.balance(bank, reference, opening_balance_yen(reference))
    today = now.astimezone(TOKYO).date()
    taken = await work.sandbox_debits.taken_today(bank, reference, today)
    reason = reason_to_decline(
        Account(reference, balance, taken),
        session.amount_yen,
        approved=made.decision == APPROVE,
    )
    return StoredDebit(
        session.debit_id,
        DECLINED if reason else DEBITED,
        reason,
        session.municipality,
        session.amount_yen,
        bank,
        reference,
        now,
    )


def _what(made: Decision) -> tuple[str, str]:
    return made.account_reference, made.decision


def _fits(stored: StoredDebit, asked: Reference) -> bool:
    return (stored.municipality, stored.amount_yen) == (asked.municipality, asked.amount_yen)


def _decided(debit: StoredDebit, now: datetime) -> httpx2.Response:
    late = answers_late(debit.account_reference or "", debit.answered_at, now)
    outcome, reason = (PENDING, None) if late else (debit.outcome, debit.reason)
    return _answer(200, {"outcome": outcome, "reason": reason})


def _standing(debit: StoredDebit) -> httpx2.Response:
    at = debit.answered_at if debit.outcome == DEBITED else None
    return _result(debit.id, debit.outcome, at, debit.reason)


def _result(
    debit_id: UUID, outcome: str, at: datetime | None = None, reason: str | None = None
) -> httpx2.Response:
    body = {
        "debit_id": str(debit_id),
        "outcome": outcome,
        "debited_at": _text(at) if at else None,
        "reason": reason,
    }
    return _answer(200, body)


def _text(at: datetime) -> str:
    return at.isoformat()


def refused(code: str) -> httpx2.Response:
    """Answer no, with the bank's code."""
    return _answer(_CONFLICT, {"code": code, "detail": "The bank refuses.", "status": _CONFLICT})


def _answer(status: int, body: dict[str, Any]) -> httpx2.Response:
    return httpx2.Response(status, json=body)
