"""GET /mailing-gate: no slip leaves before its key can be paid, none after it should not be."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from shared.kit.peer import PeerRefused
from shared.wire.mailing_gate import MAILING_GATE
from tests.integration.services.ward_gateway.centre_answers import (
    JOB,
    answer,
    pays_by_app,
    pays_by_payeasy,
    slips_at_centre,
)

TODAY, TOMORROW = date(2025, 6, 2), date(2025, 6, 3)


async def gate(ward: Any, day: date = TOMORROW, **more: Any) -> Any:
    query = {"posting_date": day.isoformat()} | more
    return await ward.ask("clerk", MAILING_GATE, query=query)


async def reasons(ward: Any, day: date = TOMORROW) -> dict[str, int]:
    """Return why slips are held back, as counted; the slips must say the same."""
    found = await gate(ward, day)
    shown = [slip.reason for slip in found.slips if slip.reason]
    assert found.held_back == {reason: shown.count(reason) for reason in shown}
    assert found.may_be_posted == sum(slip.may_be_posted for slip in found.slips)
    return found.held_back


async def test_a_slip_that_was_not_sent(ward) -> None:
    await ward.with_slips(1000)
    assert await reasons(ward) == {"not_sent": 1}


async def test_a_slip_that_waits_for_its_result(ward) -> None:
    await ward.with_slips(1000)
    ward.network.plan("POST /billing-files", "answer_lost")
    ward.network.plan("GET /billing-files", "question_lost", times=99)
    await ward.run(JOB)
    assert await reasons(ward) == {"waits_for_result": 1}, "silence is no answer"
    ward.network.mishaps.clear()
    await ward.run(JOB)
    assert await reasons(ward) == {"waits_for_result": 1}


async def test_a_slip_that_was_refused(ward) -> None:
    await ward.with_slips(1000)
    await ward.run(JOB)
    answer(ward, 1, r1="E110")
    await ward.run("collect_lgwan")
    assert await reasons(ward) == {"refused": 1}


async def test_a_slip_whose_file_was_refused(ward) -> None:
    await ward.with_slips(1000)
    ward.centre.refuse_billing_with = "file_refused"
    await ward.run(JOB)
    assert await reasons(ward) == {"refused": 1}


async def test_a_key_is_posted_on_its_first_effective_day_and_not_before(ward) -> None:
    await slips_at_centre(ward, 1000)
    assert await reasons(ward, TODAY) == {"not_effective": 1}
    found = await gate(ward, TOMORROW)
    assert (found.may_be_posted, found.held_back) == (1, {})
    assert [(slip.may_be_posted, slip.effective_on) for slip in found.slips] == [(True, TOMORROW)]


async def test_a_slip_is_not_posted_after_its_last_day(ward) -> None:
    (slip,) = await slips_at_centre(ward, 1000)
    assert (await gate(ward, slip.limit_date)).may_be_posted == 1
    assert await reasons(ward, slip.limit_date.replace(day=30)) == {"past_limit": 1}


async def test_a_slip_that_was_paid_on_its_own_key_or_elsewhere(ward) -> None:
    slips = await slips_at_centre(ward, 1000, 2000)
    await pays_by_app(ward, slips[0])
    await pays_by_payeasy(ward, slips[1])
    assert await reasons(ward) == {"paid": 2}, "at once, before anything is ordered"


async def test_a_slip_whose_key_is_closed(ward) -> None:
    await slips_at_centre(ward, 1000)
    async with ward.engine.begin() as connection:
        await connection.execute(text("UPDATE assessments SET payment_method = 2"))
    assert await reasons(ward) == {"closed": 1}, "at once, while the centre still holds it"
    await ward.run(JOB)
    answer(ward, 2)
    await ward.run("collect_lgwan")
    assert await reasons(ward) == {"closed": 1}


async def test_a_slip_with_an_open_order(ward) -> None:
    await slips_at_centre(ward, 1000)
    async with ward.engine.begin() as connection:
        await connection.execute(text("UPDATE assessments SET payer_name_kana = 'ﾊﾅｺ'"))
    assert await reasons(ward) == {"order_open": 1}
    await ward.run(JOB)
    assert await reasons(ward) == {"order_open": 1}
    answer(ward, 2)
    await ward.run("collect_lgwan")
    assert await reasons(ward) == {}


async def test_a_day_that_has_passed_is_refused(ward) -> None:
    with pytest.raises(PeerRefused, match="posting_date_passed"):
        await gate(ward, date(2025, 6, 1))


async def test_the_gate_is_read_page_by_page_and_as_the_clerk_wants_it(ward) -> None:
    slips = await slips_at_centre(ward, 1000, 2000, 3000, 4000)
    await pays_by_app(ward, slips[1])
    seen, after = [], None
    while True:
        more = {"after": str(after)} if after else {}
        page = await gate(ward, held_back="false", limit=2, **more)
        counts = (page.may_be_posted, page.held_back)
        assert counts == ((None, None) if after else (3, {"paid": 1}))
        seen += [slip.slip_id for slip in page.slips]
        after = page.next_after
        if after is None:
            break
    assert sorted(seen) == sorted(s.slip_id for s in slips if s is not slips[1])
    (held,) = (await gate(ward, held_back="true")).slips
    assert (held.slip_id, held.reason) == (slips[1].slip_id, "paid")
    assert (await gate(ward, fiscal_year=2024)).slips == ()
