"""Inquiry, notification and cancellation at the MPN door: each result code, repeats, races."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest

from shared.files.codes import Proc
from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from shared.wire.payeasy import CANCEL_RECEIPT, INQUIRE, NOTIFY, CancelReceipt
from tests.integration.services.lgwan_asp.conftest import WARD_A, WARD_B, Centre, Slip, billing_file

MONDAY, TUESDAY, WEDNESDAY = date(2025, 6, 2), date(2025, 6, 3), date(2025, 6, 4)


def _wrong(slip: Slip) -> str:
    return f"{(int(slip.confirmation_number) + 1) % 10_000:04d}"


async def _codes_after(centre: Centre, *records) -> str:
    """Apply a second file on Tuesday and ask on Wednesday."""
    await centre.upload(billing_file(records, sequence=2))
    centre.at(TUESDAY, 18)
    await centre.run("apply_billing_files")
    centre.at(WEDNESDAY)
    return (await centre.inquire(Slip(1))).result


async def test_an_inquiry_shows_the_bill_and_opens_a_session(centre: Centre):
    await centre.publish(Slip(1))
    answer = await centre.inquire(Slip(1))
    assert (answer.result, answer.amount_yen, answer.principal_yen) == ("00", 12_300, 12_300)
    assert (answer.due_date, answer.limit_date) == (date(2025, 6, 30), date(2025, 8, 29))
    assert answer.payer_name_kana == "ﾃｽﾄ ﾀﾛｳ"
    assert answer.valid_until == centre.clock.now() + timedelta(minutes=10)


async def test_an_unknown_key_is_10(centre: Centre):
    await centre.publish(Slip(1))
    assert (await centre.inquire(Slip(2))).result == "10"
    assert (await centre.inquire(Slip(1), category="999")).result == "10"
    assert (await centre.inquire(Slip(1), institution_number="99999")).result == "10"


async def test_a_wrong_confirmation_number_is_11_and_tells_nothing_of_the_bill(centre: Centre):
    await centre.publish(Slip(1))
    answer = await centre.inquire(Slip(1), confirmation_number=_wrong(Slip(1)))
    assert answer.model_dump(exclude_none=True) == {"result": "11"}


async def test_ten_wrong_numbers_lock_the_key_for_that_bank_until_the_next_day(centre: Centre):
    await centre.publish(Slip(1))
    wrong = _wrong(Slip(1))
    answers = [(await centre.inquire(Slip(1), confirmation_number=wrong)).result for _ in range(11)]
    assert answers == ["11"] * 10 + ["12"]
    assert (await centre.inquire(Slip(1))).result == "12"
    assert (await centre.inquire(Slip(1), bank="0002")).result == "00"
    centre.at(WEDNESDAY, 0)
    assert (await centre.inquire(Slip(1))).result == "00"


async def test_guesses_at_once_are_counted_one_after_another(centre: Centre):
    await centre.publish(Slip(1))
    wrong = _wrong(Slip(1))
    asked = [centre.inquire(Slip(1), confirmation_number=wrong) for _ in range(16)]
    answers = [answer.result for answer in await asyncio.gather(*asked)]
    assert sorted(answers) == ["11"] * 10 + ["12"] * 6


async def test_a_bank_that_the_ward_did_not_appoint_is_13(centre: Centre):
    theirs = Slip(1, ward=WARD_B)
    await centre.publish(theirs, ward=WARD_B)
    assert (await centre.inquire(theirs, bank="0002")).result == "13"
    assert (await centre.inquire(theirs, bank="0001")).result == "00"


async def test_a_paid_key_is_20(centre: Centre):
    await centre.publish(Slip(1))
    await centre.pay(Slip(1))
    assert (await centre.inquire(Slip(1), bank="0002")).result == "20"


@pytest.mark.parametrize(("reason", "code"), [(1, "21"), (2, "40"), (3, "40"), (4, "41")])
async def test_a_deleted_key_says_why(centre: Centre, reason: int, code: str):
    await centre.publish(Slip(1))
    assert await _codes_after(centre, Slip(1).record(Proc.DELETE, reason)) == code


async def test_a_key_is_superseded_41_once_a_newer_issue_is_in_effect(centre: Centre):
    await centre.publish(Slip(1))
    await centre.upload(billing_file([Slip(1, issue=1).record()], sequence=2))
    centre.at(TUESDAY, 18)
    await centre.run("apply_billing_files")
    assert (await centre.inquire(Slip(1))).result == "00"
    centre.at(WEDNESDAY, 7)
    assert (await centre.inquire(Slip(1))).result == "41"
    assert (await centre.inquire(Slip(1, issue=1))).result == "00"


async def test_past_its_limit_date_a_key_is_30_at_midnight_in_tokyo(centre: Centre):
    slip = Slip(1, limit_date=date(2025, 6, 30))
    await centre.publish(slip)
    centre.at(date(2025, 6, 30), 23, 59)
    assert (await centre.inquire(slip)).result == "00"
    centre.at(date(2025, 7, 1), 0)
    assert (await centre.inquire(slip)).result == "30"


async def test_before_seven_on_the_next_day_a_key_is_31(centre: Centre):
    await centre.upload(billing_file([Slip(1).record()]))
    centre.at(MONDAY, 18)
    await centre.run("apply_billing_files")
    assert (await centre.inquire(Slip(1))).result == "31"
    centre.at(TUESDAY, 6, 59)
    assert (await centre.inquire(Slip(1))).result == "31"
    centre.at(TUESDAY, 7)
    assert (await centre.inquire(Slip(1))).result == "00"


async def test_a_later_effective_date_of_the_record_counts(centre: Centre):
    slip = Slip(1, effective_from=date(2025, 6, 10))
    await centre.publish(slip)
    assert (await centre.inquire(slip)).result == "31"
    centre.at(date(2025, 6, 10), 7)
    assert (await centre.inquire(slip)).result == "00"


async def test_another_amount_than_the_sessions_is_50_and_a_clerk_sees_it(centre: Centre):
    await centre.publish(Slip(1))
    answer = await centre.inquire(Slip(1))
    assert await centre.notify(centre.notification(answer, amount_yen=12_299)) == "50"
    assert await centre.rows("SELECT code, municipality FROM exceptions") == [
        ("notified_amount_differs", "131041")
    ]
    assert await centre.notify(centre.notification(answer)) == "00"


async def test_an_unknown_session_and_another_banks_session_are_60(centre: Centre):
    await centre.publish(Slip(1))
    answer = await centre.inquire(Slip(1))
    assert await centre.notify(centre.notification(answer, bank="0002")) == "60"
    for session in ("nonsense", "00000000-0000-4000-8000-000000000000"):
        question = centre.notification(answer, f"R{len(session)}", session_id=session)
        assert await centre.notify(question) == "60"
    assert await centre.rows("SELECT count(*) FROM receipts") == [(0,)]
    assert await centre.rows("SELECT count(*) FROM exceptions") == [(3,)]


async def test_the_same_notification_three_times_is_one_receipt(centre: Centre):
    await centre.publish(Slip(1))
    question = centre.notification(await centre.inquire(Slip(1)))
    assert [await centre.notify(question) for _ in range(3)] == ["00"] * 3
    assert await centre.rows("SELECT count(*), sum(amount_yen) FROM receipts") == [(1, 12_300)]


async def test_the_same_notification_at_the_same_moment_is_one_receipt(centre: Centre):
    await centre.publish(Slip(1))
    question = centre.notification(await centre.inquire(Slip(1)))
    answers = await asyncio.gather(*(centre.notify(question) for _ in range(6)))
    assert answers == ["00"] * 6
    assert await centre.rows("SELECT count(*) FROM receipts") == [(1,)]


async def test_a_notification_whose_answer_was_lost_is_sent_again(centre: Centre):
    await centre.publish(Slip(1))
    question = centre.notification(await centre.inquire(Slip(1)))
    centre.net.plan("POST /notifications", "answer_lost")
    with pytest.raises(PeerOutcomeUnknown):
        await centre.notify(question)
    assert await centre.notify(question) == "00"
    assert await centre.rows("SELECT count(*) FROM receipts") == [(1,)]


async def test_a_receipt_number_with_another_body_is_refused(centre: Centre):
    await centre.publish(Slip(1), Slip(2))
    await centre.pay(Slip(1), "R1")
    other = centre.notification(await centre.inquire(Slip(2)), "R1")
    with pytest.raises(PeerRefused) as refused:
        await centre.notify(other)
    assert refused.value.code == "receipt_number_reused"
    with pytest.raises(PeerRefused):
        await centre.notify(other)
    assert await centre.rows("SELECT code, state FROM exceptions") == [
        ("notified_receipt_number_reused", "OPEN")
    ]


async def test_two_banks_may_use_the_same_receipt_number(centre: Centre):
    await centre.publish(Slip(1), Slip(2))
    await centre.pay(Slip(1), "R1", "0001")
    await centre.pay(Slip(2), "R1", "0002")
    assert await centre.rows("SELECT count(*) FROM receipts") == [(2,)]


async def test_money_taken_on_an_expired_session_is_recorded(centre: Centre):
    await centre.publish(Slip(1))
    answer = await centre.inquire(Slip(1))
    question = centre.notification(answer)
    centre.at(WEDNESDAY, 11)
    assert await centre.notify(question) == "00"
    assert await centre.rows("SELECT paid_on FROM receipts") == [(TUESDAY,)]


async def test_a_key_paid_by_two_banks_with_open_sessions_has_two_receipts(centre: Centre):
    await centre.publish(Slip(1))
    first, second = await centre.inquire(Slip(1), "0001"), await centre.inquire(Slip(1), "0002")
    assert (first.result, second.result) == ("00", "00")
    assert await centre.notify(centre.notification(first, "R1", "0001")) == "00"
    assert await centre.notify(centre.notification(second, "R1", "0002")) == "00"
    assert await centre.rows("SELECT count(*) FROM receipts") == [(2,)]


async def test_money_taken_on_a_key_that_was_deleted_meanwhile_is_recorded(centre: Centre):
    await centre.publish(Slip(1))
    await centre.upload(billing_file([Slip(1).record(Proc.DELETE, 1)], sequence=2))
    centre.at(TUESDAY, 16, 59)
    answer = await centre.inquire(Slip(1))
    centre.at(TUESDAY, 17)
    await centre.run("apply_billing_files")
    assert (await centre.inquire(Slip(1))).result == "21"
    assert await centre.notify(centre.notification(answer)) == "00"


async def test_a_time_of_payment_that_cannot_be_is_refused(centre: Centre):
    await centre.publish(Slip(1))
    answer = await centre.inquire(Slip(1))
    for off in (timedelta(days=2), timedelta(days=-2), timedelta(days=365 * 7900)):
        question = centre.notification(answer, paid_at=centre.clock.now() + off)
        with pytest.raises(PeerRefused) as refused:
            await centre.notify(question)
        assert refused.value.code == "paid_at_out_of_range"
    rows = await centre.rows("SELECT DISTINCT code, municipality FROM exceptions")
    assert rows == [("notified_paid_at_out_of_range", WARD_A.municipality)]


async def test_a_bank_cancels_its_receipt_on_the_same_day_and_the_key_is_payable(centre: Centre):
    await centre.publish(Slip(1))
    await centre.pay(Slip(1), "R1")
    assert await centre.cancel("R1") == "00"
    assert await centre.cancel("R1") == "00"
    assert await centre.cancel("R1", reason=2) == "61"
    await centre.pay(Slip(1), "R2")
    assert await centre.rows("SELECT receipt_number, state FROM receipts ORDER BY 1") == [
        ("R1", "CANCELLED"),
        ("R2", "TAKEN"),
    ]


async def test_a_cancelled_receipt_notified_again_is_not_posted_again(centre: Centre):
    await centre.publish(Slip(1))
    question = centre.notification(await centre.inquire(Slip(1)))
    await centre.notify(question)
    await centre.cancel("R1")
    assert await centre.notify(question) == "00"
    assert await centre.rows("SELECT state FROM receipts") == [("CANCELLED",)]


async def test_on_the_next_day_nothing_is_cancelled(centre: Centre):
    await centre.publish(Slip(1))
    await centre.pay(Slip(1))
    centre.at(WEDNESDAY, 0)
    assert await centre.cancel("R1", on=TUESDAY) == "61"


async def test_a_bank_cannot_cancel_another_banks_receipt(centre: Centre):
    await centre.publish(Slip(1))
    await centre.pay(Slip(1), "R1", "0001")
    assert await centre.cancel("R1", "0002") == "61"
    assert await centre.rows("SELECT state FROM receipts") == [("TAKEN",)]


async def test_a_telegram_in_another_banks_name_is_not_your_bank(centre: Centre):
    await centre.publish(Slip(1))
    answer = await centre.inquire(Slip(1))
    bank = centre.bank("0002")
    with pytest.raises(PeerRefused) as refused:
        await bank.ask(
            CANCEL_RECEIPT,
            CancelReceipt(bank_code="0001", receipt_number="R1", paid_on=TUESDAY, reason=1),
        )
    assert refused.value.code == "not_your_bank"
    with pytest.raises(PeerRefused) as refused:
        await centre.inquire(Slip(1), "0002", bank_code="0001")
    assert refused.value.code == "not_your_bank"
    with pytest.raises(PeerRefused) as refused:
        await bank.ask(NOTIFY, centre.notification(answer, bank="0001"))
    assert refused.value.code == "not_your_bank"


async def test_a_malformed_telegram_is_422_and_repeats_nothing(centre: Centre):
    answer = await centre.bank().http.post(
        "https://mpn.test" + INQUIRE.path,
        json={"payment_number": "１２３４５６７８９０１２３４５６"},
    )
    assert answer.status_code == 422
    assert answer.json()["code"] == "malformed_body"
    assert "１２３" not in answer.text


async def test_old_sessions_and_counts_are_forgotten_and_late_money_is_not(centre: Centre):
    await centre.publish(Slip(1))
    answer = await centre.inquire(Slip(1))
    question = centre.notification(answer)
    await centre.inquire(Slip(1), confirmation_number=_wrong(Slip(1)))
    centre.at(date(2025, 6, 30))
    assert await centre.run("forget_sessions") == {
        "sessions": 0,
        "wrong_numbers": 0,
        "exceptions": 0,
    }
    assert await centre.notify(question) == "00"
    centre.at(date(2025, 8, 1))
    assert await centre.run("forget_sessions") == {
        "sessions": 1,
        "wrong_numbers": 1,
        "exceptions": 0,
    }
