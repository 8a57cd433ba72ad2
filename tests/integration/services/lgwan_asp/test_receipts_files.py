"""Receipts files at the centre: 01, 02 and 03 in their order, collected and acknowledged."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from shared.files.codes import DataType
from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from shared.wire.file_collection import AT_CENTRE
from tests.integration.services.lgwan_asp.conftest import WARD_A, WARD_B, Centre, Slip

TUESDAY, WEDNESDAY, FRIDAY = date(2025, 6, 3), date(2025, 6, 4), date(2025, 6, 6)
SATURDAY, NEXT_MONDAY, NEXT_TUESDAY = date(2025, 6, 7), date(2025, 6, 9), date(2025, 6, 10)
NOTHING = {"files": 0, "preliminary": 0, "cancelled": 0}


async def _published(centre: Centre, *slips: Slip) -> None:
    await centre.publish(*slips)
    await centre.results()


async def test_a_payment_is_reported_at_the_close_and_confirmed_the_next_morning(centre: Centre):
    await _published(centre, Slip(1))
    await centre.pay(Slip(1))
    centre.at(TUESDAY, 20)
    assert await centre.run("build_preliminary_file") == NOTHING | {"files": 1, "preliminary": 1}
    centre.at(WEDNESDAY, 7)
    assert await centre.run("build_confirmed_file") == {"files": 1, "confirmed": 1}
    preliminary, confirmed = await centre.receipts()
    assert (preliminary.data_type, confirmed.data_type) == ("01", "02")
    assert preliminary.paid_in_on is None
    assert {preliminary.transfer_date, confirmed.transfer_date, confirmed.paid_in_on} == {
        date(2025, 6, 5)
    }
    assert (confirmed.amount_yen, confirmed.paid_on, confirmed.paid_at_hhmmss) == (
        12_300,
        TUESDAY,
        "100000",
    )
    assert (confirmed.notice_number, confirmed.levy_year, confirmed.instalment) == (
        "000000001",
        2025,
        1,
    )


async def test_the_jobs_again_build_nothing_and_no_file_is_empty(centre: Centre):
    await _published(centre, Slip(1))
    centre.at(TUESDAY, 20)
    assert await centre.run("build_preliminary_file") == NOTHING
    await centre.pay(Slip(1))
    await centre.run("build_preliminary_file")
    assert await centre.run("build_preliminary_file") == NOTHING
    assert await centre.run("build_confirmed_file") == {"files": 0, "confirmed": 0}
    centre.at(WEDNESDAY, 7)
    await centre.run("build_confirmed_file")
    assert await centre.run("build_confirmed_file") == {"files": 0, "confirmed": 0}
    assert [file.sequence for file in await centre.files()] == [1, 2]


async def test_a_weekend_payment_is_confirmed_after_the_next_business_day(centre: Centre):
    await _published(centre, Slip(1))
    centre.at(SATURDAY, 21)
    await centre.pay(Slip(1))
    await centre.run("build_preliminary_file")
    for day in (date(2025, 6, 8), NEXT_MONDAY):
        centre.at(day, 7)
        assert (await centre.run("build_confirmed_file"))["confirmed"] == 0
    centre.at(NEXT_TUESDAY, 7)
    assert (await centre.run("build_confirmed_file"))["confirmed"] == 1
    assert (await centre.receipts())[-1].paid_in_on == date(2025, 6, 11)


async def test_on_a_day_when_banks_are_closed_nothing_is_confirmed(centre: Centre):
    await _published(centre, Slip(1))
    centre.at(FRIDAY)
    await centre.pay(Slip(1))
    await centre.run("build_preliminary_file")
    centre.at(SATURDAY, 7)
    assert await centre.run("build_confirmed_file") == {"files": 0, "confirmed": 0}


async def test_a_payment_cancelled_before_its_file_is_written_as_01_and_then_03(centre: Centre):
    await _published(centre, Slip(1))
    await centre.pay(Slip(1))
    assert await centre.cancel() == "00"
    centre.at(TUESDAY, 20)
    assert await centre.run("build_preliminary_file") == {
        "files": 1,
        "preliminary": 1,
        "cancelled": 1,
    }
    first, second = await centre.receipts()
    assert (first.data_type, second.data_type) == (DataType.PRELIMINARY, DataType.CANCELLED)
    assert (second.cancel_reason, second.cancelled_receipt_number) == (1, "R1")
    assert (first.paid_on, first.paid_at_hhmmss, first.receipt_number) == (
        second.paid_on,
        second.paid_at_hhmmss,
        second.receipt_number,
    )
    centre.at(WEDNESDAY, 7)
    assert (await centre.run("build_confirmed_file"))["confirmed"] == 0


async def test_a_payment_cancelled_after_its_01_gets_a_03_and_a_new_01_may_follow(centre: Centre):
    await _published(centre, Slip(1))
    await centre.pay(Slip(1), "R1")
    centre.at(TUESDAY, 20)
    await centre.run("build_preliminary_file")
    assert await centre.cancel("R1") == "00"
    await centre.pay(Slip(1), "R2")
    await centre.run("build_preliminary_file")
    records = await centre.receipts()
    assert [(r.data_type.value, r.receipt_number) for r in records] == [
        ("01", "R1"),
        ("01", "R2"),
        ("03", "R1"),
    ]


async def test_after_its_02_a_receipt_cannot_be_cancelled(centre: Centre):
    await _published(centre, Slip(1))
    await centre.pay(Slip(1))
    centre.at(TUESDAY, 20)
    await centre.run("build_preliminary_file")
    centre.at(WEDNESDAY, 7)
    await centre.run("build_confirmed_file")
    assert await centre.cancel(on=TUESDAY) == "61"
    assert await centre.rows("SELECT state FROM receipts") == [("CONFIRMED",)]


async def test_the_order_in_which_notifications_came_does_not_show(centre: Centre):
    await _published(centre, Slip(1), Slip(2), Slip(3))
    first, second, third = [
        centre.notification(await centre.inquire(Slip(n), bank), "R1", bank)
        for n, bank in ((1, "0001"), (2, "0002"), (3, "0001"))
    ]
    third = third.model_copy(update={"receipt_number": "R0"})
    centre.at(TUESDAY, 10, 5)
    for question in (third, second, first):
        assert await centre.notify(question) == "00"
    await centre.run("build_preliminary_file")
    numbers = [record.payment_number for record in await centre.receipts()]
    assert numbers == sorted(Slip(n).payment_number for n in (1, 2, 3))


async def test_each_ward_gets_its_own_receipts_and_its_own_numbers(centre: Centre):
    theirs = Slip(1, ward=WARD_B)
    await _published(centre, Slip(1))
    await centre.publish(theirs, ward=WARD_B)
    await centre.pay(Slip(1), "R1")
    await centre.pay(theirs, "R2")
    assert (await centre.run("build_preliminary_file"))["files"] == 2
    assert [r.receipt_number for r in await centre.receipts(WARD_A)] == ["R1"]
    assert [r.receipt_number for r in await centre.receipts(WARD_B)] == ["R2"]


async def test_a_ward_cannot_collect_or_acknowledge_another_wards_file(centre: Centre):
    await _published(centre, Slip(1))
    await centre.pay(Slip(1))
    await centre.run("build_preliminary_file")
    (file,) = await centre.files(WARD_A)
    assert await centre.files(WARD_B) == []
    for attempt in (centre.collect, centre.acknowledge):
        with pytest.raises(PeerRefused) as refused:
            await attempt(file, WARD_B)
        assert refused.value.code == "file_not_found"


async def test_only_the_token_for_reception_collects(centre: Centre):
    await _published(centre, Slip(1))
    await centre.pay(Slip(1))
    await centre.run("build_preliminary_file")
    (file,) = await centre.files()
    with pytest.raises(PeerOutcomeUnknown, match="token_refused"):
        await centre.terminal().fetch(
            AT_CENTRE.collect_file, token=await centre.token(), file_id=file.file_id
        )


async def test_an_acknowledged_file_is_listed_no_more_and_a_repeat_gets_the_same_answer(
    centre: Centre,
):
    await _published(centre, Slip(1))
    await centre.pay(Slip(1))
    await centre.run("build_preliminary_file")
    (file,) = await centre.files()
    content = await centre.collect(file)
    assert (len(content), file.record_count, file.total_yen) == (file.size_bytes, 1, 12_300)
    with pytest.raises(PeerRefused) as refused:
        await centre.acknowledge(file, sha256="0" * 64)
    assert refused.value.code == "file_hash_differs"
    at = await centre.acknowledge(file)
    centre.at(WEDNESDAY)
    assert await centre.acknowledge(file) == at
    assert await centre.files() == []


async def test_an_acknowledgement_that_names_another_file_is_refused(centre: Centre):
    await _published(centre, Slip(1))
    await centre.pay(Slip(1))
    await centre.run("build_preliminary_file")
    (file,) = await centre.files()
    other = UUID("00000000-0000-4000-8000-000000000000")
    with pytest.raises(PeerRefused) as refused:
        await centre.acknowledge(file, file_id=other)
    assert refused.value.code == "file_not_found"


async def test_each_preliminary_of_a_day_holds_only_what_is_new(centre: Centre):
    await _published(centre, Slip(1), Slip(2), Slip(3))
    told = []
    for hour, slip in ((11, 1), (14, 2), (20, None)):
        if slip is not None:
            await centre.pay(Slip(slip), f"R{slip}")
        centre.at(TUESDAY, hour)
        told.append((await centre.run("build_preliminary_file"))["preliminary"])
    assert told == [1, 1, 0]
    files = await centre.files()
    assert [(file.sequence, file.record_count) for file in files] == [(1, 1), (2, 1)]
    receipts = await centre.receipts()
    assert [(row.notice_number, row.data_type) for row in receipts] == [
        ("000000001", DataType.PRELIMINARY),
        ("000000002", DataType.PRELIMINARY),
    ]
    centre.at(WEDNESDAY, 7)
    assert await centre.run("build_confirmed_file") == {"files": 1, "confirmed": 2}


async def test_a_payment_cancelled_between_two_preliminaries_of_a_day_is_told_in_the_second(
    centre: Centre,
):
    await _published(centre, Slip(1))
    await centre.pay(Slip(1))
    centre.at(TUESDAY, 11)
    await centre.run("build_preliminary_file")
    assert await centre.cancel() == "00"
    centre.at(TUESDAY, 14)
    assert await centre.run("build_preliminary_file") == NOTHING | {"files": 1, "cancelled": 1}
    assert [row.data_type for row in await centre.receipts()] == [
        DataType.PRELIMINARY,
        DataType.CANCELLED,
    ]
