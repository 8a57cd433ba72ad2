"""Uploads at the LGWAN door: sequence, refusals, the cut-off, and what becomes of each record."""

from __future__ import annotations

from datetime import date

import pytest

from shared.files.codes import Proc
from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from shared.wire.billing_uploads import UPLOAD_BILLING
from shared.wire.doors import OPERATOR_ARROWS
from shared.wire.payeasy import INQUIRE
from tests.integration.services.lgwan_asp.conftest import (
    WARD_A,
    WARD_B,
    Centre,
    Slip,
    billing_file,
)

MONDAY, TUESDAY = date(2025, 6, 2), date(2025, 6, 3)


def _codes(results) -> list[str]:
    return [row.error_code for row in results]


async def test_an_upload_is_accepted_applied_at_the_cut_off_and_answered(centre: Centre):
    content = billing_file([Slip(1).record(), Slip(2, amount_yen=500).record()])
    accepted = await centre.upload(content)
    assert (accepted.state, accepted.record_count, accepted.total_yen) == ("accepted", 2, 12_800)

    centre.at(MONDAY, 16, 59)
    assert (await centre.run("apply_billing_files"))["files"] == 0
    centre.at(MONDAY, 17)
    assert await centre.run("apply_billing_files") == {"files": 1, "records": 2, "refused": 0}
    assert (await centre.billing_state(1)).state == "applied"
    results = await centre.results()
    assert [(r.file_sequence, r.record_seq, r.result) for r in results] == [(1, 1, 0), (1, 2, 0)]


async def test_applying_again_changes_nothing(centre: Centre):
    await centre.publish(Slip(1))
    assert await centre.run("apply_billing_files") == {"files": 0, "records": 0, "refused": 0}
    assert len(await centre.files()) == 1


async def test_a_file_after_the_cut_off_is_applied_on_the_next_business_day(centre: Centre):
    friday, monday = date(2025, 6, 6), date(2025, 6, 9)
    centre.at(friday, 17)
    await centre.upload(billing_file([Slip().record()]))
    for day, hour in ((friday, 18), (date(2025, 6, 7), 18), (monday, 16)):
        centre.at(day, hour)
        assert (await centre.run("apply_billing_files"))["files"] == 0
    centre.at(monday, 18)
    assert (await centre.run("apply_billing_files"))["files"] == 1


async def test_the_same_bytes_again_get_the_same_answer(centre: Centre):
    content = billing_file([Slip().record()])
    first = await centre.upload(content)
    assert await centre.upload(content) == first
    assert await centre.rows("SELECT count(*) FROM billing_records") == [(1,)]


async def test_other_bytes_under_the_same_number_are_refused(centre: Centre):
    await centre.upload(billing_file([Slip(1).record()]))
    with pytest.raises(PeerRefused) as refused:
        await centre.upload(billing_file([Slip(2).record()]))
    assert refused.value.code == "file_sequence_reused"
    assert await centre.rows("SELECT count(*) FROM billing_records") == [(1,)]


async def test_a_file_after_a_gap_waits_until_the_missing_one_comes(centre: Centre):
    third = await centre.upload(billing_file([Slip(3).record()], sequence=3))
    second = await centre.upload(billing_file([Slip(2).record()], sequence=2))
    assert (third.state, second.state) == ("waiting", "waiting")
    open_exceptions = "SELECT code FROM exceptions WHERE state = 'OPEN'"
    assert await centre.rows(open_exceptions) == [("billing_file_missing",)] * 2
    centre.at(MONDAY, 18)
    assert (await centre.run("apply_billing_files"))["files"] == 0

    centre.at(TUESDAY)
    assert (await centre.upload(billing_file([Slip(1).record()]))).state == "accepted"
    assert (await centre.billing_state(3)).state == "accepted"
    assert await centre.rows(open_exceptions) == []
    centre.at(TUESDAY, 18)
    assert (await centre.run("apply_billing_files"))["files"] == 3


async def test_a_file_number_of_zero_is_refused(centre: Centre):
    with pytest.raises(PeerRefused) as refused:
        await centre.upload(billing_file([Slip().record()], sequence=0))
    assert refused.value.code == "file_refused"
    assert refused.value.problems[0]["code"] == "sequence_starts_at_1"


