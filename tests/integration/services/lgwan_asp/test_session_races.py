"""An inquiry and a change of its bill at one moment: whoever is second sees the first (E140)."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta

from sqlalchemy import text

from services.lgwan_asp.domain.inquiries import Bill, BillFacts, BillKey, InquirySession
from services.lgwan_asp.store.telegram_statements import OPEN_SESSION
from services.lgwan_asp.store.telegrams import session_values
from shared.files.codes import Proc
from shared.kit.ids import new_id
from tests.integration.services.lgwan_asp.conftest import WARD_A, Centre, Slip, billing_file

TUESDAY = date(2025, 6, 3)
KEY = BillKey(WARD_A.institution, Slip(1).payment_number, "341")
LIMITS = {"service_day": TUESDAY, "wrong_numbers_max": 10}


async def _facts(centre: Centre) -> BillFacts:
    found = await centre.resources.telegrams.facts(
        KEY,
        municipality=WARD_A.municipality,
        bank_code="0001",
        service_day=TUESDAY,
        effective_until=TUESDAY,
        now=centre.clock.now(),
    )
    assert found.bill is not None
    return found.bill


def _session(bill: Bill, now: datetime) -> InquirySession:
    return InquirySession(
        id=new_id(),
        municipality=WARD_A.municipality,
        key=KEY,
        bank_code="0001",
        branch_code="001",
        medium="01",
        trace_number="T1",
        amount_yen=bill.amount_yen,
        principal_yen=bill.principal_yen,
        late_charge_yen=bill.late_charge_yen,
        notice_number=bill.notice_number,
        levy_year=bill.levy_year,
        instalment=bill.instalment,
        opened_at=now,
        valid_until=now + timedelta(minutes=10),
    )


async def test_a_change_waits_for_an_inquiry_under_way_and_sees_its_session(centre: Centre):
    """E140 without a gap: the session is written, not committed, when the change comes."""
    await centre.publish(Slip(1))
    changed = Slip(1, amount_yen=11_000).record(Proc.CHANGE)
    await centre.upload(billing_file([changed], sequence=2))
    centre.at(TUESDAY, 18)
    now = centre.clock.now()
    async with centre.resources.open_unit_of_work() as work:
        bill = (await _facts(centre)).bill
        session = _session(bill, now)
        await work.connection.execute(text("SELECT 1"))  # opens a transaction to stay in
        assert await OPEN_SESSION.row(work.connection, session_values(session, bill, **LIMITS))
        applying = asyncio.create_task(centre.run("apply_billing_files"))
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'transactionid'"
        waiting += " AND datname = current_database()"
        while await centre.rows(waiting) == [(0,)]:
            assert not applying.done()
        await work.commit()
    await applying
    errors = "SELECT error_code FROM billing_records WHERE proc = 2"
    assert await centre.rows(errors) == [("E140",)]


async def test_a_session_is_not_opened_on_a_bill_that_changed_since_it_was_read(centre: Centre):
    await centre.publish(Slip(1))
    read = (await _facts(centre)).bill
    session = _session(read, centre.clock.now())
    changes = {"amount_yen": 1, "delete_reason": 1, "confirmation_number": "0000"}
    for column, value in changes.items():
        before = await _set(centre, column, value)
        assert not await centre.resources.telegrams.open_session(session, read, **LIMITS)
        await _set(centre, column, before)
    assert await centre.resources.telegrams.open_session(session, read, **LIMITS)


async def _set(centre: Centre, column: str, value: object) -> object:
    async with centre.resources.foundation.engine.begin() as connection:
        before = await connection.execute(text(f"SELECT {column} FROM bills"))  # noqa: S608
        await connection.execute(text(f"UPDATE bills SET {column} = :to"), {"to": value})  # noqa: S608
        return before.scalar_one()


async def test_an_inquiry_waits_for_a_change_of_its_bill_and_holds_nobody_else_up(centre: Centre):
    """The bill is locked when the round comes by: its caller goes alone, the others go on."""
    await centre.publish(Slip(1), Slip(2))
    async with centre.resources.foundation.engine.connect() as changing:
        change = "UPDATE bills SET amount_yen = 11000, principal_yen = 11000"
        which = {"number": Slip(1).payment_number}
        await changing.execute(text(f"{change} WHERE payment_number = :number"), which)
        held = asyncio.create_task(centre.inquire(Slip(1)))
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'transactionid'"
        waiting += " AND datname = current_database()"
        while await centre.rows(waiting) == [(0,)]:
            assert (await centre.inquire(Slip(2))).result == "00"
            assert not held.done()
        assert (await centre.inquire(Slip(2))).result == "00"
        await changing.commit()
    answer = await held
    assert (answer.result, answer.amount_yen) == ("00", 11_000)
