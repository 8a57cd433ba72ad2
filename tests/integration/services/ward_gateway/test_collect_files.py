"""The terminals' day: every step, a crash between any two, gaps, repeats and refused files."""

from __future__ import annotations

import pytest

from services.ward_gateway.domain.intakes import IntakeState
from services.ward_gateway.jobs.collect import collect_leased_line
from services.ward_gateway.store import tables
from services.ward_gateway.usecases import collect_files
from shared.files.codes import DataType
from shared.keys.channels import Channel
from shared.kit.peer import PeerOutcomeUnknown
from shared.wire import ward_intranet as wire
from tests.integration.services.ward_gateway.conftest import Killed, receipt, receipts_file

JOB = "collect_leased_line"
# Listed, collected, checked, handed over, registered, erased, acknowledged.
COMMITS_OF_A_FILE = 7


async def states(ward) -> list[str]:
    rows = await ward.rows(tables.INTAKES)
    return [row.state for row in sorted(rows, key=lambda row: row.sequence)]


async def test_a_file_goes_the_whole_way_and_its_copy_is_gone(ward) -> None:
    slips = await ward.with_slips(1000, 2000)
    file_id = ward.offer_receipts(1, receipt(slips[0]), receipt(slips[1]))
    counts = await ward.run(JOB)
    assert (counts["registered"], counts["receipts_added"], counts["acknowledged"]) == (1, 2, 1)
    assert ward.provider.acknowledged == [file_id]
    intake = (await ward.ask("clerk", wire.LIST_INTAKES)).intakes[0]
    assert (intake.state, intake.kind, intake.sequence) == (
        "ACKNOWLEDGED",
        "receipts_mobile_banking",
        1,
    )
    assert None not in (intake.collected_at, intake.registered_at, intake.erased_at)
    erased = await ward.rows(tables.ERASURES)
    assert [(row.intake_id, row.sha256) for row in erased] == [(intake.intake_id, intake.sha256)]
    assert ward.copies() == []
    paid = await ward.ask("clerk", wire.LIST_SLIPS, query={"unpaid": "true"})
    assert paid.slips == ()


async def test_every_step_stands_in_the_history_and_the_hand_over_says_who(ward) -> None:
    slips = await ward.with_slips(1000)
    ward.offer_receipts(1, receipt(slips[0]))
    await ward.run(JOB)
    history = tables.FOUNDATION.journal.history
    events = [row.event for row in await ward.rows(history) if row.record == "intakes"]
    assert events == [
        "file_listed",
        "file_collected",
        "file_checked",
        "file_handed_over",
        "file_registered",
        "temporary_copy_erased",
        "file_acknowledged",
    ]
    audit = await ward.rows(tables.FOUNDATION.journal.audit)
    (note,) = [row for row in audit if row.action == "file_handed_over" and row.details]
    assert note.details["user"] == "terminal-01"
    assert len(note.details["sha256"]) == 64


async def test_both_log_ins_are_used_again_while_they_live(ward) -> None:
    slips = await ward.with_slips(1000, 2000)
    ward.offer_receipts(1, receipt(slips[0]))
    await ward.run(JOB)
    ward.offer_receipts(2, receipt(slips[1]))
    await ward.run(JOB)
    assert ward.provider.log_ins == ["session", "reception"]


async def test_the_copy_has_mode_600_while_it_stands(ward) -> None:
    slips = await ward.with_slips(1000)
    ward.offer_receipts(1, receipt(slips[0]))
    with pytest.raises(Killed):
        await collect_leased_line(ward.dies(after_commits=2))
    assert [oct(path.stat().st_mode & 0o777) for path in ward.copies()] == ["0o600"]
    assert await states(ward) == ["COLLECTED"]


@pytest.mark.parametrize("before", [False, True])
async def test_a_process_that_dies_at_any_commit_loses_and_doubles_nothing(ward, before) -> None:
    slips = await ward.with_slips(*(1000 + n for n in range(COMMITS_OF_A_FILE)))
    for commits, slip in enumerate(slips, start=0 if before else 1):
        ward.offer_receipts(len(ward.provider.files) + 1, receipt(slip))
        with pytest.raises(Killed):
            await collect_leased_line(ward.dies(after_commits=commits, before=before))
        await ward.run(JOB)
        assert ward.copies() == []
    assert await states(ward) == ["ACKNOWLEDGED"] * COMMITS_OF_A_FILE
    assert await ward.count(tables.RECEIPTS) == COMMITS_OF_A_FILE
    assert await ward.count(tables.CLEARINGS) == COMMITS_OF_A_FILE
    assert len(ward.provider.acknowledged) == COMMITS_OF_A_FILE
    erased = {row.intake_id for row in await ward.rows(tables.ERASURES)}
    assert len(erased) == COMMITS_OF_A_FILE