async def test_a_wrong_total_refuses_the_whole_file(centre: Centre):
    content = bytearray(billing_file([Slip(1).record(), Slip(2).record()]))
    content[256 * 3 + 19] = ord("7")  # the last digit of the trailer's sum
    with pytest.raises(PeerRefused) as refused:
        await centre.upload(bytes(content))
    assert refused.value.code == "file_refused"
    assert {p["code"] for p in refused.value.problems} == {"total_mismatch", "hash_mismatch"}
    assert await centre.rows("SELECT count(*) FROM billing_files") == [(0,)]


async def test_every_problem_of_a_file_is_named_with_its_place(centre: Centre):
    content = bytearray(billing_file([Slip(1).record(), Slip(2).record()]))
    content[256 + 86 : 256 + 94] = b"20259999"  # 納期限 of the first record
    content[512 + 250] = ord("X")  # filler of the second
    with pytest.raises(PeerRefused) as refused:
        await centre.upload(bytes(content))
    places = {(p["line"], p["position"], p["code"]) for p in refused.value.problems}
    assert (2, 87, "not_a_date") in places
    assert any(line == 3 for line, _, _ in places)


async def test_a_file_sealed_with_another_wards_key_is_refused(centre: Centre):
    with pytest.raises(PeerRefused) as refused:
        await centre.upload(billing_file([Slip().record()], key=WARD_B.tamper_key))
    assert "wrong_seal" in {p["code"] for p in refused.value.problems}


async def test_a_file_of_another_ward_is_not_yours(centre: Centre):
    theirs = billing_file([Slip(ward=WARD_B).record()], ward=WARD_B)
    with pytest.raises(PeerRefused) as refused:
        await centre.upload(theirs, WARD_A)
    assert refused.value.code == "institution_not_yours"


async def test_rubbish_is_no_file(centre: Centre):
    for content in (b"", b"x" * 300):
        with pytest.raises(PeerRefused) as refused:
            await centre.upload(content)
        assert refused.value.code == "file_refused"


async def test_an_upload_needs_a_login(centre: Centre):
    with pytest.raises(PeerOutcomeUnknown, match="token_refused"):
        await centre.terminal().ask(UPLOAD_BILLING, billing_file([Slip().record()]))


async def test_a_bank_is_not_admitted_at_the_wards_door(centre: Centre):
    stranger = centre.net.client("bank-0001", "lgwan_asp", "lgwan")
    with pytest.raises(PeerOutcomeUnknown, match="caller_not_admitted"):
        await stranger.ask(UPLOAD_BILLING, b"", token="none")
    ward = centre.net.client("ward-131041-terminal-01", "lgwan_asp", "mpn")
    with pytest.raises(PeerOutcomeUnknown, match="caller_not_admitted"):
        await ward.ask(INQUIRE)


async def test_an_add_of_a_live_key_is_e110_and_the_rest_of_the_file_goes_on(centre: Centre):
    await centre.publish(Slip(1))
    await centre.results()
    await centre.publish(Slip(1), Slip(2), sequence=2)
    results = await centre.results()
    assert _codes(results) == ["E110", ""]
    assert [(r.result, r.error_item) for r in results] == [(1, "payment_number"), (0, "")]


async def test_a_change_or_delete_of_an_unknown_key_is_e120(centre: Centre):
    records = [Slip(1).record(Proc.CHANGE), Slip(2).record(Proc.DELETE, 2)]
    await centre.upload(billing_file(records))
    centre.at(MONDAY, 18)
    assert await centre.run("apply_billing_files") == {"files": 1, "records": 2, "refused": 2}
    assert _codes(await centre.results()) == ["E120", "E120"]


async def test_a_change_or_delete_of_a_paid_key_is_e130(centre: Centre):
    await centre.publish(Slip(1), Slip(2))
    await centre.results()
    await centre.pay(Slip(1), "R1")
    await centre.pay(Slip(2), "R2")
    records = [Slip(1, amount_yen=1).record(Proc.CHANGE), Slip(2).record(Proc.DELETE, 1)]
    await centre.upload(billing_file(records, sequence=2))
    centre.at(TUESDAY, 18)
    await centre.run("apply_billing_files")
    assert _codes(await centre.results()) == ["E130", "E130"]
    assert (await centre.inquire(Slip(1))).result == "20"


