"""Nothing leaves the LGWAN terminal before a second person has looked at it and let it go."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from services.ward_gateway.jobs.registry import JOBS
from services.ward_gateway.jobs.upload import send_released
from services.ward_gateway.store import tables
from services.ward_gateway.store.billing_order_tables import BILLING_ORDERS
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.build_billing_file import build_billing_files
from services.ward_gateway.usecases.upload_billing import ReleasedBytesDiffer
from services.ward_gateway.usecases.withdraw_upload import withdraw_upload
from shared.files.billing import load_billing
from shared.files.billing_results import write_billing_results
from shared.files.codes import Proc
from shared.kit.clock import tokyo_time
from shared.kit.ids import new_id
from shared.kit.jobs import run_job
from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from shared.wire.billing_releases import (
    LIST_UPLOADS,
    PREPARE_UPLOADS,
    RELEASE_UPLOAD,
    WITHDRAW_UPLOAD,
    ReleaseUpload,
)
from tests.integration.services.ward_gateway.centre_answers import (
    JOB,
    answer,
    pays_by_app,
    result_row,
    states,
    told,
)
from tests.integration.services.ward_gateway.conftest import SECOND_USER, TAMPER_KEY
from tests.integration.services.ward_gateway.corrected_claims import cancel, hand_in


async def uploads(ward, **query) -> list:
    page = await ward.ask("clerk", LIST_UPLOADS, query=query)
    return sorted(page.uploads, key=lambda upload: upload.file_sequence)


async def prepared(ward, *amounts: int, by: str = "clerk") -> object:
    """Let a clerk prepare a file of new slips, and return it as it is listed."""
    await ward.with_slips(*amounts)
    assert (await ward.ask(by, PREPARE_UPLOADS)).files_built == 1
    (upload,) = await uploads(ward)
    return upload


async def release(ward, upload, by: str = "second_clerk", sha256: str | None = None):
    body = ReleaseUpload(sha256=sha256 or upload.sha256)
    return await ward.ask(by, RELEASE_UPLOAD, body, upload_id=upload.upload_id)


async def withdraw(ward, upload):
    return await ward.ask("clerk", WITHDRAW_UPLOAD, upload_id=upload.upload_id)


async def send(ward) -> dict[str, int]:
    """Run the sending job alone: nobody prepares or releases anything."""
    return dict(await run_job(JOBS[JOB], ward.resources, ward.engine))


async def upload_states(ward) -> list[tuple[int, str]]:
    return sorted((row.file_sequence, row.state) for row in await ward.rows(tables.BILLING_UPLOADS))


async def change(ward, sql: str) -> None:
    async with ward.engine.begin() as connection:
        await connection.execute(text(sql))


async def test_nobody_releases_what_he_has_prepared(ward) -> None:
    upload = await prepared(ward, 1000, 2000)
    assert (upload.state, upload.file_sequence) == ("BUILT", 1)
    assert (upload.adds, upload.changes, upload.deletes, int(upload.total_yen)) == (2, 0, 0, 3000)
    assert (upload.prepared_by, upload.released_by, upload.sent_at) == ("clerk-user", None, None)
    with pytest.raises(PeerRefused, match="released_by_same_person"):
        await release(ward, upload, by="clerk")
    with pytest.raises(PeerOutcomeUnknown, match="role_missing"):
        await release(ward, upload, by="treasury")
    with pytest.raises(PeerRefused, match="upload_not_found"):
        await ward.ask(
            "second_clerk", RELEASE_UPLOAD, ReleaseUpload(sha256="0" * 64), upload_id=new_id()
        )
    released = await release(ward, upload)
    assert (released.state, released.released_by) == ("RELEASED", SECOND_USER)
    assert released.released_at == ward.clock.instant
    assert await release(ward, upload) == released, "once more does nothing"
    with pytest.raises(IntegrityError, match="second_person"):
        await change(ward, "UPDATE billing_uploads SET prepared_by = released_by")
    await send(ward)
    (sent,) = await uploads(ward, state="ACCEPTED")
    assert sent.sent_at == ward.clock.instant
    assert await uploads(ward, state="BUILT") == []


async def test_an_unreleased_file_never_leaves(ward) -> None:
    upload = await prepared(ward, 1000)
    await run_job(JOBS["prepare_billing"], ward.resources, ward.engine)
    assert await send(ward) == {}
    with pytest.raises(IntegrityError, match="nothing_unreleased"):
        await change(ward, "UPDATE billing_uploads SET state = 'SENT'")
    assert ward.centre.billing == {}
    assert await ward.exceptions() == []
    ward.clock.instant = tokyo_time(ward.clock.today(), 16, 30)
    assert (await send(ward))["waiting_for_release"] == 1
    assert await send(ward) == {"waiting_for_release": 0}, "it was told"
    assert await ward.exceptions() == ["upload_waits_for_release"]
    await release(ward, upload)
    assert await ward.exceptions() == []
    await send(ward)
    assert list(ward.centre.billing) == [1]


async def test_what_the_job_prepares_is_prepared_by_the_terminals_user(ward) -> None:
    await ward.with_slips(1000)
    await run_job(JOBS["prepare_billing"], ward.resources, ward.engine)
    (upload,) = await uploads(ward)
    assert upload.prepared_by == "terminal-01"
    assert (await release(ward, upload, by="clerk")).released_by == "clerk-user"
    with pytest.raises(PeerRefused, match="upload_not_waiting"):
        await release(ward, upload)


async def test_a_release_names_the_bytes_it_saw(ward) -> None:
    upload = await prepared(ward, 1000)
    with pytest.raises(PeerRefused, match="file_hash_differs"):
        await release(ward, upload, sha256="0" * 64)
    await release(ward, upload)
    with pytest.raises(IntegrityError, match="released_as_seen"):
        await change(ward, "UPDATE billing_uploads SET sha256 = repeat('0', 64)")
    await change(ward, "UPDATE billing_uploads SET content = content || ' '")
    with pytest.raises(ReleasedBytesDiffer):
        await send(ward)
    assert ward.centre.billing == {}
    assert await upload_states(ward) == [(1, "RELEASED")]


async def test_a_lost_answer_needs_no_second_release(ward) -> None:
    upload = await prepared(ward, 1000)
    await release(ward, upload)
    ward.network.plan("POST /billing-files", "question_lost", times=99)
    await send(ward)
    assert await upload_states(ward) == [(1, "RELEASED")]
    ward.network.mishaps.clear()
    ward.network.plan("POST /billing-files", "answer_lost")
    ward.network.plan("GET /billing-files", "question_lost", times=99)
    await send(ward)
    assert await upload_states(ward) == [(1, "SENT")]
    ward.network.mishaps.clear()
    await send(ward)
    assert await upload_states(ward) == [(1, "ACCEPTED")]
    assert list(ward.centre.billing) == [1]


async def test_a_withdrawn_file_gives_its_number_back(ward) -> None:
    slips = await ward.with_slips(1000, 2000)
    await ward.ask("clerk", PREPARE_UPLOADS)
    (first,) = await uploads(ward)
    await release(ward, first)
    await pays_by_app(ward, slips[0])
    withdrawn = await withdraw(ward, first)
    assert (withdrawn.state, withdrawn.adds, withdrawn.record_count) == ("WITHDRAWN", 0, 2)
    assert await withdraw(ward, first) == withdrawn, "once more does nothing"
    with pytest.raises(PeerRefused, match="upload_not_waiting"):
        await release(ward, first)
    assert await send(ward) == {}
    assert {order.billing_upload_id for order in await ward.rows(BILLING_ORDERS)} == {None}
    await ward.run(JOB)
    assert await upload_states(ward) == [(1, "ACCEPTED"), (1, "WITHDRAWN")]
    assert told(ward, 1) == [(Proc.ADD, slips[1].payment_number, None)], "the other one is paid"
    answer(ward, 1)
    await ward.run("collect_lgwan")
    assert await states(ward) == {"1": "CLOSED", "2": "HELD"}
    assert await ward.exceptions() == []


async def test_a_file_with_a_cancelled_claims_key_is_not_released_but_built_anew(
    ward,
) -> None:
    upload = await prepared(ward, 1000, 2000)
    assert upload.unwanted == 0
    await hand_in(ward, cancel(1))
    (seen,) = await uploads(ward)
    assert (seen.unwanted, seen.adds) == (1, 2)
    with pytest.raises(PeerRefused, match="upload_holds_unwanted"):
        await release(ward, upload)
    counts = await run_job(JOBS["prepare_billing"], ward.resources, ward.engine)
    assert (counts["files_withdrawn"], counts["files_built"]) == (1, 1)
    again = await run_job(JOBS["prepare_billing"], ward.resources, ward.engine)
    assert dict(again) == {}, "what is wanted waits"
    await ward.release()
    await send(ward)
    (record,) = told(ward, 1)
    kept = {slip.notice_number[-1]: slip for slip in await ward.rows(tables.SLIPS)}
    assert record == (Proc.ADD, kept["2"].payment_number, None)
    assert {n: slip.state for n, slip in kept.items()} == {"1": "CLOSED", "2": "SENT"}
    assert await upload_states(ward) == [(1, "ACCEPTED"), (1, "WITHDRAWN")]


async def test_files_after_one_that_holds_what_is_unwanted_go_with_it(ward) -> None:
    await ward.with_slips(1000, 2000, 3000)
    await ward.run("plan_billing")
    building = replace(ward.resources.building("clerk-user"), records_per_file=1)
    await build_billing_files(building)
    await hand_in(ward, cancel(2))
    assert [one.unwanted for one in await uploads(ward)] == [0, 1, 0]
    counts = await run_job(JOBS["prepare_billing"], ward.resources, ward.engine)
    assert (counts["files_withdrawn"], counts["files_built"]) == (2, 1)
    assert [one.state for one in await uploads(ward)].count("BUILT") == 2


async def test_only_the_last_file_is_withdrawn_so_that_no_number_is_missing(ward) -> None:
    await ward.with_slips(1000, 2000)
    await ward.run("plan_billing")
    building = replace(ward.resources.building("clerk-user"), records_per_file=1)
    await build_billing_files(building)
    first, second = await uploads(ward)
    with pytest.raises(PeerRefused, match="later_upload_built"):
        await withdraw(ward, first)
    await release(ward, second)
    assert await send(ward) == {}, "a later file does not overtake"
    await withdraw(ward, second)
    await withdraw(ward, first)
    await ward.run(JOB)
    assert list(ward.centre.billing) == [1]


async def test_a_file_that_has_left_is_never_withdrawn(ward) -> None:
    upload = await prepared(ward, 1000)
    await release(ward, upload)
    ward.network.plan("POST /billing-files", "peer_down", times=99)
    await send(ward)
    assert await upload_states(ward) == [(1, "RELEASED")], "as far as the ward knows"
    with pytest.raises(PeerRefused, match="upload_was_sent"):
        await withdraw(ward, upload)
    with pytest.raises(IntegrityError, match="sent_is_not_withdrawn"):
        await change(ward, "UPDATE billing_uploads SET state = 'WITHDRAWN'")
    ward.network.mishaps.clear()
    await send(ward)
    with pytest.raises(PeerRefused, match="upload_was_sent"):
        await withdraw(ward, upload)


async def test_a_file_that_is_withdrawn_just_before_it_leaves_stays(ward) -> None:
    upload = await prepared(ward, 1000)
    await release(ward, upload)
    opened = ward.resources.open_unit_of_work
    turns = iter(["tells what waits", "reads the file", "marks it sent", "reads it again", "ends"])
    done = []

    class Slow(UnitOfWork):
        async def __aenter__(self) -> UnitOfWork:
            done.append(next(turns))
            if done[-1] == "marks it sent":
                await withdraw_upload(opened, upload.upload_id)
            return await super().__aenter__()

    made = replace(ward.resources, open_unit_of_work=partial(Slow, ward.engine, ward.clock))
    assert dict(await send_released(made)) == {}
    assert done[-1] == "ends"
    assert ward.centre.billing == {}
    assert await upload_states(ward) == [(1, "WITHDRAWN")]


async def test_files_after_a_refused_one_are_built_anew(ward) -> None:
    slips = await ward.with_slips(1000, 2000, 3000)
    await ward.run("plan_billing")
    building = replace(ward.resources.building("clerk-user"), records_per_file=1)
    await build_billing_files(building)
    await ward.release()
    ward.centre.refuse_billing_with = "file_refused"
    counts = await send(ward)
    assert (counts["files_refused"], counts["files_withdrawn"]) == (1, 2)
    assert await upload_states(ward) == [(1, "REFUSED"), (2, "WITHDRAWN"), (3, "WITHDRAWN")]
    assert await ward.exceptions() == ["billing_file_refused"]
    ward.centre.refuse_billing_with = None
    await ward.run(JOB)
    adds = [(Proc.ADD, slip.payment_number, None) for slip in slips[1:]]
    assert told(ward, 1) == adds, "the refused one waits for a clerk"


async def test_an_answer_to_a_file_that_never_left_means_nothing_of_ours(ward) -> None:
    upload = await prepared(ward, 1000)
    await release(ward, upload)
    (row,) = await ward.rows(tables.BILLING_UPLOADS)
    record = load_billing(row.content, TAMPER_KEY).records[0]
    ward.centre.offer(
        "billing_result", 1, write_billing_results([result_row(ward, record, 1)]), 1, 0
    )
    await ward.run("collect_lgwan")
    assert await ward.exceptions() == ["billing_result_unmatched"]
    assert await upload_states(ward) == [(1, "RELEASED")]
