"""One slip over all that a notice owes (全期前納), beside the slips of its instalments."""

from __future__ import annotations

from datetime import date
from typing import Any

from shared.files.codes import Proc
from shared.kit.clock import tokyo_time
from shared.wire import ward_intranet as wire
from tests.integration.services.ward_gateway.centre_answers import (
    JOB,
    answer,
    pays_by_app,
    pays_by_payeasy,
    told,
)
from tests.integration.services.ward_gateway.conftest import claim
from tests.integration.services.ward_gateway.corrected_claims import (
    change,
    hand_in,
    heaps,
    open_yen,
    slips_by_issue,
)

RUN = wire.IssueSlips(fiscal_year=2025, lump_sum=True)
DUE = {1: date(2025, 6, 30), 2: date(2025, 7, 31), 3: date(2025, 9, 1)}


def instalment(number: int, yen: int = 1000, **more: Any) -> dict[str, Any]:
    """Return what one of three instalments of one notice says."""
    return {
        "number": 1,
        "amount": yen,
        "instalment": number,
        "due_date": DUE[number],
        "limit_date": date(2025, 10, 31),
        **more,
    }


async def lump_sum_at_centre(ward: Any) -> tuple[Any, list[Any]]:
    """Return the lump-sum slip of a notice and the slips of its three instalments, all held."""
    others = [claim(2, 500), claim(3, 500, payment_method=2, limit_date=None)]
    await hand_in(ward, *(claim(**instalment(n)) for n in DUE), *others)
    done = await ward.ask("clerk", wire.ISSUE_SLIPS, RUN)
    assert (done.issued, done.reissued, done.left_out) == (5, 0, 0)
    await ward.run(JOB)
    answer(ward, 1)
    await ward.run("collect_lgwan")
    page = await ward.ask("clerk", wire.LIST_SLIPS)
    own = sorted((s for s in page.slips if s.notice_number[-1] == "1"), key=lambda s: s.instalment)
    assert {slip.centre_state for slip in own} == {"HELD"}
    return own[0], own[1:]


async def test_a_lump_sum_slip_asks_for_all_that_a_notice_owes_once(ward) -> None:
    lump, _ = await lump_sum_at_centre(ward)
    assert (lump.slip_type, lump.instalment, lump.amount_yen) == (2, 0, 3000)
    assert (lump.due_date, lump.limit_date) == (DUE[1], date(2025, 8, 29))
    assert lump.payment_number[:5] == "22500"
    assert lump.barcode[37:43] == "003000"
    again = await ward.ask("clerk", wire.ISSUE_SLIPS, RUN)
    assert (again.issued, again.existing) == (0, 5)
    assert await ward.ask("clerk", wire.ISSUE_SLIPS, wire.IssueSlips(fiscal_year=2025)) == again


async def test_an_instalment_paid_closes_the_lump_sum_key(ward) -> None:
    lump, slips = await lump_sum_at_centre(ward)
    await pays_by_payeasy(ward, slips[0])
    await ward.run(JOB)
    assert told(ward, 2) == [(Proc.DELETE, lump.payment_number, 1)], "the others stay payable"
    answer(ward, 2)
    await ward.run("collect_lgwan")
    ward.clock.instant = tokyo_time(date(2025, 7, 1), 9)
    done = await ward.ask("clerk", wire.ISSUE_SLIPS, RUN)
    assert (done.issued, done.reissued) == (1, 1)
    _, _, _, old, new = (await slips_by_issue(ward))[:5]
    assert (new.issue, new.amount_yen, new.due_date) == (1, 2000, DUE[2])
    assert old.replaced_by_slip_id == new.id


async def test_a_lump_sum_paid_closes_every_instalment_key(ward) -> None:
    lump, slips = await lump_sum_at_centre(ward)
    await pays_by_payeasy(ward, lump)
    await ward.run(JOB)
    assert told(ward, 2) == [(Proc.DELETE, slip.payment_number, 1) for slip in slips]
    assert await heaps(ward) == {"A4": 3000, "A6": 1000, "B1": 3000}
    assert (await ward.ask("clerk", wire.ISSUE_SLIPS, RUN)).issued == 0


