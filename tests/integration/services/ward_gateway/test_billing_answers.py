"""The centre's answers to billing records are believed, whatever they say and whenever."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.ward_gateway.store import tables
from services.ward_gateway.store.billing_order_tables import BILLING_ORDERS
from shared.files.billing_results import write_billing_results
from shared.files.codes import DataType, Proc
from shared.kit.ids import new_id
from shared.kit.peer import PeerRefused
from shared.wire.mailing_gate import RETRY_SLIP
from tests.integration.services.ward_gateway.centre_answers import (
    JOB,
    answer,
    owed,
    pays_by_app,
    result_row,
    sent_records,
    slips_at_centre,
    states,
    told,
)
from tests.integration.services.ward_gateway.conftest import receipt
from tests.integration.services.ward_gateway.corrected_claims import cancel, hand_in


async def test_a_result_that_comes_before_the_uploads_answer_is_not_lost(ward) -> None:
    await ward.with_slips(1000, 2000)
    ward.network.plan("POST /billing-files", "answer_lost")
    ward.network.plan("GET /billing-files", "question_lost", times=99)
    await ward.run(JOB)
    assert await states(ward) == {"1": "ISSUED", "2": "ISSUED"}
    answer(ward, 1, r2="E110")
    await ward.run("collect_lgwan")
    assert await states(ward) == {"1": "HELD", "2": "REFUSED"}
    (upload,) = await ward.rows(tables.BILLING_UPLOADS)
    assert upload.state == "ACCEPTED"
    ward.network.mishaps.clear()
    assert dict(await ward.run(JOB)) == {}
    assert await states(ward) == {"1": "HELD", "2": "REFUSED"}


async def test_a_result_of_a_file_that_was_thought_never_to_have_left_is_not_lost(ward) -> None:
    await ward.with_slips(1000)
    ward.network.plan("POST /billing-files", "peer_down", times=99)
    await ward.run(JOB)
    (upload,) = await ward.rows(tables.BILLING_UPLOADS)
    assert upload.state == "RELEASED"
    ward.centre.billing[1] = upload.content
    answer(ward, 1)
    await ward.run("collect_lgwan")
    assert await states(ward) == {"1": "HELD"}
    ward.network.mishaps.clear()
    assert dict(await ward.run(JOB)) == {}
    (upload,) = await ward.rows(tables.BILLING_UPLOADS)
    assert upload.state == "ACCEPTED"


async def test_a_refused_change_is_an_exception_and_waits_for_a_clerk(ward) -> None:
    (slip,) = await slips_at_centre(ward, 1000)
    await owed(ward, "UPDATE assessments SET payer_name_kana = 'ﾊﾅｺ'")
    await ward.run(JOB)
    answer(ward, 2, r1="E190")
    await ward.run("collect_lgwan")
    assert await ward.exceptions() == ["billing_record_refused"]
    assert await states(ward) == {"1": "HELD"}
    assert await ward.run(JOB) == {}
    retried = await ward.ask("clerk", RETRY_SLIP, slip_id=slip.slip_id)
    assert retried.asked == "change"
    await ward.run(JOB)
    assert [record.payer_name_kana for record in sent_records(ward, 3)] == ["ﾊﾅｺ"]
    answer(ward, 3)
    await ward.run("collect_lgwan")
    assert await ward.exceptions() == []


async def test_a_change_of_a_key_that_the_centre_does_not_know_makes_the_ward_add_it(ward) -> None:
    (slip,) = await slips_at_centre(ward, 1000)
    await owed(ward, "UPDATE assessments SET payer_name_kana = 'ﾊﾅｺ'")
    await ward.run(JOB)
    answer(ward, 2, r1="E120")
    await ward.run("collect_lgwan")
    assert await ward.exceptions() == ["billing_record_refused"]
    assert await states(ward) == {"1": "CLOSED"}
    await ward.ask("clerk", RETRY_SLIP, slip_id=slip.slip_id)
    await ward.run(JOB)
    assert told(ward, 3) == [(Proc.ADD, slip.payment_number, None)]


async def test_a_live_key_is_ours_if_we_told_the_very_same_before(ward) -> None:
    (slip,) = await slips_at_centre(ward, 1000)
    await pays_by_app(ward, slip)
    await ward.run(JOB)
    answer(ward, 2)
    await ward.run("collect_lgwan")
    ward.offer_receipts(2, receipt(slip, DataType.CANCELLED))
    await ward.run("collect_leased_line")
    await ward.run(JOB)
    answer(ward, 3, r1="E110")
    await ward.run("collect_lgwan")
    assert await states(ward) == {"1": "HELD"}
    assert await ward.exceptions() == ["preliminary_cancelled"]


async def test_a_clerk_lets_a_refused_slip_be_sent_again(ward) -> None:
    (slip,) = await ward.with_slips(1000)
    await ward.run(JOB)
    with pytest.raises(PeerRefused, match="slip_not_refused"):
        await ward.ask("clerk", RETRY_SLIP, slip_id=slip.slip_id)
    with pytest.raises(PeerRefused, match="slip_not_found"):
        await ward.ask("clerk", RETRY_SLIP, slip_id=new_id())
    answer(ward, 1, r1="E110")
    await ward.run("collect_lgwan")
    assert await states(ward) == {"1": "REFUSED"}
    assert dict(await ward.run(JOB)) == {}, "nobody has looked at it"
    await ward.ask("clerk", RETRY_SLIP, slip_id=slip.slip_id)
    await ward.run(JOB)
    assert await states(ward) == {"1": "SENT"}
    answer(ward, 2)
    await ward.run("collect_lgwan")
    assert await states(ward) == {"1": "HELD"}
    assert await ward.exceptions() == []


async def test_a_slip_of_a_refused_file_is_sent_again_when_a_clerk_says_so(ward) -> None:
    (slip,) = await ward.with_slips(1000)
    ward.centre.refuse_billing_with = "file_refused"
    await ward.run(JOB)
    ward.centre.refuse_billing_with = None
    assert dict(await ward.run(JOB)) == {}
    await ward.ask("clerk", RETRY_SLIP, slip_id=slip.slip_id)
    await ward.run(JOB)
    assert told(ward, 1) == [(Proc.ADD, slip.payment_number, None)]
    assert await states(ward) == {"1": "SENT"}


async def test_an_order_of_a_refused_file_ends_when_its_claim_is_cancelled(ward) -> None:
    (slip,) = await ward.with_slips(1000)
    ward.centre.refuse_billing_with = "file_refused"
    await ward.run(JOB)
    ward.centre.refuse_billing_with = None
    await hand_in(ward, cancel(1))
    counts = await ward.run("plan_billing")
    assert (counts["orders_given_up"], counts["slips_never_sent"]) == (1, 1)
    assert dict(await ward.run("plan_billing")) == {}
    (order,) = await ward.rows(BILLING_ORDERS)
    assert order.outcome == "refused"
    assert await states(ward) == {"1": "CLOSED"}
    with pytest.raises(PeerRefused, match="slip_not_refused"):
        await ward.ask("clerk", RETRY_SLIP, slip_id=slip.slip_id)


@pytest.mark.parametrize(
    "change", [{"record_seq": 2}, {"proc": Proc.DELETE}, {"payment_number": "1" * 18}]
)
async def test_an_answer_to_nothing_of_ours_is_an_exception_and_moves_nothing(ward, change) -> None:
    await ward.with_slips(1000)
    await ward.run(JOB)
    row = result_row(ward, sent_records(ward, 1)[0], 1)
    rows = [row, replace(row, record_seq=2)] if "record_seq" in change else [replace(row, **change)]
    ward.centre.offer("billing_result", 1, write_billing_results(rows), len(rows), 0)
    await ward.run("collect_lgwan")
    assert await ward.exceptions() == ["billing_result_unmatched"]
    assert await states(ward) == {"1": "HELD" if len(rows) == 2 else "SENT"}


async def test_a_result_of_a_file_that_we_never_made_is_an_exception(ward) -> None:
    await ward.with_slips(1000)
    await ward.run(JOB)
    row = result_row(ward, sent_records(ward, 1)[0], 9)
    ward.centre.offer("billing_result", 1, write_billing_results([row]), 1, 0)
    await ward.run("collect_lgwan")
    assert await ward.exceptions() == ["billing_result_unmatched"]
