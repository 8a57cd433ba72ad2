"""What the standard system corrects, and that its own books say so before the ward hears of it."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from shared.files.choutei import BY_SLIP, load_choutei
from shared.files.codes import Proc
from simulation.books import Books
from simulation.corrections import Corrections, key_of, notes_of
from simulation.standard_system import (
    MOVED_IN_NOTICE,
    cancelled,
    export_of,
    lowered,
    make_ward,
    moved_in,
)
from simulation.year_plan import Change, PlannedCorrection

YEAR, TODAY = 2025, date(2025, 7, 14)
ROWS = make_ward(1, 3, YEAR).rows
CLAIM = ROWS[4]


def test_a_lowered_claim_is_its_parts_rounded_down_and_counts_its_corrections() -> None:
    after = lowered(CLAIM, 50, TODAY)
    assert (after.proc, after.correction_count) == (Proc.CHANGE, CLAIM.correction_count + 1)
    parts = (after.medical_yen, after.support_yen, after.care_yen, after.child_yen)
    assert after.amount_yen == sum(parts) < CLAIM.amount_yen
    assert after.medical_yen == CLAIM.medical_yen // 2
    assert lowered(after, 50, TODAY).correction_count == CLAIM.correction_count + 2


def test_a_cancelled_claim_names_its_amount_in_the_file_and_is_owed_nothing() -> None:
    after = cancelled(CLAIM, TODAY)
    assert (after.proc, after.amount_yen) == (Proc.DELETE, CLAIM.amount_yen)
    assert [note.amount_yen for note in notes_of([after])] == [0]


@pytest.mark.parametrize("seed", range(1, 21))
def test_who_moves_in_is_assessed_from_an_instalment_on_and_pays_by_slip(seed) -> None:
    rows = moved_in(seed, YEAR, 8, TODAY)
    assert [row.instalment for row in rows] == [8, 9, 10]
    assert {row.notice_number for row in rows} == {MOVED_IN_NOTICE}
    assert {row.payment_method for row in rows} == {BY_SLIP}
    assert MOVED_IN_NOTICE not in {row.notice_number for row in ROWS}
    loaded = load_choutei(export_of(rows).content)
    assert (loaded.problems, len(loaded.records)) == ([], 3)


class Ward:
    """The ward's door for assessments: keeps what came, and says what it did, or another thing."""

    def __init__(self, **said: int) -> None:
        self.files: list[bytes] = []
        self.said = said
        self.owed_when_told: list[int] = []
        self.books: Books | None = None

    async def staff_asks(self, role: str, _: Any, content: bytes, *, query: Any) -> Any:
        assert (role, self.books is not None) == ("system", True)
        self.files.append(content)
        rows = load_choutei(content).records
        assert (query["record_count"], query["total_yen"]) == (
            len(rows),
            sum(row.amount_yen for row in rows),
        )
        self.owed_when_told += [self.books.claims()[key_of(row)][-1] for row in rows]
        of = [row.proc for row in rows]
        did = {
            "added": of.count(Proc.ADD),
            "corrected": of.count(Proc.CHANGE),
            "cancelled": of.count(Proc.DELETE),
        }
        return SimpleNamespace(**(did | self.said))


PLANNED = (
    PlannedCorrection(date(2025, 7, 14), Change.CANCELLED, key_of(ROWS[7]), 0),
    PlannedCorrection(date(2025, 7, 10), Change.LOWERED_UNPAID, key_of(CLAIM), 50),
    PlannedCorrection(date(2025, 8, 1), Change.ADDED_LATE, (MOVED_IN_NOTICE, 10)),
)


def corrections(tmp_path, ward: Ward) -> Corrections:
    ward.books = Books(tmp_path / "outside.sqlite")
    ward.books.assess(notes_of(ROWS))
    made = Corrections(ward, ward.books)  # type: ignore[arg-type]
    made.expect(1, ROWS, PLANNED)
    return made


async def test_each_correction_is_handed_in_once_on_its_day_and_stands_in_the_books_first(
    tmp_path,
) -> None:
    ward = Ward()
    made = corrections(tmp_path, ward)
    days = (date(2025, 7, 9), date(2025, 7, 14), date(2025, 7, 15), date(2025, 8, 1))
    assert [await made.day(day) for day in days] == [0, 2, 0, 1]
    half = int(lowered(CLAIM, 50, TODAY).amount_yen)
    late = int(moved_in(1, YEAR, 10, TODAY)[0].amount_yen)
    assert ward.owed_when_told == [half, 0, late]
    assert made.books.claims()[key_of(CLAIM)] == [int(CLAIM.amount_yen), half]
    assert made.surprises == []
    assert made.handed_in == {each.change.value: 1 for each in PLANNED}
    made.books.close()


async def test_a_correction_that_the_ward_takes_for_another_thing_is_a_surprise(tmp_path) -> None:
    made = corrections(tmp_path, Ward(corrected=0))
    await made.day(date(2025, 7, 10))
    assert [text.split()[0] for text in made.surprises] == ["lowered_before_payment"]
    made.books.close()