async def test_lump_sum_and_first_instalment_both_paid_is_an_overpayment(ward) -> None:
    """Edge 12: the later of the two is overpaid, at the instalment that both were meant for."""
    lump, slips = await lump_sum_at_centre(ward)
    await pays_by_app(ward, slips[0])
    await pays_by_payeasy(ward, lump)
    assert await open_yen(ward) == {"double_payment": 1000}
    assert await heaps(ward) == {"A4": 3000, "A6": 1000, "B1": 3000, "B3": 1000}
    await ward.run(JOB)
    closed = told(ward, 2)
    assert closed == [(Proc.DELETE, slip.payment_number, 1) for slip in slips]


async def test_a_correction_closes_the_lump_sum_key_and_the_next_one_asks_for_less(ward) -> None:
    lump, slips = await lump_sum_at_centre(ward)
    await hand_in(ward, change(**instalment(3, 400)))
    await ward.run(JOB)
    gone = {(slip.payment_number, 2) for slip in (lump, slips[2])}
    assert {(number, reason) for _, number, reason in told(ward, 2)[:2]} == gone
    assert [kind for kind, *_ in told(ward, 2)] == [Proc.DELETE, Proc.DELETE, Proc.ADD]
    await ward.ask("clerk", wire.ISSUE_SLIPS, RUN)
    newest = (await slips_by_issue(ward))[5]
    assert (newest.slip_type, newest.issue, newest.amount_yen) == (2, 1, 2400)
    await pays_by_app(ward, lump)
    assert await open_yen(ward) == {"over_assessed": 600}
    assert await heaps(ward) == {"A4": 2400, "A6": 1000, "B1": 2400, "B3": 600}


async def test_over_the_cap_a_lump_sum_slip_has_no_barcode(ward) -> None:
    await hand_in(ward, *(claim(**instalment(n, 100_001)) for n in DUE))
    await ward.ask("clerk", wire.ISSUE_SLIPS, RUN)
    lump = (await slips_by_issue(ward))[-1]
    assert (lump.amount_yen, lump.barcode) == (300_003, None)


async def test_lump_sums_of_two_years_stand_beside_each_other(ward) -> None:
    later = {"fiscal_year": 2026, "year_class": 2}
    rows = [claim(**instalment(n)) for n in (1, 2)]
    rows += [claim(**instalment(n) | later | {"instalment": n + 10}) for n in (1, 2)]
    await hand_in(ward, *rows)
    done = []
    for year in (2025, 2026, 2025, 2026):
        run = wire.IssueSlips(fiscal_year=year, lump_sum=True)
        done.append(await ward.ask("clerk", wire.ISSUE_SLIPS, run))
    assert [(one.issued, one.reissued) for one in done] == [(3, 0), (3, 0), (0, 0), (0, 0)]
    lumps = [s for s in await slips_by_issue(ward) if s.slip_type == 2]
    assert [(s.fiscal_year, s.issue, s.amount_yen) for s in lumps] == [
        (2025, 0, 2000),
        (2026, 1, 2000),
    ], "one notice, so the number tells them apart"
    assert {s.replaced_by_slip_id for s in lumps} == {None}


async def test_one_payer_who_asks_for_a_lump_sum_gets_one_and_nobody_else_does(ward) -> None:
    others = [claim(**instalment(n) | {"number": 2}) for n in DUE]
    await hand_in(ward, *(claim(**instalment(n)) for n in DUE), *others)
    asked = RUN.model_copy(update={"notice_number": "000000002"})
    done = await ward.ask("clerk", wire.ISSUE_SLIPS, asked)
    assert (done.issued, done.existing) == (4, 0)
    assert {s.notice_number for s in await slips_by_issue(ward)} == {"000000002"}
    again = await ward.ask("clerk", wire.ISSUE_SLIPS, asked)
    assert (again.issued, again.existing) == (0, 4)
    stranger = RUN.model_copy(update={"notice_number": "000000009"})
    assert (await ward.ask("clerk", wire.ISSUE_SLIPS, stranger)).issued == 0
