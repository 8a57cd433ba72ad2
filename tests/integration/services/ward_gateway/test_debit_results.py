"""口座振替結果 at the intranet door: a failed debit brings slip, key and gate; nothing is lost."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from services.ward_gateway.store import tables
from services.ward_gateway.store.billing_order_tables import BILLING_ORDERS
from services.ward_gateway.store.debit_result_tables import DEBIT_RESULT_FILES, DEBIT_RESULTS
from shared.files.codes import DataType, Proc
from shared.kit.clock import tokyo_time
from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from shared.wire import ward_intranet as wire
from shared.wire.debit_results import (
    LIST_DEBIT_RESULT_FILES,
    LIST_DEBIT_RESULTS,
    TAKE_DEBIT_RESULTS,
)
from shared.wire.mailing_gate import MAILING_GATE
from tests.integration.services.ward_gateway.centre_answers import (
    JOB,
    answer,
    next_morning,
    pays_by_app,
    told,
)
from tests.integration.services.ward_gateway.conftest import claim, receipt
from tests.integration.services.ward_gateway.corrected_claims import RUN, change, hand_in, heaps
from tests.integration.services.ward_gateway.debit_files import (
    DONE,
    customer,
    debit,
    debits_file,
)

JULY = date(2025, 7, 31)


async def take(ward: Any, content: bytes, role: str = "clerk") -> Any:
    return await ward.ask(role, TAKE_DEBIT_RESULTS, content)


async def results(ward: Any, sha256: str, **query: Any) -> dict[int, tuple[str, str, str, bool]]:
    """Return outcome, field, reason and whether it holds, by line."""
    listed = await ward.ask("treasury", LIST_DEBIT_RESULTS, file_hash=sha256, query=query)
    return {one.line: (one.outcome, one.field, one.reason, one.holds) for one in listed.results}


async def gate(ward: Any) -> tuple[int | None, Any]:
    """Return how many slips may be posted today, and why the others may not."""
    query = {"posting_date": ward.clock.today().isoformat()}
    found = await ward.ask("clerk", MAILING_GATE, query=query)
    return found.may_be_posted, found.held_back


async def by_debit(ward: Any, *amounts: int) -> None:
    """Take claims, the first by slip and the others by direct debit; it is July, all have failed.

    The standard system gives a claim on debit no limit date.
    """
    rows = [claim(1, amounts[0])]
    for n, yen in enumerate(amounts[1:], start=2):
        rows.append(claim(n, yen, payment_method=2, limit_date=None))
    await hand_in(ward, *rows)
    await ward.ask("clerk", wire.ISSUE_SLIPS, RUN)
    await ward.run(JOB)
    answer(ward, 1)
    await ward.run("collect_lgwan")
    ward.clock.instant = tokyo_time(date(2025, 7, 3), 10)


async def test_a_failed_debit_brings_its_slip_its_key_and_an_open_gate_and_a_done_one_nothing(
    ward,
) -> None:
    """BOOKS §1.7: 振替不能 makes an add and a slip; nobody asks for either."""
    await by_debit(ward, 1000, 2000, 3000)
    assert await gate(ward) == (1, {})
    content = debits_file(debit(2, 2000), debit(3, 3000, DONE))
    done = await take(ward, content)
    assert done.outcomes == {"debited": 1, "made_payable": 1}
    assert (done.debited_on, done.bank_code) == (date(2025, 6, 30), "0001")
    assert (done.debited_count, done.debited_yen) == (1, 3000)
    assert (done.failed_count, done.failed_yen, done.repeated) == (1, 2000, False)
    counts = await ward.run(JOB)
    assert (counts["slips_issued"], counts["adds_wanted"]) == (1, 1)
    ((kind, number, _),) = told(ward, 2)
    assert kind is Proc.ADD
    assert await gate(ward) == (1, {"waits_for_result": 1}), "before the centre has answered"
    answer(ward, 2)
    await ward.run("collect_lgwan")
    assert await gate(ward) == (1, {"not_effective": 1})
    next_morning(ward)
    assert await gate(ward) == (2, {}), "the slip may go: its key is in effect"
    slips = {s.payment_number: s for s in (await ward.ask("clerk", wire.LIST_SLIPS)).slips}
    assert len(slips) == 2, "the debit that was done has no slip"
    assert (slips[number].amount_yen, slips[number].limit_date) == (2000, date(2025, 8, 29))
    assert await heaps(ward) == {"A7": 6000}, "the money of direct debit is in no book here"
    assert await ward.exceptions() == []


async def test_the_newest_word_holds_whoever_says_it(ward) -> None:
    await by_debit(ward, 1000, 2000)
    failed = debits_file(debit(2, 2000))
    sha256 = (await take(ward, failed)).sha256
    await ward.run(JOB)
    answer(ward, 2)
    await ward.run("collect_lgwan")
    assert await results(ward, sha256) == {2: ("made_payable", "", "", True)}
    # The standard system says again that it is paid by debit: nothing else changes, and it counts.
    await hand_in(ward, change(2, 2000, payment_method=2, limit_date=None))
    assert await results(ward, sha256) == {2: ("made_payable", "", "", False)}
    await ward.run(JOB)
    assert [(kind, reason) for kind, _, reason in told(ward, 3)] == [(Proc.DELETE, 3)]
    answer(ward, 3)
    await ward.run("collect_lgwan")
    # The same word in other bytes is none; the next debit that fails is one.
    same = await take(ward, debits_file(debit(2, 2000), bank="0005"))
    assert same.outcomes == {"told_before": 1}
    ward.clock.instant = tokyo_time(date(2025, 8, 4), 10)
    again = await take(ward, debits_file(debit(2, 2000), day=JULY))
    assert again.outcomes == {"made_payable": 1}
    await ward.run(JOB)
    assert [kind for kind, *_ in told(ward, 4)] == [Proc.ADD]
    answer(ward, 4)
    await ward.run("collect_lgwan")
    # 再振替 is done after all: a payer may not pay a second time at the centre.
    late = await take(ward, debits_file(debit(2, 2000, DONE), day=date(2025, 8, 4)))
    assert late.outcomes == {"debited_after_all": 1}
    assert (await gate(ward))[1] == {"closed": 1}, "at once, while the centre still holds the key"
    await ward.run(JOB)
    assert [(kind, reason) for kind, _, reason in told(ward, 5)] == [(Proc.DELETE, 3)]
    dead_at = [o.dead_at for o in await ward.rows(BILLING_ORDERS) if o.kind == Proc.DELETE]
    assert max(dead_at) == ward.clock.now(), "dead since the bank's word, not since a correction"
    assert (await results(ward, again.sha256))[2][3] is False
    assert await ward.exceptions() == []


async def test_the_standard_systems_own_word_after_the_banks_changes_the_slip_only_if_it_must(
    ward,
) -> None:
    await by_debit(ward, 1000, 2000)
    await take(ward, debits_file(debit(2, 2000)))
    assert (await ward.run(JOB))["slips_issued"] == 1
    await hand_in(ward, change(2, 2000))  # nofu_hoho 1, and the limit date that the slip has
    answer(ward, 2)
    await ward.run("collect_lgwan")
    assert await ward.run(JOB) == {}, "slip and key are right as they are"
    await hand_in(ward, change(2, 2000, 2, limit_date=date(2025, 7, 31)))
    counts = await ward.run(JOB)
    assert (counts["slips_issued"], counts["slips_replaced"]) == (1, 1)


async def test_what_no_claim_is_found_for_is_a_row_and_an_exception_with_line_field_and_reason(
    ward,
) -> None:
    await by_debit(ward, 1000, 2000, 3000)
    content = debits_file(
        debit("ABC", 100),
        debit(9, 200),
        debit(2, 1999),
        debit(1, 1000, DONE),
        debit(3, 3000),
        debit(3, 3000, DONE),
        debit(2, 2000, instalment=2),
    )
    done = await take(ward, content)
    assert done.outcomes == {"for_clerk": 7}
    assert await results(ward, done.sha256) == {
        2: ("for_clerk", "customer_number", "malformed_customer_number", False),
        3: ("for_clerk", "customer_number", "assessment_unknown", False),
        4: ("for_clerk", "amount_yen", "amount_differs", False),
        5: ("for_clerk", "result", "debited_though_by_slip", False),
        6: ("for_clerk", "result", "contradicts_other_line", False),
        7: ("for_clerk", "result", "contradicts_other_line", False),
        8: ("for_clerk", "customer_number", "assessment_unknown", False),
    }
    found = [e for e in await ward.rows(tables.EXCEPTIONS) if e.state == "OPEN"]
    assert {e.subject_id: e.amount_yen for e in found} == {
        f"{done.sha256}/{line}": yen
        for line, yen in zip(range(2, 9), (100, 200, 1999, 1000, 3000, 3000, 2000), strict=True)
    }
    assert {e.code for e in found} == {"debit_result_unmatched"}
    assert "Line 4" in next(e.detail for e in found if e.subject_id.endswith("/4"))
    assert await ward.run(JOB) == {}, "what is doubtful makes no slip"
    # Something clear on a claim closes what was told of it: the bank's own, or a correction. That a
    # claim comes later than the bank's word on it closes nothing: it was not heard.
    await take(ward, debits_file(debit(3, 3000, DONE)))
    await hand_in(ward, change(2, 1999, payment_method=2, limit_date=None), claim(9, 200))
    left = {e.subject_id[-1] for e in await ward.rows(tables.EXCEPTIONS) if e.state == "OPEN"}
    assert left == {"2", "3", "5", "8"}


async def test_a_claim_that_was_paid_gets_its_slip_only_when_the_payment_is_taken_back(
    ward,
) -> None:
    await by_debit(ward, 1000, 2000)
    await take(ward, debits_file(debit(2, 2000)))
    await ward.run(JOB)
    answer(ward, 2)
    await ward.run("collect_lgwan")
    await hand_in(ward, change(2, 2000, payment_method=2, limit_date=None))
    (slip,) = [s for s in (await ward.ask("clerk", wire.LIST_SLIPS)).slips if s.amount_yen == 2000]
    await pays_by_app(ward, slip)
    ward.clock.instant = tokyo_time(date(2025, 8, 4), 10)
    content = debits_file(debit(2, 2000), debit(1, 1000), day=JULY)
    done = await take(ward, content)
    assert done.outcomes == {"already_by_slip": 1, "nothing_owed": 1}
    assert (await gate(ward))[1] == {"paid": 1}
    await ward.run(JOB)
    assert [kind for kind, *_ in told(ward, 3)] == [Proc.DELETE]
    answer(ward, 3)
    await ward.run("collect_lgwan")
    ward.offer_receipts(2, receipt(slip, DataType.CANCELLED))
    await ward.run("collect_leased_line")
    await ward.run(JOB)
    assert [(kind, number) for kind, number, _ in told(ward, 4)] == [
        (Proc.ADD, slip.payment_number)
    ]


async def test_the_same_bytes_again_get_the_stored_answer_and_files_are_listed_in_pages(
    ward,
) -> None:
    await by_debit(ward, 1000, 2000, 3000)
    first = debits_file(debit(2, 2000), debit(3, 3000, DONE))
    done, again = sorted(
        await asyncio.gather(take(ward, first, "system"), take(ward, first, "system")),
        key=lambda taken: taken.repeated,
    )
    assert again == await take(ward, first), "at the same time as later"
    assert again == done.model_copy(update={"repeated": True})
    assert (await ward.count(DEBIT_RESULT_FILES), await ward.count(DEBIT_RESULTS)) == (1, 2)
    other = await take(ward, debits_file(debit(2, 2000, DONE)))
    page = await ward.ask("treasury", LIST_DEBIT_RESULT_FILES, query={"limit": 1})
    (file,) = page.files
    assert (file.sha256, file.handed_in_by, file.outcomes) == (
        done.sha256,
        "system-user",
        done.outcomes,
    )
    rest = await ward.ask(
        "clerk", LIST_DEBIT_RESULT_FILES, query={"after": page.next_after, "limit": 2}
    )
    assert ([f.sha256 for f in rest.files], rest.next_after) == ([other.sha256], None)
    assert list(await results(ward, done.sha256, limit=1)) == [2]
    assert list(await results(ward, done.sha256, limit=1, after=2)) == [3]
    assert list(await results(ward, done.sha256, outcome="debited")) == [3]
    with pytest.raises(PeerRefused, match="debit_result_file_not_found"):
        await results(ward, "0" * 64)


async def test_no_debit_that_was_done_comes_to_be_payable_by_an_old_file_or_another_banks(
    ward,
) -> None:
    await by_debit(ward, 1000, 2000, 3000)
    old = debits_file(debit(2, 2000))
    await take(ward, old)
    await take(ward, debits_file(debit(2, 2000, DONE), debit(3, 3000, DONE)))
    in_lines = b"".join(old[start : start + 120] + b"\r\n" for start in range(0, len(old), 120))
    again = await take(ward, in_lines + b"\x1a")
    other = await take(ward, debits_file(debit(3, 3000), bank="0005"))
    assert [await results(ward, sha256) for sha256 in (again.sha256, other.sha256)] == [
        {2: ("for_clerk", "result", "contradicts_earlier_word", False)},
        {2: ("for_clerk", "result", "failed_after_debited", False)},
    ]
    assert await ward.run(JOB) == {}, "no slip and no key"
    twice = await take(ward, debits_file(debit(3, 3000, DONE), bank="0009"))
    assert (await results(ward, twice.sha256))[2][2] == "debited_twice"
    assert len(await ward.exceptions()) == 3


async def test_a_file_is_refused_whole_with_every_problem_and_by_who_may_not(ward) -> None:
    await by_debit(ward, 1000, 2000)
    with pytest.raises(PeerRefused) as refused:
        await take(ward, debits_file(debit(2, 2000), client_code="0000000009"))
    assert [(p["line"], p["field"], p["code"]) for p in refused.value.problems] == [
        (1, "client_code", "other_client")
    ]
    others = debits_file(debit(2, 2000), day=date(2025, 7, 4), client_code="0000000009")
    with pytest.raises(PeerRefused) as refused:
        await take(ward, others)
    assert [p["code"] for p in refused.value.problems] == ["other_client", "outside_window"]
    with pytest.raises(PeerRefused) as refused:
        await take(ward, debits_file(debit(2, 2000), day=date(2025, 7, 4)))
    assert [(p["field"], p["code"]) for p in refused.value.problems] == [
        ("debited_mmdd", "outside_window")
    ], "tomorrow's file is not one of last year"
    broken = bytearray(debits_file(debit(2, 2000), debit(2, 2000)))
    broken[120 + 111 : 120 + 112], broken[240 + 111 : 240 + 112] = b"7", b"5"
    with pytest.raises(PeerRefused) as refused:
        await take(ward, bytes(broken))
    assert [(p["line"], p["field"], p["code"]) for p in refused.value.problems][:2] == [
        (2, "result", "unknown_code"),
        (3, "result", "unknown_code"),
    ]
    assert customer(2) not in str(refused.value)
    with pytest.raises(PeerOutcomeUnknown, match="role_missing"):
        await take(ward, debits_file(debit(2, 2000)), "treasury")
    assert await ward.count(DEBIT_RESULTS) == 0


async def test_what_a_bank_said_cannot_be_unwritten(databases) -> None:
    engine = await databases.engine("ward_gateway")
    for change_ in (
        "DELETE FROM debit_results",
        "UPDATE debit_results SET outcome = outcome",
        "UPDATE debit_result_files SET sha256 = sha256",
        "TRUNCATE debit_result_files CASCADE",
    ):
        async with engine.connect() as connection:
            with pytest.raises(ProgrammingError, match="permission denied"):
                await connection.execute(text(change_))
