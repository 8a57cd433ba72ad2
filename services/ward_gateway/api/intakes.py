"""GET /intakes: what the terminals collected, and what became of each file."""

from __future__ import annotations

from services.ward_gateway.api.access import Res
from services.ward_gateway.api.pages import Limit
from services.ward_gateway.domain.intakes import Intake
from shared.kit.money import Yen
from shared.wire.ward_intranet import PAGE_ROWS_MAX, IntakesPage, IntakeView


async def get_intakes(res: Res, limit: Limit = PAGE_ROWS_MAX) -> IntakesPage:
    """Return the newest intakes."""
    async with res.open_unit_of_work() as work:
        intakes = await work.intakes.newest(limit)
    return IntakesPage(intakes=tuple(_view(intake) for intake in intakes))


def _view(intake: Intake) -> IntakeView:
    return IntakeView(
        intake_id=intake.id,
        file_id=intake.file_id,
        terminal=intake.terminal,
        kind=intake.kind,
        sequence=intake.sequence,
        state=intake.state.value,
        record_count=intake.record_count,
        total_yen=Yen(intake.total_yen),
        sha256=intake.sha256,
        collected_at=intake.collected_at,
        registered_at=intake.registered_at,
        erased_at=intake.erased_at,
        problems=intake.problems,
    )
