"""A slip that is not right any more is issued anew; the printed one cannot be taken back (§1.5)."""

from __future__ import annotations

from datetime import date

from services.ward_gateway.store import tables
from shared.files.codes import DataType, Proc
from shared.kit.clock import tokyo_time
from shared.wire import ward_intranet as wire
from shared.wire.mailing_gate import MAILING_GATE
from tests.integration.services.ward_gateway.centre_answers import (
    JOB,
    answer,
    owed,
    pays_by_app,
    pays_by_payeasy,
    sent_records,
    slips_at_centre,
    told,
)
from tests.integration.services.ward_gateway.conftest import receipt
from tests.integration.services.ward_gateway.corrected_claims import (
    RUN,
    cancel,
    change,
    hand_in,
    heaps,
    open_yen,
    slips_by_issue,
)


async def test_a_change_notice_closes_the_old_key_and_opens_the_new(ward) -> None:
    (old,) = await slips_at_centre(ward, 1000)
    await hand_in(ward, change(1, 800))
    counts = await ward.run(JOB)
    assert (counts["slips_issued"], counts["slips_replaced"]) == (1, 1)
    first, second = await slips_by_issue(ward)
    assert (first.replaced_by_slip_id, second.replaced_by_slip_id) == (second.id, None)
    assert (second.issue, second.amount_yen, second.limit_date) == (1, 800, first.limit_date)
    assert (second.barcode[28:30], second.barcode[37:43]) == ("11", "000800")
    assert told(ward, 2) == [
        (Proc.DELETE, old.payment_number, 2),
        (Proc.ADD, second.payment_number, None),
    ]
    assert [(r.issue, r.amount_yen) for r in sent_records(ward, 2)] == [(0, 1000), (1, 800)]
    answer(ward, 2)
    await ward.run("collect_lgwan")
    assert [s.state for s in await slips_by_issue(ward)] == ["CLOSED", "HELD"]
    gate = await ward.ask("clerk", MAILING_GATE, query={"posting_date": "2025-06-04"})
    posted = {slip.payment_number: slip.may_be_posted for slip in gate.slips}
    assert posted == {old.payment_number: False, second.payment_number: True}
    assert dict(await ward.run(JOB)) == {}, "nothing is left to issue or to tell"
    page = await ward.ask("clerk", wire.LIST_SLIPS, query={"key": old.payment_number})
    assert [s.replaced_by_slip_id for s in page.slips] == [second.id]


async def test_an_old_slip_paid_late_pays_the_claim_and_closes_the_new_key(ward) -> None:
    (old,) = await slips_at_centre(ward, 1000)
    await hand_in(ward, change(1, 800))
    await ward.run(JOB)
    answer(ward, 2)
    await ward.run("collect_lgwan")
    _, new = await slips_by_issue(ward)
    await pays_by_app(ward, old)
    assert await open_yen(ward) == {"over_assessed": 200}
    await ward.run(JOB)
    assert told(ward, 3) == [(Proc.DELETE, new.payment_number, 1)]
    await pays_by_payeasy(ward, new)
    assert await open_yen(ward) == {"over_assessed": 200, "double_payment": 800}
    assert await heaps(ward) == {"A4": 800, "B1": 800, "B3": 1000}


async def test_a_raised_claim_asks_for_all_while_unpaid_and_for_the_difference_once_paid(
    ward,
) -> None:
    slips = await slips_at_centre(ward, 1000, 1000)
    await pays_by_app(ward, slips[1])
    await hand_in(ward, change(1, 1300), change(2, 1300))
    done = await ward.ask("clerk", wire.ISSUE_SLIPS, RUN)
    assert (done.issued, done.reissued, done.left_out, done.existing) == (2, 2, 0, 2)
    _, whole, _, rest = await slips_by_issue(ward)
    assert (whole.amount_yen, rest.amount_yen) == (1300, 300)
    await ward.run(JOB)
    assert told(ward, 2) == [
        (Proc.DELETE, slips[0].payment_number, 4),
        (Proc.DELETE, slips[1].payment_number, 2),
        (Proc.ADD, whole.payment_number, None),
        (Proc.ADD, rest.payment_number, None),
    ]
    answer(ward, 2)
    await ward.run("collect_lgwan")
    await pays_by_payeasy(ward, rest)
    assert await heaps(ward) == {"A4": 1300, "A6": 1300, "B1": 1300}
    assert await open_yen(ward) == {}
    ward.offer_receipts(2, receipt(slips[1], DataType.CANCELLED))
    await ward.run("collect_leased_line")
    counts = await ward.run(JOB)
    assert counts["slips_issued"] == 1, "1,000 yen are unpaid again; the paid key stays as it is"
    assert [kind for kind, *_ in told(ward, 3)] == [Proc.ADD]
    assert [r.amount_yen for r in sent_records(ward, 3)] == [1000]


