"""Payers with the app at their banks, over the whole mesh: who leaves, who repeats, who is late."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from deploy.installation import COMPANY_CODE, MAKER_CODE
from deploy.terms import TERMS
from services.payment_provider.store.tables import PAYMENTS, TERMS_ACCEPTANCES
from shared.keys.barcode import Barcode
from shared.kit.clock import tokyo_time
from shared.kit.money import Yen
from shared.kit.standard_arrows import PlanFault
from shared.wire.doors import OPERATOR_ARROWS, PAYMENT_PROVIDER
from shared.wire.sandbox_books import PAYERS_BANK_BOOKS
from simulation.day_plan import SETTLING, move_clocks, run_waves
from simulation.payers import LEFT, Attempt, Payers
from tests.support.databases import as_written

NOON = tokyo_time(date(2025, 6, 3), 12)
YEN = 12_300
PAY = r"POST /banking-payments$"


def attempt(notice: int, at_bank: str = "approve") -> Attempt:
    """Return a payment from a bank account of an invented slip."""
    number = f"12501{notice:09d}00"
    limit = date(2025, 9, 30)
    barcode = Barcode(MAKER_CODE, COMPANY_CODE, number, 0, limit, 0, Yen(YEN))
    return Attempt(barcode.digits, YEN, NOON, None, at_bank)


async def payers_at_noon(mesh) -> Payers:
    """Let it be noon everywhere, and return everybody with the app."""
    await move_clocks(mesh.access, NOON)
    return Payers(mesh.access, mesh.books)


async def settle(mesh, payers: Payers, after: timedelta) -> None:
    """Go on by a time, and let the jobs and then the payers ask what is open."""
    await move_clocks(mesh.access, NOON + after)
    outside = {"ask_again": lambda _: payers.ask_again()}
    await run_waves(mesh.access, outside, NOON.date(), SETTLING)


async def rows(mesh, table) -> list:
    """Return a table of the provider."""
    async with mesh.resources[PAYMENT_PROVIDER].foundation.engine.connect() as connection:
        return list((await connection.execute(as_written(table))).all())


async def taken(mesh) -> list[int]:
    """Return what the payers' banks have taken."""
    answer = await mesh.access.operate(PAYERS_BANK_BOOKS)
    return [int(line.amount_yen) for line in answer.lines]


async def fault(mesh, arrow: str, moment: str) -> None:
    """Let the next question of an arrow go wrong at the provider's payers' banks."""
    body = PlanFault(arrow=arrow, moment=moment)
    await mesh.access.operate(OPERATOR_ARROWS[PAYMENT_PROVIDER].plan_fault, body)


async def test_a_payer_who_left_the_bank_is_told_that_nothing_was_charged_and_stays_away(mesh):
    payers = await payers_at_noon(mesh)
    view = await payers.pay(attempt(1, "leave"))
    assert (view.state, len(payers.open)) == ("at_bank", 1)
    assert [note.reason for note in mesh.books.payments("at_bank")] == [LEFT]
    await settle(mesh, payers, timedelta(minutes=15))
    assert len(payers.open) == 1, "the session is still good"
    await settle(mesh, payers, timedelta(minutes=16))
    assert (payers.open, await taken(mesh)) == ({}, [])
    assert [note.reason for note in mesh.books.payments("abandoned")] == ["debit_closed"]


async def test_a_payer_who_refuses_at_the_bank_may_pay_anew(mesh):
    payers = await payers_at_noon(mesh)
    view = await payers.pay(attempt(1, "refuse"))
    assert (view.state, view.reason) == ("declined", "refused_at_bank")
    assert (await payers.pay(attempt(1))).state == "accepted"
    assert await taken(mesh) == [YEN]


@pytest.mark.parametrize("call", [PAY, r"/decision$", r"/return$"])
@pytest.mark.parametrize("kind", ["question_lost", "answer_lost", "repeated", "overloaded"])
async def test_whatever_a_payers_call_meets_he_pays_once_under_one_id(mesh, call, kind):
    payers = await payers_at_noon(mesh)
    mesh.network.plan(call, kind)
    view = await payers.pay(attempt(1))
    assert view.state == "accepted"
    assert [row.id for row in await rows(mesh, PAYMENTS)] == [view.payment_id]
    assert await taken(mesh) == [YEN]


@pytest.mark.parametrize("arrow", ["open_bank_session", "decide_debit", "bank_result"])
@pytest.mark.parametrize("moment", ["before", "after"])
async def test_whatever_the_bank_loses_the_payer_pays_once(mesh, arrow, moment):
    payers = await payers_at_noon(mesh)
    await fault(mesh, arrow, moment)
    view = await payers.pay(attempt(1))
    assert view.state in {"accepted", "being_confirmed"}
    await settle(mesh, payers, timedelta(minutes=1))
    payments = await rows(mesh, PAYMENTS)
    ends = sorted(row.state for row in payments)
    # A new id only once the bank had closed the first one: nobody held its session.
    lost = arrow == "open_bank_session"
    assert ends == (["ABANDONED", "DEBITED"] if lost else ["DEBITED"])
    assert (payers.open, await taken(mesh)) == ({}, [YEN])


async def test_a_provider_that_died_while_its_payer_was_at_the_bank_gives_the_session_again(mesh):
    payers = await payers_at_noon(mesh)
    away = await payers.pay(attempt(1, "leave"))
    engine = mesh.resources[PAYMENT_PROVIDER].foundation.engine
    mesh.restart(PAYMENT_PROVIDER, engine)
    payers.open[away.payment_id] = attempt(1)  # the payer comes back to the page after all
    assert await payers.ask_again() == 0
    [payment] = await rows(mesh, PAYMENTS)
    assert (payment.id, payment.state, payment.bank_session) == (away.payment_id, "DEBITED", None)
    assert await taken(mesh) == [YEN]


async def test_a_payer_accepts_the_terms_once_and_again_when_they_change(mesh):
    old = json.loads(json.dumps(TERMS))
    new = old[0] | {"version": "2025-2", "in_force_from": "2025-06-04"}
    file = mesh.installation.home.secret("terms-payment_provider.json")
    file.write_text(json.dumps([*old, new]), encoding="utf-8")
    mesh.restart(PAYMENT_PROVIDER, mesh.resources[PAYMENT_PROVIDER].foundation.engine)
    payers = await payers_at_noon(mesh)
    for notice in (1, 1, 2):
        await payers.pay(attempt(notice, "refuse"))
    assert [row.version for row in await rows(mesh, TERMS_ACCEPTANCES)] == ["2020-1"] * 2
    await move_clocks(mesh.access, NOON + timedelta(days=1))
    assert (await payers.pay(attempt(1))).state == "accepted"
    assert sorted(row.version for row in await rows(mesh, TERMS_ACCEPTANCES)) == [
        *("2020-1", "2020-1", "2025-2"),
    ]
