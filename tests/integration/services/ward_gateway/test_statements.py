"""Statements from the database: identities, a residual that reads no heap, roll-forward, pages."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.ward_gateway.api.bank_statements import post_bank_statement
from services.ward_gateway.api.exceptions import get_exceptions
from services.ward_gateway.api.reconciliations import post_reconciliation
from services.ward_gateway.api.refusals import STATUSES
from services.ward_gateway.api.statements import get_statement_lines, post_statement
from shared.kit.problems import install_problem_answers
from tests.integration.services.ward_gateway.ward_rows import (
    REMITTERS,
    TRANSFER,
    Ward,
    bank_file,
    line,
    named,
)

AFTER = date(2025, 7, 5)
NAMES = {"I1", "I2", "I3", "I4", "I5", "I6", "I7", "I9", "I13", "I14", "I15"}


@pytest.fixture
async def ward(databases, clock) -> Ward:
    """One slip paid by card and by Pay-easy, one unpaid; all money has come."""
    ward = Ward(await databases.engine("ward_gateway"), clock)
    await ward.claim("june")
    await ward.claim("july", yen=500, due=date(2025, 7, 31))
    await ward.receipt("card", "june", channel="mobile_credit")
    await ward.receipt("atm", "june", minutes=30)
    await ward.commission("1", "june", remitted_on=TRANSFER)
    ward.on(TRANSFER)
    await ward.bank(line(1, 1000), line(2, 1000, channel="mobile_credit"))
    await ward.reconcile()
    return ward


def broken(statement) -> list[str]:
    return [identity.name for identity in statement.identities if not identity.holds]


async def test_an_empty_ward_has_an_empty_statement_that_holds(databases, clock) -> None:
    statement = await Ward(await databases.engine("ward_gateway"), clock).statement()
    assert broken(statement) == []
    assert set(statement.heaps.values()) == {0}
    assert statement.residual_yen == 0


async def test_a_statement_shows_every_heap_and_checks_every_identity(ward) -> None:
    statement = await ward.statement()
    filled = {heap.value: yen for heap, yen in statement.heaps.items() if yen}
    assert filled == {"A1": 1000, "A6": 500, "B1": 1000, "B3": 1000, "C1": 2000}
    assert len(statement.heaps) == 24
    assert {identity.name for identity in statement.identities} == NAMES
    assert broken(statement) == []
    assert statement.residual_yen == 0
    assert statement.reached == (2, 2, 2, 0)


@pytest.mark.parametrize(
    ("damage", "residual", "identities"),
    [
        ("UPDATE clearings SET amount_yen = 999", 1, {"I5", "I9", "I14"}),
        ("DELETE FROM clearings", 1000, {"I5", "I9", "I14"}),
        ("DELETE FROM assessment_files WHERE sha256 = 'july'", 0, {"I1", "I14"}),
        ("UPDATE receipts SET state = 'CONFIRMED' WHERE channel = 'payeasy'", 0, {"I14"}),
        ("UPDATE receipts SET had_preliminary = false WHERE channel = 'payeasy'", 0, set()),
        (
            "UPDATE receipts SET (had_preliminary, had_confirmed) = (false, false)",
            0,
            {"I6"},
        ),
        ("UPDATE receipts SET funded_yen = 0 WHERE channel = 'payeasy'", 0, {"I7"}),
        ("UPDATE commissions SET amount_yen = 900", 0, {"I13"}),
    ],
)
async def test_each_damage_is_named_by_the_identity_that_it_breaks(
    ward, damage, residual, identities
) -> None:
    await ward.execute(damage)
    statement = await ward.statement()
    assert set(broken(statement)) == identities
    assert statement.residual_yen == residual


async def test_the_residual_sees_a_wrong_clearing_that_no_heap_shows(ward) -> None:
    before = await ward.statement()
    await ward.execute("UPDATE clearings SET amount_yen = 400")
    after = await ward.statement()
    assert after.heaps == before.heaps
    assert (before.residual_yen, after.residual_yen) == (0, 600)


async def test_two_mistakes_do_not_hide_each_other_in_the_residual(ward) -> None:
    await ward.execute("UPDATE fundings SET amount_yen = amount_yen + 10")
    assert (await ward.statement()).residual_yen == 40


async def test_clearings_of_a_cancelled_receipt_are_residual(ward) -> None:
    await ward.execute("UPDATE receipts SET state = 'CANCELLED', funded_yen = 0")
    assert (await ward.statement()).residual_yen == 1000 + 2 * 1000 + 0


async def test_the_books_roll_forward_from_one_statement_to_the_next(ward) -> None:
    await ward.statement()
    await ward.claim("august", yen=250)
    await ward.receipt("b", "july", yen=500, transfer=date(2025, 7, 8))
    await ward.receipt("c", "august", yen=250, confirmed=False)
    assert broken(await ward.statement()) == []
    await ward.cancel("c", "august")
    ward.on(date(2025, 7, 8))
    await ward.bank(line(3, 500, day=date(2025, 7, 8)))
    await ward.reconcile()
    third = await ward.statement()
    assert broken(third) == []
    stocks = [identity for identity in third.identities if identity.name == "I14"]
    assert {one.about.split(":")[0]: one.right_yen for one in stocks} == {
        "assessed": 1750,
        "unpaid": 250,
        "preliminary": 0,
        "confirmed": 0,
        "funded": 2500,
        "deposited": 2500,
    }


async def test_a_state_that_moved_without_an_event_breaks_the_roll_forward(ward) -> None:
    await ward.receipt("b", "july", yen=500, confirmed=False)
    await ward.statement()
    await ward.execute("UPDATE receipts SET state = 'CONFIRMED' WHERE state = 'PRELIMINARY'")
    assert "I14" in broken(await ward.statement())


async def test_the_agents_deposit_may_wait_for_its_report_until_the_next_business_day(
    ward,
) -> None:
    await ward.execute("UPDATE commissions SET remitted_on = NULL, status = 0")
    assert "I13" not in broken(await ward.statement())
    ward.on(date(2025, 7, 7))
    assert "I13" not in broken(await ward.statement())
    ward.on(date(2025, 7, 8))
    assert "I13" in broken(await ward.statement())


async def test_a_lump_sum_slip_pays_all_its_assessments_without_residual(ward) -> None:
    await ward.claim("august", yen=250)
    await ward.also_pays("july", "august", 250)
    await ward.receipt("whole", "july", yen=750)
    await ward.receipt("again", "august", yen=250, minutes=1)
    await ward.bank(line(3, 1000))
    await ward.reconcile()
    statement = await ward.statement()
    assert (statement.heaps["A1"], statement.heaps["B3"]) == (1750, 1250)
    assert (broken(statement), statement.residual_yen) == ([], 0)


async def test_making_a_statement_moves_no_book(ward) -> None:
    counts = "SELECT (SELECT count(*) FROM history), (SELECT count(*) FROM clearings)"
    async with ward.engine.connect() as connection:
        before = (await connection.execute(text(counts))).one()
        await ward.statement()
        assert (await connection.execute(text(counts))).one() == before


@pytest.fixture
async def door(ward):
    """The five endpoints, without the gate in front of them."""
    app = FastAPI()
    app.state.resources = SimpleNamespace(
        open_unit_of_work=ward.work,
        clock=ward.clock,
        contract=SimpleNamespace(
            remitters=REMITTERS,
            trustee_from=date(2022, 1, 4),
            pay_in_statements_from={},
            item_fees_yen={},
        ),
    )
    install_problem_answers(app, STATUSES)
    app.post("/bank-statements")(post_bank_statement)
    app.post("/reconciliations")(post_reconciliation)
    app.post("/statements")(post_statement)
    app.get("/statements/{statement_id}/lines")(get_statement_lines)
    app.get("/exceptions")(get_exceptions)
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url="https://ward.test"
    ) as client:
        yield client


async def test_a_statement_is_made_and_paged_through_the_door(door) -> None:
    made = (await door.post("/statements", json={"fiscal_year": 2025})).json()
    assert (made["as_of"], made["residual_yen"], made["heaps"]["B3"]) == ("2025-07-04", 0, 1000)
    path, shown, after = f"/statements/{made['statement_id']}/lines", [], 0
    while after is not None:
        page = (await door.get(path, params={"after": after, "limit": 2})).json()
        shown += page["lines"]
        after = page["next_after"]
    assert [one["line_number"] for one in shown] == [1, 2, 3, 4, 5, 6]
    assert sum(one["received_yen"] for one in shown) == made["received_yen"] == 2000


async def test_lines_of_an_unknown_statement_are_not_found(door) -> None:
    answer = await door.get(f"/statements/{named('nothing')}/lines")
    assert (answer.status_code, answer.json()["code"]) == (404, "statement_not_found")


async def test_exceptions_are_paged_and_chosen_by_state(door) -> None:
    await door.post("/bank-statements", content=bank_file(line(8, 5), line(9, 6, channel=None)))
    done = (await door.post("/reconciliations")).json()
    assert done == {"deposits_matched": 0, "receipts_funded": 0, "exceptions_opened": 2}
    first = (await door.get("/exceptions", params={"limit": 2, "state": "OPEN"})).json()
    after = first["next_after"]
    second = (await door.get("/exceptions", params={"after": after, "state": "OPEN"})).json()
    codes = sorted(one["code"] for one in first["exceptions"] + second["exceptions"])
    assert codes == ["deposit_excess", "deposit_unidentified", "double_payment"]
    assert second["next_after"] is None
    assert (await door.get("/exceptions", params={"state": "RESOLVED"})).json()["exceptions"] == []


async def test_a_file_that_is_no_bank_file_is_refused_with_its_places(door) -> None:
    answer = await door.post("/bank-statements", content=b"nonsense")
    assert answer.json()["code"] == "file_refused"
    assert answer.json()["problems"]
    assert "nonsense" not in answer.text
