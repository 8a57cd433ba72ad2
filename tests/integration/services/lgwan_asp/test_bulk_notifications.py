"""What counters took, told in bulk; and money that gets no receipt: its yen and its bank stay."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta

import pytest

from services.lgwan_asp.api.telegrams_bulk import payment_of
from services.lgwan_asp.usecases import notify_in_bulk as bulk
from shared.files.codes import DataType, Proc
from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from shared.wire.payeasy_bulk import (
    BATCH_MAX,
    NOTIFY_IN_BULK,
    CounterPaymentTold,
    NotifyInBulk,
)
from tests.integration.services.lgwan_asp.conftest import (
    WARD_B,
    Centre,
    Slip,
    billing_file,
)

TUESDAY, WEDNESDAY = date(2025, 6, 3), date(2025, 6, 4)
UNPOSTED = "SELECT bank_code, receipt_number, amount_yen, code, municipality, payment_number"


def told(centre: Centre, slip: Slip, number: str, **more: object) -> CounterPaymentTold:
    """Return what a window read from a slip and took for it."""
    values = {
        "institution_number": slip.ward.institution,
        "payment_number": slip.payment_number,
        "confirmation_number": slip.confirmation_number,
        "category": "341",
        "branch_code": "001",
        "trace_number": f"T{number}",
        "receipt_number": number,
        "amount_yen": slip.amount_yen,
        "paid_at": centre.clock.now() - timedelta(hours=1),
        "medium": "05",
    }
    return CounterPaymentTold(**(values | more))


async def send(centre: Centre, *payments: CounterPaymentTold, bank: str = "0001") -> list[str]:
    """Send a batch and return its results, in order."""
    question = NotifyInBulk(bank_code=bank, notifications=payments)
    answer = await centre.bank(bank).ask(NOTIFY_IN_BULK, question)
    assert [r.receipt_number for r in answer.results] == [p.receipt_number for p in payments]
    return [each.result for each in answer.results]


async def unposted(centre: Centre) -> list[tuple]:
    return await centre.rows(f"{UNPOSTED} FROM unposted_notifications ORDER BY receipt_number")


async def exceptions(centre: Centre) -> list[tuple]:
    return await centre.rows("SELECT code, state FROM exceptions ORDER BY code")


async def test_counter_payments_become_receipts_of_their_medium_in_the_wards_file(centre: Centre):
    await centre.publish(Slip(1), Slip(2))
    payments = told(centre, Slip(1), "R1"), told(centre, Slip(2), "R2", medium="09")
    assert await send(centre, *payments) == ["00", "00"]
    centre.at(TUESDAY, 20)
    await centre.run("build_preliminary_file")
    found = await centre.receipts()
    assert [(r.data_type, r.medium, r.amount_yen) for r in found] == [
        (DataType.PRELIMINARY, "05", 12_300),
        (DataType.PRELIMINARY, "09", 12_300),
    ]


async def test_a_batch_sent_twice_is_posted_once(centre: Centre):
    await centre.publish(*(Slip(n) for n in range(1, 6)))
    payments = [told(centre, Slip(n), f"R{n}") for n in range(1, 6)]
    assert await send(centre, *payments) == ["00"] * 5
    assert await send(centre, *reversed(payments)) == ["00"] * 5
    assert await centre.rows("SELECT count(*), sum(amount_yen) FROM receipts") == [(5, 61_500)]


async def test_one_batch_sent_at_the_same_moment_in_two_orders_is_posted_once(centre: Centre):
    await centre.publish(*(Slip(n) for n in range(1, 13)))
    payments = [told(centre, Slip(n), f"R{n}") for n in range(1, 13)]
    orders = payments, payments[::-1], payments[6:] + payments[:6]
    answers = await asyncio.gather(*(send(centre, *order) for order in orders))
    assert answers == [["00"] * 12] * 3
    assert await centre.rows("SELECT count(*) FROM receipts") == [(12,)]


async def test_a_batch_whose_answer_was_lost_is_sent_again(centre: Centre):
    await centre.publish(Slip(1))
    payment = told(centre, Slip(1), "R1")
    centre.net.plan("POST /notification-batches", "answer_lost")
    with pytest.raises(PeerOutcomeUnknown):
        await send(centre, payment)
    assert await send(centre, payment) == ["00"]
    assert await centre.rows("SELECT count(*) FROM receipts") == [(1,)]


async def test_one_bad_item_does_not_stop_the_others(centre: Centre):
    await centre.publish(Slip(1), Slip(2))
    await centre.publish(Slip(1, ward=WARD_B), ward=WARD_B)
    wrong = f"{(int(Slip(2).confirmation_number) + 1) % 10_000:04d}"
    results = await send(
        centre,
        told(centre, Slip(3), "R1"),
        told(centre, Slip(2), "R2", confirmation_number=wrong),
        told(centre, Slip(1, ward=WARD_B), "R3"),
        told(centre, Slip(2), "R4", paid_at=centre.clock.now() + timedelta(days=2)),
        told(centre, Slip(1), "R5", institution_number="99999"),
        told(centre, Slip(1), "R6"),
        bank="0002",
    )
    assert results == ["10", "11", "13", "62", "10", "00"]
    assert await centre.rows("SELECT receipt_number FROM receipts") == [("R6",)]


async def test_what_is_not_posted_keeps_its_yen_and_its_bank(centre: Centre):
    await centre.publish(Slip(1, ward=WARD_B), ward=WARD_B)
    slip = Slip(1, ward=WARD_B, amount_yen=99_999_999_999)
    unknown = Slip(7, amount_yen=1)
    payments = told(centre, slip, "R1"), told(centre, unknown, "R2")
    for _ in range(2):
        assert await send(centre, *payments, bank="0002") == ["13", "10"]
    assert await unposted(centre) == [
        (
            "0002",
            "R1",
            99_999_999_999,
            "notified_by_unappointed_bank",
            "131059",
            slip.payment_number,
        ),
        ("0002", "R2", 1, "notified_unknown_key", "131041", unknown.payment_number),
    ]
    assert await exceptions(centre) == [
        ("notified_by_unappointed_bank", "OPEN"),
        ("notified_unknown_key", "OPEN"),
    ]


async def test_counter_money_on_a_deleted_key_is_recorded(centre: Centre):
    await centre.publish(Slip(1))
    await centre.upload(billing_file([Slip(1).record(Proc.DELETE, 1)], sequence=2))
    centre.at(TUESDAY, 18)
    await centre.run("apply_billing_files")
    assert (await centre.inquire(Slip(1))).result == "21"
    assert await send(centre, told(centre, Slip(1), "R1")) == ["00"]


async def test_counter_money_on_a_paid_key_of_another_amount_is_recorded(centre: Centre):
    await centre.publish(Slip(1))
    await centre.pay(Slip(1), "R1")
    assert await send(centre, told(centre, Slip(1), "R2", amount_yen=12_000)) == ["00"]
    rows = await centre.rows("SELECT amount_yen, session_id = '' FROM receipts ORDER BY 1")
    assert rows == [(12_000, True), (12_300, False)]


async def test_a_receipt_number_for_another_payment_is_50_and_a_clerk_sees_both(centre: Centre):
    await centre.publish(Slip(1), Slip(2))
    first = told(centre, Slip(1), "R1")
    assert await send(centre, first, told(centre, Slip(2), "R1")) == ["00", "50"]
    assert await send(centre, told(centre, Slip(1), "R1", amount_yen=5)) == ["50"]
    assert await send(centre, first) == ["00"]
    reused = "notified_receipt_number_reused"
    assert sorted(await unposted(centre)) == [
        ("0001", "R1", 5, reused, "131041", Slip(1).payment_number),
        ("0001", "R1", 12_300, reused, "131041", Slip(2).payment_number),
    ]


async def test_one_payment_told_by_telegram_and_in_bulk_is_one_receipt(centre: Centre):
    await centre.publish(Slip(1))
    paid_at = centre.clock.now()
    await centre.pay(Slip(1), "R1")
    assert await send(centre, told(centre, Slip(1), "R1", paid_at=paid_at)) == ["50"]
    assert await centre.rows("SELECT count(*) FROM receipts") == [(1,)]


async def test_a_later_right_payment_closes_its_exception_and_the_row_stays(centre: Centre):
    await centre.publish(Slip(1))
    early = told(centre, Slip(2), "R1")
    assert await send(centre, early) == ["10"]
    await centre.publish(Slip(2), sequence=2)
    assert await send(centre, early) == ["00"]
    assert await exceptions(centre) == [("notified_unknown_key", "RESOLVED")]
    assert len(await unposted(centre)) == 1


async def test_a_cancelled_counter_payment_makes_its_key_payable(centre: Centre):
    await centre.publish(Slip(1))
    await send(centre, told(centre, Slip(1), "R1"))
    assert (await centre.inquire(Slip(1))).result == "20"
    assert await centre.cancel("R1") == "00"
    assert (await centre.inquire(Slip(1))).result == "00"


async def test_a_batch_in_another_banks_name_is_refused_and_nothing_is_kept(centre: Centre):
    await centre.publish(Slip(1))
    question = NotifyInBulk(bank_code="0001", notifications=(told(centre, Slip(1), "R1"),))
    with pytest.raises(PeerRefused) as refused:
        await centre.bank("0002").ask(NOTIFY_IN_BULK, question)
    assert refused.value.code == "not_your_bank"
    assert await centre.rows("SELECT count(*) FROM receipts") == [(0,)]


async def test_the_largest_batch_fits_through_the_door(centre: Centre):
    await centre.publish(Slip(1))
    long = {"trace_number": "T" * 20, "amount_yen": 10**11 - 1}
    payments = [told(centre, Slip(1), f"R{n:019d}", **long) for n in range(BATCH_MAX)]
    assert await send(centre, *payments) == ["00"] * BATCH_MAX


async def test_a_crash_between_portions_keeps_the_first_and_the_batch_goes_again(
    centre: Centre, monkeypatch
):
    await centre.publish(*(Slip(n) for n in range(1, 6)))
    monkeypatch.setattr(bulk, "PORTION", 2)
    portions = []
    payments = [told(centre, Slip(n), f"R{n}") for n in range(1, 6)]

    def until_it_dies():
        portions.append(len(portions))
        if len(portions) > 2:
            raise ConnectionError
        return centre.resources.open_unit_of_work()

    with pytest.raises(ConnectionError):
        await bulk.notify_in_bulk(
            "0001",
            [payment_of(payment, "0001") for payment in payments],
            contracts=centre.resources.contracts,
            open_unit_of_work=until_it_dies,
            clock=centre.clock,
        )
    assert await centre.rows("SELECT count(*) FROM receipts") == [(4,)]
    assert await send(centre, *payments) == ["00"] * 5


async def test_a_notification_without_a_receipt_keeps_its_yen_until_it_comes_rightly(
    centre: Centre,
):
    await centre.publish(Slip(1))
    answer = await centre.inquire(Slip(1))
    assert await centre.notify(centre.notification(answer, amount_yen=12_299)) == "50"
    assert await unposted(centre) == [
        ("0001", "R1", 12_299, "notified_amount_differs", "131041", Slip(1).payment_number)
    ]
    assert await centre.notify(centre.notification(answer)) == "00"
    assert await exceptions(centre) == [("notified_amount_differs", "RESOLVED")]


async def test_a_notification_without_a_session_names_no_ward_and_keeps_its_yen(centre: Centre):
    await centre.publish(Slip(1))
    answer = await centre.inquire(Slip(1))
    lost = centre.notification(answer, session_id="nonsense")
    assert [await centre.notify(lost), await centre.notify(lost)] == ["60", "60"]
    assert await unposted(centre) == [("0001", "R1", 12_300, "notified_without_session", "", "")]


async def test_a_payment_told_before_the_change_is_recorded_with_the_amount_told(centre: Centre):
    await centre.publish(Slip(1))
    answer = await centre.inquire(Slip(1))
    await centre.upload(billing_file([Slip(1).record(Proc.DELETE, 4)], sequence=2))
    await centre.upload(billing_file([Slip(1, amount_yen=9_900).record()], sequence=3))
    centre.at(TUESDAY, 18)
    await centre.run("apply_billing_files")
    centre.at(WEDNESDAY)
    assert (await centre.inquire(Slip(1))).amount_yen == 9_900
    assert await centre.notify(centre.notification(answer, paid_at=_noon())) == "00"
    assert await centre.rows("SELECT amount_yen FROM receipts") == [(12_300,)]


def _noon() -> datetime:
    return datetime.fromisoformat("2025-06-03T12:00:00+09:00")


async def test_a_time_before_every_calendar_is_refused_and_nothing_fails(centre: Centre):
    await centre.publish(Slip(1))
    answer = await centre.inquire(Slip(1))
    for text in ("0001-01-01T00:00:00+09:00", "9999-12-31T23:59:59+00:00"):
        question = centre.notification(answer, paid_at=datetime.fromisoformat(text))
        with pytest.raises(PeerRefused) as refused:
            await centre.notify(question)
        assert refused.value.code == "paid_at_out_of_range"
