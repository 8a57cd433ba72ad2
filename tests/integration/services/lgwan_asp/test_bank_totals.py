"""A bank sums up its day: 確報 waits while the centre holds something else, for that bank only."""

from __future__ import annotations

from datetime import date

import pytest

from shared.files.codes import DataType
from shared.kit.clock import tokyo_time
from shared.kit.money import Yen
from shared.kit.peer import PeerRefused
from shared.wire.payeasy_totals import TELL_DAILY_TOTALS, DailyTotalsCompared, TellDailyTotals
from tests.integration.services.lgwan_asp.conftest import WARD_B, Centre, Slip
from tests.integration.services.lgwan_asp.test_bulk_notifications import send, told

TUESDAY, WEDNESDAY, THURSDAY = date(2025, 6, 3), date(2025, 6, 4), date(2025, 6, 5)
INSTITUTION = Slip().ward.institution


async def tell(
    centre: Centre, count: int, yen: int, *, bank: str = "0001", **other: object
) -> DailyTotalsCompared:
    values = {
        "bank_code": bank,
        "institution_number": INSTITUTION,
        "paid_on": TUESDAY,
        "receipt_count": count,
        "amount_yen": Yen(yen),
    }
    question = TellDailyTotals(**(values | other))
    return await centre.bank(bank).ask(TELL_DAILY_TOTALS, question)


async def differing(centre: Centre) -> list[tuple]:
    return await centre.rows("SELECT subject_id, state FROM exceptions ORDER BY opened_at")


async def paid(centre: Centre) -> None:
    """Bank 0001 takes two payments on Tuesday, bank 0002 one; all stand in the 速報."""
    await centre.publish(*(Slip(n) for n in range(1, 5)))
    assert await send(centre, *(told(centre, Slip(n), f"R{n}") for n in (1, 2))) == ["00"] * 2
    assert await send(centre, told(centre, Slip(3), "R3"), bank="0002") == ["00"]
    centre.at(TUESDAY, 20)
    await centre.run("build_preliminary_file")


async def confirmed(centre: Centre) -> set[str]:
    found = await centre.receipts()
    return {r.receipt_number for r in found if r.data_type is DataType.CONFIRMED}


async def test_a_total_that_agrees_is_confirmed_and_told_again_is_written_once(centre: Centre):
    await paid(centre)
    for _ in range(2):
        answer = await tell(centre, 2, 24_600)
        assert (answer.result, answer.receipt_count, answer.amount_yen) == ("00", 2, 24_600)
    assert await centre.rows("SELECT count(*) FROM bank_totals") == [(1,)]
    centre.at(WEDNESDAY, 7)
    assert await centre.run("build_confirmed_file") == {"files": 1, "confirmed": 3}
    assert await differing(centre) == []


async def test_a_bank_whose_total_differs_waits_and_no_other_does(centre: Centre):
    await paid(centre)
    answer = await tell(centre, 3, 36_900)
    assert (answer.result, answer.receipt_count, answer.amount_yen) == ("51", 2, 24_600)
    subject = f"0001/{INSTITUTION}/{TUESDAY}"
    assert await differing(centre) == [(subject, "OPEN")]
    centre.at(WEDNESDAY, 7)
    assert await centre.run("build_confirmed_file") == {"files": 1, "confirmed": 1, "waiting": 2}
    assert await confirmed(centre) == {"R3"}
    # What was missing is told after all: nobody has to say anything else.
    late = told(centre, Slip(4), "R4", paid_at=tokyo_time(TUESDAY, 12))
    assert await send(centre, late) == ["00"]
    centre.at(WEDNESDAY, 20)
    await centre.run("build_preliminary_file")
    centre.at(THURSDAY, 7)
    assert await centre.run("build_confirmed_file") == {"files": 1, "confirmed": 3}
    assert await confirmed(centre) == {"R1", "R2", "R4"}
    assert await differing(centre) == [(subject, "RESOLVED")]


async def test_the_later_word_of_a_bank_counts_and_the_earlier_one_stays(centre: Centre):
    await paid(centre)
    assert (await tell(centre, 2, 24_601)).result == "51"
    centre.at(WEDNESDAY, 7)
    assert (await centre.run("build_confirmed_file"))["waiting"] == 2
    assert (await tell(centre, 2, 24_600)).result == "00"
    assert [state for _, state in await differing(centre)] == ["RESOLVED"]
    assert await centre.run("build_confirmed_file") == {"files": 1, "confirmed": 2}
    assert await centre.rows("SELECT amount_yen FROM bank_totals ORDER BY id") == [
        (24_601,),
        (24_600,),
    ]
    assert (await tell(centre, 2, 24_600)).result == "00"


async def test_a_bank_that_tells_nothing_is_confirmed_and_one_without_receipts_is_named(
    centre: Centre,
):
    await paid(centre)
    centre.at(WEDNESDAY, 7)
    assert await centre.run("build_confirmed_file") == {"files": 1, "confirmed": 3}
    assert (await tell(centre, 1, 1, paid_on=WEDNESDAY)).result == "51"
    assert (await tell(centre, 0, 0, paid_on=WEDNESDAY)).result == "00"
    assert [state for _, state in await differing(centre)] == ["RESOLVED"]


async def test_nobody_sums_up_what_is_not_his_or_not_yet_over(centre: Centre):
    await paid(centre)
    for result, asked in (
        ("10", {"institution_number": "99999"}),
        ("13", {"bank": "0002", "institution_number": WARD_B.institution}),
        ("62", {"paid_on": WEDNESDAY}),
    ):
        answer = await tell(centre, 1, 12_300, **asked)
        assert (answer.result, answer.receipt_count, answer.amount_yen) == (result, None, None)
    with pytest.raises(PeerRefused) as refused:
        await centre.bank("0002").ask(
            TELL_DAILY_TOTALS,
            TellDailyTotals(
                bank_code="0001",
                institution_number=INSTITUTION,
                paid_on=TUESDAY,
                receipt_count=0,
                amount_yen=Yen(0),
            ),
        )
    assert refused.value.code == "not_your_bank"
    assert await centre.rows("SELECT count(*) FROM bank_totals") == [(0,)]
