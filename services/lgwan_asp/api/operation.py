"""What the centre's operator decides: locks, outages, and what waits for a clerk."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query

from services.lgwan_asp.api.access import Res
from services.lgwan_asp.domain.inquiries import BillKey
from services.lgwan_asp.usecases.list_exceptions import list_exceptions
from services.lgwan_asp.usecases.plan_outage import plan_outage, set_down
from services.lgwan_asp.usecases.unlock_key import Unlock, unlock_key
from shared.wire.centre_operation import (
    PAGE_ROWS_MAX,
    CentreDown,
    CentreException,
    CentreExceptions,
    KeyUnlocked,
    OutagePlanned,
    PlanOutage,
    UnlockKey,
)

Limit = Annotated[int, Query(ge=1, le=PAGE_ROWS_MAX)]


async def post_unlock(body: UnlockKey, res: Res) -> KeyUnlocked:
    """Unlock a key for a bank."""
    unlocked = await unlock_key(
        Unlock(
            key=BillKey(body.institution_number, body.payment_number, body.category),
            bank_code=body.bank_code,
            reason=body.reason,
            document_number=body.document_number,
        ),
        contracts=res.contracts,
        open_unit_of_work=res.open_unit_of_work,
        clock=res.clock,
        wrong_numbers_max=res.guess_limits.wrong_numbers_max,
    )
    return KeyUnlocked(wrong_numbers=unlocked.wrong_numbers, unlocked_at=unlocked.unlocked_at)


async def post_outage(body: PlanOutage, res: Res) -> OutagePlanned:
    """Announce hours without inquiries."""
    await plan_outage(
        body.municipality,
        body.starts_at,
        body.ends_at,
        contracts=res.contracts,
        open_unit_of_work=res.open_unit_of_work,
        clock=res.clock,
    )
    return OutagePlanned(
        municipality=body.municipality, starts_at=body.starts_at, ends_at=body.ends_at
    )


async def put_down(body: CentreDown, res: Res) -> CentreDown:
    """Fail, or come back."""
    await set_down(down=body.down, open_unit_of_work=res.open_unit_of_work, clock=res.clock)
    return CentreDown(down=body.down)


async def get_exceptions(
    res: Res, after: UUID | None = None, limit: Limit = PAGE_ROWS_MAX
) -> CentreExceptions:
    """List what is open."""
    found, next_after = await list_exceptions(
        after=after, limit=limit, open_unit_of_work=res.open_unit_of_work
    )
    return CentreExceptions(
        exceptions=tuple(
            CentreException(
                exception_id=each.id,
                municipality=each.municipality,
                code=each.code,
                subject=each.subject_id,
                opened_at=each.opened_at,
            )
            for each in found
        ),
        next_after=next_after,
    )
