"""Billing data goes to the centre once, whatever happens to the question or to its answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.ward_gateway.domain.exceptions import ExceptionCode
from services.ward_gateway.store import tables
from services.ward_gateway.usecases.build_billing_file import build_billing_files
from shared.files.billing import load_billing
from shared.files.choutei import write_choutei
from shared.wire import ward_intranet as wire
from tests.integration.services.ward_gateway.conftest import TAMPER_KEY, Killed, claim

JOB = "upload_billing"


async def slip_states(ward) -> set[str]:
    return {row.state for row in await ward.rows(tables.SLIPS)}


async def upload_states(ward) -> list[tuple[int, str]]:
    rows = await ward.rows(tables.BILLING_UPLOADS)
    return sorted((row.file_sequence, row.state) for row in rows)


async def test_issued_slips_go_out_in_one_file_that_the_centre_can_read(ward) -> None:
    slips = await ward.with_slips(1000, 400_000)
    counts = await ward.run(JOB)
    assert (counts["files_accepted"], counts["slips_sent"]) == (1, 2)
    loaded = load_billing(ward.centre.billing[1], TAMPER_KEY)
    assert loaded.problems == []
    assert loaded.header.file_sequence == 1
    assert [record.payment_number for record in loaded.records] == [
        slip.payment_number for slip in slips
    ]
    assert [record.confirmation_number for record in loaded.records] == [
        slip.confirmation_number for slip in slips
    ]
    assert [record.payer_name_kana for record in loaded.records] == ["ﾀﾛｳ", "ﾀﾛｳ"]
    assert await slip_states(ward) == {"SENT"}
    assert dict(await ward.run(JOB)) == {}


async def test_a_lost_answer_is_asked_for_and_nothing_is_sent_twice(ward) -> None:
    await ward.with_slips(1000)
    ward.network.plan("POST /billing-files", "answer_lost")
    await ward.run(JOB)
    sent = [call for call in ward.network.calls if call.path == "/billing-files"]
    asked = [call for call in ward.network.calls if call.path == "/billing-files/13104/1"]
    assert (len(sent), len(asked)) == (1, 1)
    assert await upload_states(ward) == [(1, "ACCEPTED")]


@pytest.mark.parametrize("kind", ["question_lost", "peer_down", "overloaded", "repeated"])
async def test_a_question_that_was_lost_is_sent_again_with_the_same_number(ward, kind) -> None:
    await ward.with_slips(1000)
    ward.network.plan("POST /billing-files", kind)
    await ward.run(JOB)
    assert await upload_states(ward) == [(1, "ACCEPTED")]
    assert list(ward.centre.billing) == [1]


async def test_silence_stays_open_and_the_next_run_asks_before_it_sends(ward) -> None:
    await ward.with_slips(1000)
    ward.network.plan("POST /billing-files", "answer_lost")
    ward.network.plan("GET /billing-files", "question_lost", times=99)
    counts = await ward.run(JOB)
    assert counts["unanswered"] >= 1
    assert await upload_states(ward) == [(1, "SENT")]
    assert await slip_states(ward) == {"ISSUED"}
    ward.network.mishaps.clear()
    ward.network.calls.clear()
    await ward.run(JOB)
    assert [call.path for call in ward.network.calls if "billing" in call.path] == [
        "/billing-files/13104/1"
    ]
    assert await slip_states(ward) == {"SENT"}


@pytest.mark.parametrize("before", [False, True])
async def test_a_process_that_dies_at_any_commit_sends_each_slip_once(ward, before) -> None:
    for number in (1, 2, 3, 4):  # planned, built, sent, accepted
        row = claim(1, 1000, notice_number=f"{number:09d}")
        await ward.take(write_choutei([row]), 1, 1000)
        await ward.ask("clerk", wire.ISSUE_SLIPS, wire.IssueSlips(fiscal_year=2025))
        commits = number - 1 if before else number
        with pytest.raises(Killed):
            await ward.upload(ward.dies(after_commits=commits, before=before))
        await ward.run(JOB)
    assert await upload_states(ward) == [(n, "ACCEPTED") for n in (1, 2, 3, 4)]
    sent = [load_billing(content, TAMPER_KEY).records for content in ward.centre.billing.values()]
    assert [record.notice_number for records in sent for record in records] == [
        "000000001",
        "000000002",
        "000000003",
        "000000004",
    ]
    assert await slip_states(ward) == {"SENT"}


async def test_a_refused_file_is_an_exception_and_its_number_is_used_again(ward) -> None:
    await ward.with_slips(1000)
    ward.centre.refuse_billing_with = "file_refused"
    counts = await ward.run(JOB)
    assert counts["files_refused"] == 1
    assert await ward.exceptions() == ["billing_file_refused"]
    assert await slip_states(ward) == {"ISSUED"}
    async with ward.resources.open_unit_of_work() as work:
        assert await work.billing_uploads.last_sequence() == 0


async def test_many_slips_are_cut_into_files_with_rising_numbers(ward) -> None:
    await ward.with_slips(1000, 2000, 3000)
    await ward.run("plan_billing")
    building = replace(ward.resources.building("clerk-user"), records_per_file=2)
    assert await build_billing_files(building) == {"files_built": 2}
    counts = await ward.run(JOB)
    assert counts["files_accepted"] == 2
    assert await upload_states(ward) == [(1, "ACCEPTED"), (2, "ACCEPTED")]


async def test_a_file_that_was_released_while_it_was_told_of_is_told_of_no_more(ward) -> None:
    await ward.with_slips(1000)
    await ward.run(JOB)
    (upload,) = await ward.rows(tables.BILLING_UPLOADS)
    assert upload.state == "ACCEPTED"
    async with ward.resources.open_unit_of_work() as work:  # it read the file as waiting still
        code = ExceptionCode.UPLOAD_WAITS_FOR_RELEASE
        await work.exceptions.open(code, "billing_upload", upload.id, upload.total_yen, "")
        await work.commit()
    await ward.run(JOB)
    assert await ward.exceptions() == []