async def test_another_limit_date_is_another_slip_and_a_contract_alone_is_none(ward) -> None:
    slips = await slips_at_centre(ward, 1000, 2000)
    await hand_in(ward, change(1, 1000, limit_date=date(2025, 7, 31)), change(2, 2000, issue=3))
    await ward.run(JOB)
    _, ends_sooner, _, asked_for = await slips_by_issue(ward)
    assert (ends_sooner.issue, ends_sooner.limit_date) == (1, date(2025, 7, 31))
    assert ends_sooner.barcode[30:36] == "250731"
    assert asked_for.issue == 3, "as the standard system counts"
    assert told(ward, 2)[:2] == [(Proc.DELETE, slip.payment_number, 4) for slip in slips]
    await owed(ward, "UPDATE slips SET limit_date = '2025-08-01' WHERE issue > 0")
    assert (await ward.ask("clerk", wire.ISSUE_SLIPS, RUN)).issued == 0


async def test_the_tenth_reissue_has_no_barcode_and_after_the_last_issue_a_clerk_is_told(
    ward,
) -> None:
    """Edge 3: 9 is the last reissue that a barcode can say, 99 the last that any key can say."""
    await ward.with_slips(1000)
    await hand_in(ward, change(1, 900, issue=9))
    await ward.ask("clerk", wire.ISSUE_SLIPS, RUN)
    await hand_in(ward, change(1, 800, 2, issue=9))
    await ward.ask("clerk", wire.ISSUE_SLIPS, RUN)
    await hand_in(ward, change(1, 700, 3, issue=99))
    await ward.ask("clerk", wire.ISSUE_SLIPS, RUN)
    slips = await slips_by_issue(ward)
    assert [(slip.issue, slip.barcode is not None) for slip in slips] == [
        (0, True),
        (9, True),
        (10, False),
        (99, False),
    ]
    assert slips[1].barcode[29] == "9"
    await hand_in(ward, change(1, 600, 4, issue=99))
    done = await ward.ask("clerk", wire.ISSUE_SLIPS, RUN)
    assert (done.issued, done.left_out) == (0, 1)
    assert (await ward.run(JOB))["slips_left_out"] == 1
    assert await open_yen(ward) == {"slip_issues_used_up": 600}
    await hand_in(ward, cancel(1, 600, 5))
    await ward.run(JOB)
    assert await open_yen(ward) == {}


async def test_a_slip_that_nobody_could_pay_in_time_waits_for_a_new_limit_date(ward) -> None:
    (old,) = await slips_at_centre(ward, 1000)
    ward.clock.instant = tokyo_time(date(2025, 9, 1), 8, 30)
    await hand_in(ward, change(1, 800))
    await ward.run(JOB)
    assert await open_yen(ward) == {"slip_limit_passed": 800}
    assert told(ward, 2) == [(Proc.DELETE, old.payment_number, 2)]
    days = {"due_date": date(2025, 9, 30), "limit_date": date(2025, 10, 31)}
    await hand_in(ward, change(1, 800, 2, **days))
    await ward.run(JOB)
    assert await open_yen(ward) == {}
    assert [kind for kind, *_ in told(ward, 3)] == [Proc.ADD]
    assert await ward.count(tables.SLIPS) == 2
