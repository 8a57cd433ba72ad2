"""GET /dead-keys: how long keys stayed payable that nobody should have paid. No decisions here."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

from services.ward_gateway.api.access import Res
from services.ward_gateway.usecases.report_dead_keys import report_dead_keys
from shared.wire.mailing_gate import DeadKeysReport


async def get_dead_keys(res: Res, first: date, last: date) -> DeadKeysReport:
    """Return the windows of keys that died on these Tokyo days, both included."""
    found = await report_dead_keys(res.open_unit_of_work, first, last)
    return DeadKeysReport(**asdict(found))
