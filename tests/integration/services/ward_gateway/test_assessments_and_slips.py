"""choutei.csv comes in whole or not at all; slips are issued once, with both keys."""

from __future__ import annotations

import asyncio

import pytest

from services.ward_gateway.store import tables
from shared.files.choutei import write_choutei
from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from shared.wire import ward_intranet as wire
from tests.integration.services.ward_gateway.conftest import claim


async def test_a_file_is_taken_once_and_the_same_bytes_again_do_nothing(ward) -> None:
    content = write_choutei([claim(1, 33_138), claim(2, 1_923)])
    first = await ward.take(content, 2, 35_061)
    again = await ward.take(content, 2, 35_061)
    assert (first.added, first.repeated, first.total_yen) == (2, False, 35_061)
    assert (again.added, again.repeated, again.record_count) == (0, True, 2)
    assert await ward.count(tables.ASSESSMENTS) == 2


@pytest.mark.parametrize(("count", "total"), [(2, 1000), (1, 999)])
async def test_totals_that_are_not_the_files_are_refused(ward, count, total) -> None:
    with pytest.raises(PeerRefused) as refused:
        await ward.take(write_choutei([claim(1, 1000)]), count, total)
    assert refused.value.code == "file_totals_differ"
    assert await ward.count(tables.ASSESSMENTS) == 0


async def test_a_broken_file_is_refused_whole_with_every_problem_and_no_value(ward) -> None:
    content = write_choutei([claim(1, 1000), claim(2, 2000)])
    broken = content.replace(b"2025-06-30", b"2025-06-31").replace(b"000000002", b"00000000X")
    with pytest.raises(PeerRefused) as refused:
        await ward.take(broken, 2, 3000)
    assert refused.value.code == "file_refused"
    assert [p["line"] for p in refused.value.problems] == [2, 3, 3]
    assert not any("value" in problem for problem in refused.value.problems)
    assert "00000000X" not in str(refused.value.problems)
    assert await ward.count(tables.ASSESSMENTS) == 0


async def test_a_claim_that_exists_or_stands_twice_is_a_problem(ward) -> None:
    await ward.take(write_choutei([claim(1, 1000)]), 1, 1000)
    with pytest.raises(PeerRefused) as exists:
        await ward.take(write_choutei([claim(1, 2000)]), 1, 2000)
    twice = [claim(1, 5, notice_number="000000009"), claim(2, 5, notice_number="000000009")]
    with pytest.raises(PeerRefused) as doubled:
        await ward.take(write_choutei(twice), 2, 10)
    assert [p["code"] for p in exists.value.problems] == ["assessment_exists"]
    assert [p["code"] for p in doubled.value.problems] == ["assessment_twice"]


async def test_only_roles_that_may_hand_in_claims_are_heard(ward) -> None:
    question = wire.IssueSlips(fiscal_year=2025)
    with pytest.raises(PeerOutcomeUnknown, match="403 role_missing"):
        await ward.ask("treasury", wire.ISSUE_SLIPS, question)
    with pytest.raises(PeerOutcomeUnknown, match="401 token_refused"):
        await ward.staff("clerk").ask(wire.LIST_SLIPS, token="none")
    stranger = ward.network.client("bank-0001", "ward_gateway", "intranet")
    with pytest.raises(PeerOutcomeUnknown, match="403 caller_not_admitted"):
        await stranger.ask(wire.LIST_SLIPS, token="none")
    assert await ward.count(tables.SLIPS) == 0


async def test_slips_are_issued_once_and_over_the_cap_without_a_barcode(ward) -> None:
    slips = await ward.with_slips(300_000, 300_001)
    again = await ward.ask("clerk", wire.ISSUE_SLIPS, wire.IssueSlips(fiscal_year=2025))
    assert (again.issued, again.existing) == (0, 2)
    assert [slip.barcode is None for slip in slips] == [False, True]
    assert slips[0].barcode[37:43] == "300000"
    assert {len(slip.payment_number) for slip in slips} == {18}
    assert {slip.limit_date.isoformat() for slip in slips} == {"2025-08-29"}
    assert {slip.centre_state for slip in slips} == {"ISSUED"}


async def test_two_slip_runs_at_once_issue_each_slip_once(ward) -> None:
    rows = [claim(n, 100 + n) for n in range(1, 21)]
    await ward.take(write_choutei(rows), 20, sum(row.amount_yen for row in rows))
    question = wire.IssueSlips(fiscal_year=2025)
    runs = await asyncio.gather(*(ward.ask("clerk", wire.ISSUE_SLIPS, question) for _ in range(3)))
    assert sum(run.issued for run in runs) == 20
    assert await ward.count(tables.SLIP_ITEMS) == 20


async def test_direct_debit_gets_no_slip(ward) -> None:
    rows = [claim(1, 1000), claim(2, 1000, payment_method=2)]
    await ward.take(write_choutei(rows), 2, 2000)
    issued = await ward.ask("clerk", wire.ISSUE_SLIPS, wire.IssueSlips(fiscal_year=2025))
    assert issued.issued == 1


async def test_slips_are_found_by_every_key_and_page_by_page(ward) -> None:
    slips = await ward.with_slips(1000, 2000, 3000)
    keys = [str(slips[1].slip_id), slips[1].barcode, slips[1].payment_number]
    found = [await ward.ask("clerk", wire.LIST_SLIPS, query={"key": key}) for key in keys]
    assert [[slip.slip_id for slip in page.slips] for page in found] == [[slips[1].slip_id]] * 3
    first = await ward.ask("clerk", wire.LIST_SLIPS, query={"limit": 2})
    rest = await ward.ask(
        "clerk", wire.LIST_SLIPS, query={"limit": 2, "after": str(first.next_after)}
    )
    assert len(first.slips) == 2
    assert len(rest.slips) == 1
    assert rest.next_after is None
