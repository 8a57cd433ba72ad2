"""The intranet door's new questions: only a supervisor decides, anybody on the staff may read."""

from __future__ import annotations

from datetime import date

import pytest

from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from shared.wire import ward_intranet as wire

DECISION = wire.DecideTrustee(
    commission_number="20250602abc", document_number="R7-1", decided_on=date(2025, 6, 2)
)


async def test_only_a_supervisor_may_decide_about_a_trustee(ward) -> None:
    for role in ("clerk", "treasury", "system"):
        with pytest.raises(PeerOutcomeUnknown, match="403"):
            await ward.ask(role, wire.DECIDE_TRUSTEE, DECISION)
    with pytest.raises(PeerRefused) as refused:
        await ward.ask("supervisor", wire.DECIDE_TRUSTEE, DECISION)
    assert refused.value.code == "commission_not_found"


async def test_dunning_holds_and_receipts_are_read_by_anybody_on_the_staff(ward) -> None:
    for role in ("clerk", "treasury", "system", "supervisor"):
        assert (await ward.ask(role, wire.LIST_DUNNING_HOLDS)).holds == ()
        assert (await ward.ask(role, wire.LIST_RECEIPTS)).receipts == ()