async def test_a_change_of_amount_with_an_open_inquiry_is_e140(centre: Centre):
    await centre.publish(Slip(1), Slip(2))
    await centre.results()
    records = [Slip(n, amount_yen=900).record(Proc.CHANGE) for n in (1, 2)]
    await centre.upload(billing_file(records, sequence=2))
    centre.at(TUESDAY, 16, 55)
    answer = await centre.inquire(Slip(1))
    centre.at(TUESDAY, 17)
    await centre.run("apply_billing_files")
    results = await centre.results()
    assert _codes(results) == ["E140", ""]
    assert results[0].error_item == "amount_yen"
    assert await centre.notify(centre.notification(answer)) == "00"


async def test_a_changed_bill_is_asked_with_its_new_amount(centre: Centre):
    await centre.publish(Slip(1))
    await centre.results()
    changed = Slip(1, amount_yen=900).record(Proc.CHANGE)
    await centre.upload(billing_file([changed], sequence=2))
    centre.at(TUESDAY, 18)
    await centre.run("apply_billing_files")
    assert (await centre.inquire(Slip(1))).result == "31"
    centre.at(date(2025, 6, 4), 7)
    answer = await centre.inquire(Slip(1))
    assert (answer.result, answer.amount_yen) == ("00", 900)


async def test_records_of_one_key_in_one_file_act_in_their_order(centre: Centre):
    records = [
        Slip(1).record(),
        Slip(1).record(),
        Slip(1).record(Proc.DELETE, 2),
        Slip(1).record(Proc.CHANGE),
        Slip(1, amount_yen=700).record(),
    ]
    await centre.upload(billing_file(records))
    centre.at(MONDAY, 18)
    await centre.run("apply_billing_files")
    assert _codes(await centre.results()) == ["", "E110", "", "E120", ""]
    centre.at(TUESDAY)
    assert (await centre.inquire(Slip(1))).amount_yen == 700


async def test_two_wards_number_and_hold_their_bills_apart(centre: Centre):
    theirs = Slip(1, ward=WARD_B, amount_yen=777)
    await centre.upload(billing_file([theirs.record()], ward=WARD_B), WARD_B)
    await centre.publish(Slip(1))
    assert (await centre.inquire(Slip(1))).amount_yen == 12_300
    assert (await centre.inquire(theirs)).amount_yen == 777
    for ward in (WARD_A, WARD_B):
        assert len(await centre.results(ward)) == 1


async def test_a_ward_cannot_ask_about_another_wards_upload(centre: Centre):
    await centre.upload(billing_file([Slip(ward=WARD_B).record()], ward=WARD_B), WARD_B)
    with pytest.raises(PeerRefused) as refused:
        await centre.billing_state(1, WARD_A)
    assert refused.value.code == "file_not_found"
    stolen = Centre(centre.resources, centre.clock, centre.net, tokens=centre.tokens)
    stolen.tokens[WARD_A.municipality, "session"] = await centre.token(WARD_B)
    with pytest.raises(PeerOutcomeUnknown, match="token_refused"):
        await stolen.billing_state(1, WARD_A)


async def test_an_upload_is_in_the_history_of_its_payment_numbers(centre: Centre):
    await centre.publish(Slip(1))
    lines = await centre.operator().ask(
        OPERATOR_ARROWS["lgwan_asp"].history, key=Slip(1).payment_number
    )
    assert [line.event for line in lines.lines] == [
        "billing_file_received",
        "billing_file_came_in_sequence",
        "billing_file_applied",
    ]


async def test_a_file_that_could_not_be_applied_is_not_kept_and_stops_nobody(centre: Centre):
    centre.at(date(2027, 12, 30), 16)
    await centre.upload(billing_file([Slip(1).record()]))
    centre.at(date(2027, 12, 30), 17)
    with pytest.raises(PeerOutcomeUnknown, match="503 bank_days_unknown"):
        await centre.upload(billing_file([Slip(2).record()], sequence=2))
    assert await centre.rows("SELECT count(*) FROM billing_records") == [(1,)]
    centre.at(date(2027, 12, 31), 18)
    assert (await centre.run("apply_billing_files"))["files"] == 1