async def test_a_start_finishes_what_was_collected_without_asking_anybody(ward) -> None:
    slips = await ward.with_slips(1000)
    ward.offer_receipts(1, receipt(slips[0]))
    with pytest.raises(Killed):
        await collect_leased_line(ward.dies(after_commits=2))
    ward.network.calls.clear()
    await ward.start_again()
    assert ward.network.calls == []
    assert await states(ward) == ["ERASED"]
    assert await ward.count(tables.RECEIPTS) == 1
    assert ward.copies() == []
    await ward.run(JOB)
    assert await states(ward) == ["ACKNOWLEDGED"]


async def test_a_copy_that_no_intake_knows_is_erased_with_a_row(ward) -> None:
    folder = ward.folder / "copies-leased_line"
    folder.mkdir()
    (folder / "stranger.copy").write_bytes(b"1234")
    await ward.start_again()
    assert ward.copies() == []
    rows = await ward.rows(tables.ERASURES)
    assert [(row.intake_id, row.file_name) for row in rows] == [(None, "stranger.copy")]


async def test_a_copy_that_is_lost_is_collected_again(ward) -> None:
    slips = await ward.with_slips(1000)
    ward.offer_receipts(1, receipt(slips[0]))
    with pytest.raises(Killed):
        await collect_leased_line(ward.dies(after_commits=2))
    for path in ward.copies():
        path.unlink()
    await ward.run(JOB)
    assert await states(ward) == ["ACKNOWLEDGED"]
    assert await ward.count(tables.RECEIPTS) == 1


async def test_a_file_before_its_turn_waits_and_follows_when_the_missing_one_comes(ward) -> None:
    slips = await ward.with_slips(1000, 2000, 3000)
    ward.offer_receipts(1, receipt(slips[0]))
    ward.offer_receipts(3, receipt(slips[2]))
    await ward.run(JOB)
    assert await states(ward) == ["ACKNOWLEDGED", "WAITING"]
    assert await ward.exceptions() == ["file_sequence_gap"]
    await ward.run(JOB)
    assert await ward.count(tables.RECEIPTS) == 1
    ward.offer_receipts(2, receipt(slips[1]))
    await ward.run(JOB)
    assert await states(ward) == ["ACKNOWLEDGED"] * 3
    assert await ward.exceptions() == []
    assert len(ward.provider.acknowledged) == 3


async def test_a_number_that_comes_again_with_other_bytes_is_refused(ward) -> None:
    slips = await ward.with_slips(1000, 2000)
    ward.offer_receipts(1, receipt(slips[0]))
    await ward.run(JOB)
    ward.offer_receipts(1, receipt(slips[1]))
    await ward.run(JOB)
    assert sorted(await states(ward)) == ["ACKNOWLEDGED", "REFUSED"]
    assert await ward.count(tables.RECEIPTS) == 1
    assert await ward.exceptions() == ["file_refused"]


async def test_the_same_bytes_under_another_id_change_nothing(ward) -> None:
    slips = await ward.with_slips(1000)
    ward.offer_receipts(1, receipt(slips[0]))
    await ward.run(JOB)
    ward.offer_receipts(1, receipt(slips[0]))
    counts = await ward.run(JOB)
    assert counts["receipts_duplicate"] == 1
    assert await states(ward) == ["ACKNOWLEDGED"] * 2
    assert await ward.count(tables.RECEIPTS) == 1


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"record_count": 2}, "count_differs_from_list"),
        ({"total_yen": 999}, "total_differs_from_list"),
        ({"sha256": "0" * 64}, "hash_differs_from_list"),
        ({"size_bytes": 1}, "size_differs_from_list"),
        ({"sequence": 2}, "number_differs_from_list"),
        ({"kind": "receipts_mobile_credit"}, "not_the_listed_kind"),
        ({"kind": "love_letter"}, "kind_unknown"),
    ],
)
async def test_a_file_that_is_not_what_its_list_says_is_refused_whole(ward, said, code) -> None:
    slips = await ward.with_slips(1000)
    ward.offer_receipts(1, receipt(slips[0]), **said)
    counts = await ward.run(JOB)
    (intake,) = await ward.rows(tables.INTAKES)
    assert counts["refused"] == 1
    assert intake.state == "REFUSED"
    assert [problem.rpartition(": ")[2] for problem in intake.problems] == [code]
    assert await ward.count(tables.RECEIPTS) == 0
    assert await ward.exceptions() == ["file_refused"]
    assert ward.provider.acknowledged == []
    assert ward.copies() == []
    assert await ward.count(tables.ERASURES) == 1


