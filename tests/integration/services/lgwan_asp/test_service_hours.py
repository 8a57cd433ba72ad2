"""Hours without inquiries at the MPN door: weekly, planned, and the centre that fails."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest

from shared.kit.clock import tokyo_time
from shared.kit.peer import PeerRefused
from shared.wire.centre_operation import (
    CENTRE_DOWN,
    LIST_CENTRE_EXCEPTIONS,
    PLAN_OUTAGE,
    CentreDown,
    PlanOutage,
)
from tests.integration.services.lgwan_asp.conftest import WARD_A, WARD_B, Centre, Slip, billing_file

MONDAY = date(2025, 6, 9)
UNKNOWN = {"institution_number": "99999"}


async def _plan(centre: Centre, starts: datetime, ends: datetime, town: str | None = None) -> None:
    question = PlanOutage(municipality=town, starts_at=starts, ends_at=ends)
    await centre.operator().ask(PLAN_OUTAGE, question)


async def _set_down(centre: Centre, down: bool) -> bool:
    return (await centre.operator().ask(CENTRE_DOWN, CentreDown(down=down))).down


@pytest.fixture
def settings(settings):
    """Ward A rests on Mondays from 01:00 to 07:00, as one prefecture does (DOMAIN §2.4)."""
    rest = {"weekday": "monday", "from": "01:00", "to": "07:00"}
    contracts = [WARD_A.contract() | {"closed_weekly": [rest]}, WARD_B.contract()]
    settings.contracts_file.write_text(json.dumps(contracts), encoding="utf-8")
    return settings


async def test_outside_service_hours_is_91_and_money_is_still_taken(centre: Centre):
    await centre.publish(Slip(1), Slip(2))
    centre.at(MONDAY, 0, 59)
    told = await centre.inquire(Slip(1))
    await centre.pay(Slip(2), "R2")
    centre.at(MONDAY, 1)
    closed = await centre.inquire(Slip(1))
    assert closed.model_dump(exclude_none=True) == {"result": "91"}
    assert await centre.notify(centre.notification(told, "R1")) == "00"
    assert await centre.cancel("R2") == "00"
    centre.at(MONDAY, 7)
    assert (await centre.inquire(Slip(2))).result == "00"


async def test_a_planned_outage_is_91_for_its_ward_or_for_all(centre: Centre):
    ours, theirs = Slip(1), Slip(1, ward=WARD_B)
    await centre.upload(billing_file([ours.record()]))
    await centre.publish(theirs, ward=WARD_B)
    now = centre.clock.now()
    hour = timedelta(hours=1)
    await _plan(centre, now + hour, now + 3 * hour, WARD_A.municipality)
    assert (await centre.inquire(ours)).result == "00"
    centre.clock.instant = now + hour
    assert (await centre.inquire(ours)).result == "91"
    assert (await centre.inquire(theirs)).result == "00"
    assert (await centre.inquire(ours, **UNKNOWN)).result == "10"
    await _plan(centre, now + hour, now + 2 * hour)
    assert (await centre.inquire(theirs)).result == "91"
    assert (await centre.inquire(ours, **UNKNOWN)).result == "91"
    centre.clock.instant = now + 2 * hour
    assert (await centre.inquire(theirs)).result == "00"
    assert (await centre.inquire(ours)).result == "91"
    centre.clock.instant = now + 3 * hour
    assert (await centre.inquire(ours)).result == "00"


async def test_the_same_start_once_more_moves_the_end_of_an_outage(centre: Centre):
    await centre.publish(Slip(1))
    now, hour = centre.clock.now(), timedelta(hours=1)
    await _plan(centre, now, now + 5 * hour)
    await _plan(centre, now, now + hour)
    centre.clock.instant = now + hour
    assert (await centre.inquire(Slip(1))).result == "00"
    assert await centre.rows("SELECT count(*) FROM outages") == [(1,)]


@pytest.mark.parametrize("hours", [0, -1, 7 * 24 + 1])
async def test_an_outage_that_cannot_be_meant_is_out_of_range(centre: Centre, hours: int):
    now = centre.clock.now()
    with pytest.raises(PeerRefused) as refused:
        await _plan(centre, now, now + timedelta(hours=hours))
    assert refused.value.code == "outage_out_of_range"
    assert await centre.rows("SELECT count(*) FROM outages") == [(0,)]


async def test_an_outage_of_a_town_without_a_contract_is_refused(centre: Centre):
    now = centre.clock.now()
    with pytest.raises(PeerRefused) as refused:
        await _plan(centre, now, now + timedelta(hours=1), "999999")
    assert refused.value.code == "municipality_unknown"


async def test_a_centre_that_is_down_is_90_and_records_nothing(centre: Centre):
    await centre.publish(Slip(1), Slip(2))
    await centre.pay(Slip(2), "R2")
    question = centre.notification(await centre.inquire(Slip(1)), "R1")
    counts = (
        "SELECT (SELECT count(*) FROM inquiry_sessions), (SELECT count(*) FROM receipts),"
        " (SELECT count(*) FROM wrong_numbers), (SELECT count(*) FROM exceptions),"
        " (SELECT count(*) FROM receipts WHERE state = 'CANCELLED')"
    )
    before = await centre.rows(counts)
    assert await _set_down(centre, True)
    wrong = f"{(int(Slip(1).confirmation_number) + 1) % 10_000:04d}"
    answers = [
        (await centre.inquire(Slip(1))).result,
        (await centre.inquire(Slip(1), confirmation_number=wrong)).result,
        (await centre.inquire(Slip(1), **UNKNOWN)).result,
        (await centre.inquire(Slip(1), "0009")).result,
        await centre.notify(question),
        await centre.cancel("R2"),
    ]
    assert answers == ["90"] * 6
    assert await centre.rows(counts) == before
    assert not await _set_down(centre, False)
    assert await centre.notify(question) == "00"
    assert await centre.cancel("R2") == "00"


async def test_down_and_up_may_be_said_twice_and_at_one_instant(centre: Centre):
    await centre.publish(Slip(1))
    for down, code in ((True, "90"), (True, "90"), (False, "00"), (False, "00"), (True, "90")):
        await _set_down(centre, down)
        assert (await centre.inquire(Slip(1))).result == code


async def test_down_during_a_planned_outage_is_90_and_afterwards_91(centre: Centre):
    await centre.publish(Slip(1))
    now = centre.clock.now()
    await _plan(centre, now, now + timedelta(hours=1))
    await _set_down(centre, True)
    assert (await centre.inquire(Slip(1))).result == "90"
    await _set_down(centre, False)
    assert (await centre.inquire(Slip(1))).result == "91"


async def test_the_operator_sees_what_waits_for_a_clerk_page_by_page(centre: Centre):
    await centre.publish(Slip(1))
    answer = await centre.inquire(Slip(1))
    for number in range(5):
        question = centre.notification(answer, f"R{number}", session_id="nonsense")
        assert await centre.notify(question) == "60"
    seen, after = [], None
    for size in (2, 2, 1):
        query = {"limit": 2} | ({"after": str(after)} if after else {})
        page = await centre.operator().ask(LIST_CENTRE_EXCEPTIONS, query=query)
        assert len(page.exceptions) == size
        seen += page.exceptions
        after = page.next_after
    assert after is None
    assert {each.code for each in seen} == {"notified_without_session"}
    day = centre.clock.today()
    assert {each.subject for each in seen} == {f"0001/{day}/R{n}/T1" for n in range(5)}
    assert tokyo_time(day, 10) == seen[0].opened_at
