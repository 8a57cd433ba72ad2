"""What the ward wants the centre to hold is told to it unasked, once, and taken back unasked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text

from services.ward_gateway.store.billing_order_tables import BILLING_ORDERS
from shared.files.choutei import write_choutei
from shared.files.codes import DataType, Proc
from shared.wire import ward_intranet as wire
from tests.integration.services.ward_gateway.centre_answers import (
    JOB,
    answer,
    next_morning,
    owed,
    pays_by_app,
    pays_by_payeasy,
    sent_records,
    slips_at_centre,
    states,
    told,
)
from tests.integration.services.ward_gateway.conftest import Killed, claim, receipt


async def test_a_slip_paid_at_the_provider_is_deleted_at_the_centre_unasked(ward) -> None:
    slips = await slips_at_centre(ward, 1000, 2000)
    await pays_by_app(ward, slips[0])
    counts = await ward.run(JOB)
    assert (counts["deletes_wanted"], counts["files_accepted"]) == (1, 1)
    assert told(ward, 2) == [(Proc.DELETE, slips[0].payment_number, 1)]
    assert await states(ward) == {"1": "HELD", "2": "HELD"}, "not before the centre says so"
    answer(ward, 2)
    await ward.run("collect_lgwan")
    assert await states(ward) == {"1": "CLOSED", "2": "HELD"}


async def test_a_cancelled_preliminary_puts_the_key_back(ward) -> None:
    slips = await slips_at_centre(ward, 1000)
    await pays_by_app(ward, slips[0])
    await ward.run(JOB)
    answer(ward, 2)
    await ward.run("collect_lgwan")
    next_morning(ward)
    ward.offer_receipts(2, receipt(slips[0], DataType.CANCELLED))
    await ward.run("collect_leased_line")
    await ward.run(JOB)
    assert told(ward, 3) == [(Proc.ADD, slips[0].payment_number, None)]
    assert await states(ward) == {"1": "CLOSED"}
    answer(ward, 3)
    await ward.run("collect_lgwan")
    assert await states(ward) == {"1": "HELD"}
    (slip,) = (await ward.ask("clerk", wire.LIST_SLIPS)).slips
    assert slip.centre_effective_on == date(2025, 6, 4), "the morning after it was put back"


async def test_a_payment_taken_back_before_the_delete_is_sent_sends_nothing(ward) -> None:
    slips = await slips_at_centre(ward, 1000)
    await pays_by_app(ward, slips[0])
    assert await ward.run("plan_billing") == {"deletes_wanted": 1}
    ward.offer_receipts(2, receipt(slips[0], DataType.CANCELLED))
    await ward.run("collect_leased_line")
    assert await ward.run(JOB) == {"orders_dropped": 1}
    assert list(ward.centre.billing) == [1]


async def test_planning_again_orders_nothing(ward) -> None:
    slips = await slips_at_centre(ward, 1000, 2000, 3000)
    await pays_by_app(ward, slips[0])
    await owed(ward, "UPDATE assessments SET payment_method = 2 WHERE amount_yen = 2000")
    assert await ward.run("plan_billing") == {"deletes_wanted": 2}
    assert await ward.run("plan_billing") == {}
    await ward.run(JOB)
    assert await ward.run("plan_billing") == {}, "what was sent waits for its answer"
    answer(ward, 2)
    await ward.run("collect_lgwan")
    assert await ward.run("plan_billing") == {}


async def test_a_change_to_direct_debit_deletes_and_a_failed_debit_adds_it_again(ward) -> None:
    (slip,) = await slips_at_centre(ward, 1000)
    await owed(ward, "UPDATE assessments SET payment_method = 2")
    await ward.run(JOB)
    assert told(ward, 2) == [(Proc.DELETE, slip.payment_number, 3)]
    answer(ward, 2)
    await ward.run("collect_lgwan")
    await owed(ward, "UPDATE assessments SET payment_method = 1")
    await ward.run(JOB)
    assert told(ward, 3) == [(Proc.ADD, slip.payment_number, None)]


async def test_a_failed_debit_adds(ward) -> None:
    await ward.take(write_choutei([claim(1, 1000, payment_method=2)]), 1, 1000)
    run = wire.IssueSlips(fiscal_year=2025)
    assert (await ward.ask("clerk", wire.ISSUE_SLIPS, run)).issued == 0
    assert dict(await ward.run(JOB)) == {}
    await owed(ward, "UPDATE assessments SET payment_method = 1")
    assert (await ward.ask("clerk", wire.ISSUE_SLIPS, run)).issued == 1
    await ward.run(JOB)
    assert [kind for kind, *_ in told(ward, 1)] == [Proc.ADD]


@pytest.mark.parametrize(
    ("correction", "reason"),
    [
        ("UPDATE assessments SET cancelled_at = now()", 2),
        ("UPDATE assessments SET amount_yen = 900, medical_yen = 900", 2),
        ("UPDATE assessments SET amount_yen = 1100, medical_yen = 1100", 4),
        ("UPDATE assessments SET payment_method = 3", 3),
        ("UPDATE slips SET replaced_by_slip_id = id", 4),
    ],
    ids=["cancelled", "reduced", "increased", "pension", "replaced"],
)
async def test_a_slip_that_is_no_longer_right_is_deleted_with_its_reason(
    ward, correction, reason
) -> None:
    (slip,) = await slips_at_centre(ward, 1000)
    await owed(ward, correction)
    await ward.run(JOB)
    first, *others = told(ward, 2)
    assert first == (Proc.DELETE, slip.payment_number, reason)
    assert [kind for kind, *_ in others] == [Proc.ADD] * ("amount_yen" in correction)


async def test_a_slip_that_died_before_it_was_sent_is_never_sent(ward) -> None:
    slips = await ward.with_slips(1000, 2000)
    await ward.run("plan_billing")
    await pays_by_app(ward, slips[0])
    counts = await ward.run(JOB)
    assert (counts["slips_never_sent"], counts["orders_dropped"]) == (1, 1)
    assert told(ward, 1) == [(Proc.ADD, slips[1].payment_number, None)]
    assert await states(ward) == {"1": "CLOSED", "2": "SENT"}
    ward.offer_receipts(2, receipt(slips[0], DataType.CANCELLED))
    await ward.run("collect_leased_line")
    await ward.run(JOB)
    assert told(ward, 2) == [(Proc.ADD, slips[0].payment_number, None)]


async def test_a_delete_of_a_paid_key_ends_as_paid_at_the_centre(ward) -> None:
    """Edge 14: the ward did not know yet that the key had been paid; it goes to refund."""
    (slip,) = await slips_at_centre(ward, 1000)
    await pays_by_app(ward, slip)
    await ward.run(JOB)
    answer(ward, 2, r1="E130")
    counts = await ward.run("collect_lgwan")
    assert counts["keys_paid_at_centre"] == 1
    assert await ward.exceptions() == []
    assert await ward.run(JOB) == {}, "it is left alone, though its receipt has not come yet"
    await pays_by_payeasy(ward, slip)
    assert await ward.exceptions() == ["double_payment"]
    assert await ward.run(JOB) == {}
    assert await states(ward) == {"1": "HELD"}


async def test_a_key_whose_payment_the_bank_took_back_is_deleted_after_all(ward) -> None:
    (slip,) = await slips_at_centre(ward, 1000)
    await pays_by_app(ward, slip)
    await ward.run(JOB)
    answer(ward, 2, r1="E130")
    await ward.run("collect_lgwan")
    await pays_by_payeasy(ward, slip)
    await pays_by_payeasy(ward, slip, DataType.CANCELLED, number=2)
    await ward.run(JOB)
    assert told(ward, 3) == [(Proc.DELETE, slip.payment_number, 1)]


async def test_an_open_inquiry_is_asked_again_the_next_day(ward) -> None:
    (slip,) = await slips_at_centre(ward, 1000)
    await owed(ward, "UPDATE assessments SET due_date = '2025-07-31'")
    await ward.run(JOB)
    [record] = sent_records(ward, 2)
    assert (record.proc, record.due_date) == (Proc.CHANGE, date(2025, 7, 31))
    answer(ward, 2, r1="E140")
    next_morning(ward)
    assert (await ward.run("collect_lgwan"))["asked_again"] == 1
    assert await ward.exceptions() == []
    await ward.run(JOB)
    assert told(ward, 3) == [(Proc.CHANGE, slip.payment_number, None)]
    answer(ward, 3)
    await ward.run("collect_lgwan")
    assert await ward.run(JOB) == {}


async def test_with_the_setting_off_each_key_is_told_once_and_never_a_change(ward) -> None:
    slips = await slips_at_centre(ward, 1000, 2000)
    await pays_by_app(ward, slips[0])
    off = replace(ward.resources, billing_changes=False)
    assert await ward.upload(off) == {}
    assert list(ward.centre.billing) == [1]
    await ward.take(write_choutei([claim(3, 3000, record_no=1)]), 1, 3000)
    await ward.ask("clerk", wire.ISSUE_SLIPS, wire.IssueSlips(fiscal_year=2025))
    await ward.upload(off)
    assert [kind for kind, *_ in told(ward, 2)] == [Proc.ADD]


async def test_a_key_has_one_open_order_at_most(ward) -> None:
    (slip,) = await slips_at_centre(ward, 1000)
    await pays_by_app(ward, slip)
    await ward.run("plan_billing")
    twice = text("INSERT INTO billing_orders (slip_id, kind, wanted_at) VALUES (:id, 1, now())")
    with pytest.raises(Exception, match="one_open_order"):
        async with ward.engine.begin() as connection:
            await connection.execute(twice, {"id": slip.slip_id})


async def test_a_process_that_dies_at_any_commit_of_a_delete_sends_it_once(ward) -> None:
    slips = await slips_at_centre(ward, 1000, 1001, 1002, 1003)
    for commits, slip in enumerate(slips, start=1):  # planned, built, sent, accepted
        ward.offer_receipts(commits, receipt(slip))
        await ward.run("collect_leased_line")
        with pytest.raises(Killed):
            await ward.upload(ward.dies(after_commits=commits))
        await ward.run(JOB)
        answer(ward, 1 + commits)
        await ward.run("collect_lgwan")
    assert [told(ward, n) for n in (2, 3, 4, 5)] == [
        [(Proc.DELETE, slip.payment_number, 1)] for slip in slips
    ]
    assert set((await states(ward)).values()) == {"CLOSED"}
    orders = await ward.rows(BILLING_ORDERS)
    assert {order.outcome for order in orders} == {"held", "closed"}