async def test_a_refused_file_keeps_all_its_problems_without_a_value(ward) -> None:
    slips = await ward.with_slips(1000, 2000)
    content = receipts_file(1, [receipt(slips[0]), receipt(slips[1])])
    broken = content.replace(b"20250610", b"20250631").replace(b"\r\n8000002", b"\r\n8000003")
    ward.provider.offer("receipts_mobile_banking", 1, broken, 2, 3000)
    await ward.run(JOB)
    (intake,) = await ward.rows(tables.INTAKES)
    codes = [problem.rpartition(": ")[2] for problem in intake.problems]
    assert codes.count("not_a_date") == 2
    assert "count_mismatch" in codes
    assert slips[0].barcode not in str(intake.problems)


async def test_another_wards_file_is_refused(ward) -> None:
    slips = await ward.with_slips(1000)
    content = receipts_file(1, [receipt(slips[0])], company_code="00002")
    ward.provider.offer("receipts_mobile_banking", 1, content, 1, 1000)
    await ward.run(JOB)
    (intake,) = await ward.rows(tables.INTAKES)
    assert intake.problems == ["line 1 header company_code: not_this_ward"]


async def test_another_towns_file_is_never_collected(ward) -> None:
    slips = await ward.with_slips(1000)
    ward.offer_receipts(1, receipt(slips[0]), municipality="131059")
    assert await ward.run(JOB) == {"not_ours": 1}
    assert await ward.count(tables.INTAKES) == 0
    assert ward.provider.log_ins == ["session"]


@pytest.mark.parametrize("kind", ["peer_down", "answer_lost", "question_lost", "overloaded"])
@pytest.mark.parametrize(
    "arrow", ["GET /files$", "GET .*/content", "POST .*/acknowledgement", "POST /sessions"]
)
async def test_a_partner_that_does_not_answer_is_asked_by_the_next_run(ward, arrow, kind) -> None:
    slips = await ward.with_slips(1000)
    ward.offer_receipts(1, receipt(slips[0]))
    ward.network.plan(arrow, kind)
    counts = await ward.run(JOB)
    assert counts["unanswered"] == 1
    await ward.run(JOB)
    assert await states(ward) == ["ACKNOWLEDGED"]
    assert await ward.count(tables.RECEIPTS) == 1


async def test_a_cancellation_in_the_same_file_as_its_receipt_leaves_nothing_paid(ward) -> None:
    slips = await ward.with_slips(1000)
    ward.offer_receipts(1, receipt(slips[0]), receipt(slips[0], DataType.CANCELLED))
    await ward.run(JOB)
    (row,) = await ward.rows(tables.RECEIPTS)
    assert row.state == "CANCELLED"
    assert await ward.count(tables.CLEARINGS) == 0
    assert await ward.exceptions() == ["preliminary_cancelled"]


async def test_nobody_comes_in_from_the_leased_line(ward) -> None:
    stranger = ward.network.client("ward-131041-terminal-01", "ward_gateway", "intranet")
    with pytest.raises(PeerOutcomeUnknown, match="403 caller_not_admitted"):
        await stranger.ask(wire.LIST_INTAKES, token="none")
    assert IntakeState.LISTED.value not in await states(ward)


async def test_one_file_that_cannot_be_walked_on_does_not_stop_the_others(
    ward, monkeypatch
) -> None:
    slips = await ward.with_slips(1000, 2000)
    ward.offer_receipts(1, receipt(slips[0]))
    by_card = receipt(slips[1], channel=Channel.MOBILE_CREDIT)
    ward.offer_receipts(1, by_card, channel=Channel.MOBILE_CREDIT)
    check = collect_files._STEPS[IntakeState.COLLECTED]

    async def break_on_app_banking(reception, intake):
        if intake.kind == "receipts_mobile_banking":
            raise RuntimeError("a bug of ours")
        return await check(reception, intake)

    with monkeypatch.context() as broken:
        broken.setitem(collect_files._STEPS, IntakeState.COLLECTED, break_on_app_banking)
        counts = await ward.run(JOB)
    assert (counts["failed"], counts["registered"]) == (1, 1)
    assert (await ward.run(JOB))["registered"] == 1
