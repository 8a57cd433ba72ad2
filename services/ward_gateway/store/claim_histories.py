"""Claims as they stand and as they stood, for whoever splits what was paid on them. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.domain.assessments import AssessmentKey
from services.ward_gateway.domain.breakdowns import Breakdown
from services.ward_gateway.domain.claim_histories import ClaimHistory, SlipShare, Stood
from services.ward_gateway.store.bulk import is_any_of, portions
from services.ward_gateway.store.correction_tables import ASSESSMENT_CORRECTIONS
from services.ward_gateway.store.tables import ASSESSMENTS, RECEIPTS, SLIP_ITEMS, SLIPS
from shared.files.codes import Proc
from shared.keys.payment_number import SlipType
from shared.kit.money import ZERO_YEN, Yen

_A, _C, _R, _S = ASSESSMENTS.c, ASSESSMENT_CORRECTIONS.c, RECEIPTS.c, SLIPS.c
_PARTS = ("medical_yen", "support_yen", "care_yen", "child_yen")
_CLAIM = (_A.id, _A.levy_year, _A.notice_number, _A.instalment, _A.assessed_year, _A.account_code)
_NOW = (*_CLAIM, _A.year_class, *(_A[part] for part in _PARTS), _A.cancelled_at)


class ClaimHistoryStore:
    """What was assessed on claims at a time, which slips are lump sums, when receipts came."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def registered_at(self, identities: Sequence[str]) -> dict[str, datetime]:
        """Return when these receipts were first registered, by identity, if they were."""
        found: dict[str, datetime] = {}
        for portion in portions(identities):
            query = select(_R.identity, _R.registered_at).where(is_any_of(_R.identity, portion))
            rows = await self._connection.execute(query)
            found |= {row.identity: row.registered_at for row in rows}
        return found

    async def lump_sums(self, payment_numbers: Sequence[str]) -> dict[str, list[SlipShare]]:
        """Return what the lump-sum slips (種別 2) of these payment numbers ask for each claim."""
        found: defaultdict[str, list[SlipShare]] = defaultdict(list)
        for portion in portions(payment_numbers):
            query = (
                select(
                    _S.payment_number,
                    *(_A.levy_year, _A.notice_number, _A.instalment),
                    SLIP_ITEMS.c.amount_yen,
                )
                .join(SLIP_ITEMS, SLIP_ITEMS.c.slip_id == _S.id)
                .join(ASSESSMENTS, _A.id == SLIP_ITEMS.c.assessment_id)
                .where(
                    is_any_of(_S.payment_number, portion), _S.slip_type == SlipType.LUMP_SUM.value
                )
                .order_by(_A.levy_year, _A.notice_number, _A.instalment)
            )
            for number, *key, yen in await self._connection.execute(query):
                found[number].append(SlipShare(tuple(key), Yen(yen)))
        return dict(found)

    async def of_keys(self, keys: Collection[AssessmentKey]) -> dict[AssessmentKey, ClaimHistory]:
        """Return how these claims stand, and how each stood before each of its corrections."""
        now: list[Row[Any]] = []
        years = sorted({year for year, _, _ in keys})
        for portion in portions(sorted({notice for _, notice, _ in keys})):
            query = select(*_NOW).where(
                is_any_of(_A.levy_year, years), is_any_of(_A.notice_number, portion)
            )
            rows = (await self._connection.execute(query)).all()
            now += [row for row in rows if _key(row) in keys]
        corrected = await self._corrections([row.id for row in now])
        return {_key(row): _history(row, corrected.get(row.id, ())) for row in now}

    async def _corrections(self, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Row[Any]]]:
        found: defaultdict[UUID, list[Row[Any]]] = defaultdict(list)
        before = (_C[f"before_{part}"].label(part) for part in _PARTS)
        wanted = (_C.assessment_id, _C.taken_at, _C.proc, *before)
        for portion in portions(ids):
            for row in await self._connection.execute(_in_order(wanted, portion)):
                found[row.assessment_id].append(row)
        return found


def _in_order(wanted: Iterable[ColumnElement[Any]], ids: Sequence[UUID]) -> Select[Any]:
    query = select(*wanted).where(is_any_of(_C.assessment_id, ids))
    return query.order_by(_C.assessment_id, _C.number)


def _key(row: Row[Any]) -> AssessmentKey:
    return row.levy_year, row.notice_number, row.instalment


def _history(claim: Row[Any], corrections: Sequence[Row[Any]]) -> ClaimHistory:
    """Before a correction a claim was cancelled if the correction before that cancelled it."""
    stood, cancelled = [], False
    for each in corrections:
        stood.append(Stood(each.taken_at, None if cancelled else _breakdown(claim, each)))
        cancelled = each.proc == Proc.DELETE
    now = None if claim.cancelled_at is not None else _breakdown(claim, claim)
    return ClaimHistory(now, tuple(stood))


def _breakdown(claim: Row[Any], amounts: Row[Any]) -> Breakdown:
    """Our rows carry no late charge and no fee."""
    medical, support, care, child = (Yen(getattr(amounts, part)) for part in _PARTS)
    return Breakdown(
        claim.assessed_year,
        claim.account_code,
        claim.year_class,
        medical,
        support,
        care,
        child,
        ZERO_YEN,
        ZERO_YEN,
    )
