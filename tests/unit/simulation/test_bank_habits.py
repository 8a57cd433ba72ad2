"""When banks tell the centre what they took, and that their books give nothing away twice."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from deploy.pki import DEFAULT_BANKS
from shared.kit.clock import TOKYO
from simulation.bank_habits import (
    DEMO_BANKS,
    HABITS,
    IN_BULK,
    NEXT_BUSINESS_DAY,
    NOTIFIES_LATE,
    PATIENT,
)
from simulation.books import SCHEMA, Books, Taking, TakingDiffersError, Telegram


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00+09:00")


@pytest.mark.parametrize(
    ("habit", "paid_at", "told_at"),
    [
        (PATIENT, "2025-06-06T23:59", "2025-06-06T23:59"),
        (NOTIFIES_LATE, "2025-06-06T23:30", "2025-06-07T02:30"),
        (NEXT_BUSINESS_DAY, "2025-06-05T10:00", "2025-06-06T09:00"),
        (NEXT_BUSINESS_DAY, "2025-06-06T10:00", "2025-06-09T09:00"),  # Friday: Monday
        (NEXT_BUSINESS_DAY, "2025-12-30T10:00", "2026-01-05T09:00"),  # banks close on the 31st
        (IN_BULK, "2025-06-06T16:59", "2025-06-06T17:00"),
        (IN_BULK, "2025-06-06T17:00", "2025-06-09T17:00"),
        (IN_BULK, "2025-06-07T11:00", "2025-06-09T17:00"),  # a Saturday
    ],
)
def test_each_habit_tells_at_its_time(habit, paid_at, told_at):
    assert habit.tells_at(at(paid_at)) == at(told_at)


def test_every_habit_is_lived_by_a_bank_of_the_demo_and_every_bank_has_a_certificate():
    assert {bank.habit for bank in DEMO_BANKS.values()} == set(HABITS.values())
    assert set(DEFAULT_BANKS) == set(DEMO_BANKS)
    assert DEMO_BANKS[DEFAULT_BANKS[0]].habit is PATIENT  # the one whose machine jams


def taking(number: str = "1R", yen: int = 500, bank: str = "0001") -> Taking:
    moment = datetime(2025, 6, 4, 10, tzinfo=TOKYO)
    day = date(2025, 6, 4)
    return Taking(bank, number, "125011234567890024", "01", yen, moment, day, "intended")


TOLD = Telegram("{}", datetime(2025, 6, 4, 13, tzinfo=TOKYO))


def test_a_receipt_number_of_another_payment_is_an_error_and_the_first_stays(tmp_path):
    books = Books(tmp_path / "outside.sqlite")
    books.intend_taking(taking(), TOLD)
    books.intend_taking(taking(), TOLD)
    with pytest.raises(TakingDiffersError):
        books.intend_taking(taking(yen=501), TOLD)
    books.intend_taking(taking(bank="0005"), TOLD)
    assert [t.amount_yen for t in books.takings("intended")] == [500, 500]
    books.close()


def test_what_was_told_is_told_no_more_and_what_is_not_due_waits(tmp_path):
    books = Books(tmp_path / "outside.sqlite")
    late = replace(TOLD, due_at=TOLD.due_at + timedelta(hours=1))
    books.intend_taking(taking("1R"), late)
    books.intend_taking(taking("2R"), TOLD)
    assert [t.receipt_number for t, _ in books.telegrams(TOLD.due_at)] == ["2R"]
    assert [t.receipt_number for t, _ in books.telegrams(late.due_at)] == ["2R", "1R"]
    assert books.telegrams(late.due_at, payment_number="other") == []
    books.note_taking("0001", "2R", "taken")
    assert books.telegrams(late.due_at) == [(taking("1R"), late)]
    books.close()


def test_money_taken_is_owed_whether_or_not_it_was_told(tmp_path):
    books = Books(tmp_path / "outside.sqlite")
    for number, state in enumerate(("intended", "taken", "unposted", "cancelled")):
        books.intend_taking(taking(f"{number}R", 10**number), TOLD)
        books.note_taking("0001", f"{number}R", state)
    owed = books.takings("intended", "taken")
    assert [(each.bank_code, each.amount_yen) for each in owed] == [("0001", 1), ("0001", 10)]
    assert {each.booked_on for each in owed} == {date(2025, 6, 4)}
    books.close()


def allot_twenty(path: str) -> list[int]:
    books = Books(path)
    numbers = [books.allot_number("0001") for _ in range(20)]
    books.close()
    return numbers


def test_numbers_allotted_by_several_processes_at_once_are_all_different(tmp_path):
    path = tmp_path / "outside.sqlite"
    Books(path).close()
    with ProcessPoolExecutor(3) as processes:
        lists = list(processes.map(allot_twenty, [path] * 3))
    assert sorted(n for numbers in lists for n in numbers) == list(range(1, 61))


def test_books_that_counted_their_rows_before_go_on_after_them(tmp_path):
    path = tmp_path / "outside.sqlite"
    old = sqlite3.connect(path)
    old.executescript(SCHEMA)
    row = ("0001", "00000001R", "1250112345", "01", 500, "x", "2025-06-04", "taken")
    old.execute("INSERT INTO bank_takings VALUES (?,?,?,?,?,?,?,?)", row)
    old.commit()
    old.close()
    books = Books(path)
    assert [books.allot_number("0001"), books.allot_number("0001")] == [2, 3]
    books.close()
