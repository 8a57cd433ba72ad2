"""Counters that send paper: each is read off once, and only money of paper alone is theirs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from shared.kit.clock import TOKYO
from shared.wire.paper_notices import PaperNoticesTaken, TakePaperNotices
from simulation.bank_habits import Bank
from simulation.banks import ATM_CASH, COUNTER, Gathering, SlipKeys, Visit, taking_of
from simulation.books import Books, TakingDiffersError, Telegram
from simulation.counters import Counters

KEYS = SlipKeys("13104", "125011234567890024", "0000", "341")
FRIDAY, TUESDAY = date(2025, 6, 6), date(2025, 6, 10)
AT = datetime(2025, 6, 6, 10, tzinfo=TOKYO)
BANK = Bank("0001")


class Ward:
    """The ward's door for paper: keeps what was handed in; says what it took, or another thing."""

    def __init__(self, **said: int) -> None:
        self.batches: list[TakePaperNotices] = []
        self.said = said

    async def staff_asks(self, role: str, _: Any, body: TakePaperNotices) -> PaperNoticesTaken:
        assert role == "clerk"
        self.batches.append(body)
        did = {"taken": len(body.notices), "joined": 0, "repeated": 0, "reused": 0}
        return PaperNoticesTaken(**(did | self.said))


def counters(tmp_path, ward: Ward) -> Counters:
    books = Books(tmp_path / "outside.sqlite")
    return Counters(ward, books, Gathering("0000000001", "ﾏﾄﾞｸﾞﾁ"))  # type: ignore[arg-type]


def visit(trace: str, medium: str = COUNTER) -> Visit:
    return Visit(KEYS, medium, AT, trace)


async def test_paper_is_read_off_on_the_day_it_comes_and_never_again(tmp_path) -> None:
    ward = Ward()
    made = counters(tmp_path, ward)
    made.take(BANK, visit("1"), 1000, TUESDAY)
    made.take(BANK, visit("2"), 700, FRIDAY)
    assert [await made.day(day) for day in (date(2025, 6, 5), FRIDAY, TUESDAY, TUESDAY)] == [
        *(0, 1, 1, 0)
    ]
    (first,), (second,) = (batch.notices for batch in ward.batches)
    assert (first.amount_yen, first.stamp_number) == (700, "2R")
    assert (second.paid_on, second.paid_in_on) == (FRIDAY, TUESDAY)
    assert (made.read, made.surprises) == (2, [])
    made.books.close()


async def test_only_money_that_was_told_on_paper_alone_is_paid_in_by_the_counter_once(
    tmp_path,
) -> None:
    made = counters(tmp_path, Ward())
    made.take(BANK, visit("1"), 1000, TUESDAY)
    made.take(Bank("0904"), visit("3"), 30, TUESDAY)
    told = taking_of(Bank("0904"), visit("4"), 400)
    made.books.intend_taking(told, Telegram("{}", AT))
    made.send(told, TUESDAY)
    made.pay_in(date(2025, 6, 9))
    made.pay_in(TUESDAY)
    made.pay_in(TUESDAY)
    booked = [(b.value_date, b.remitter_code, b.amount_yen) for b in made.books.all_bookings()]
    assert booked == [(TUESDAY, "0000000001", 1000), (TUESDAY, "0000000001", 30)]
    assert [t.receipt_number for t in made.books.takings("on_paper")] == ["1R", "3R"]
    assert [t.receipt_number for t, _ in made.books.telegrams(AT)] == ["4R"]
    made.books.close()


def test_a_machine_stamps_no_paper_and_a_number_is_no_other_payments(tmp_path) -> None:
    made = counters(tmp_path, Ward())
    with pytest.raises(ValueError, match="only a counter"):
        made.take(BANK, visit("1", ATM_CASH), 1000, TUESDAY)
    taking = made.take(BANK, visit("1"), 1000, TUESDAY)
    with pytest.raises(TakingDiffersError):
        made.send(replace(taking, amount_yen=999), TUESDAY)
    assert [t.amount_yen for t, _ in made.books.unread_papers(TUESDAY)] == [1000]
    made.books.close()


@pytest.mark.parametrize("said", [{"reused": 1}, {"taken": 0}])
async def test_paper_that_the_ward_does_not_take_is_a_surprise(tmp_path, said) -> None:
    made = counters(tmp_path, Ward(**said))
    made.take(BANK, visit("1"), 1000, TUESDAY)
    await made.day(TUESDAY)
    assert len(made.surprises) == 1
    made.books.close()
