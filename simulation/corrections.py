"""What changes in the course of the year: the standard system corrects and adds claims (更正).

It writes what is owed from then on into its own books, then hands the file in at the ward's door;
knows no slip, no key and no receipt.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from shared.files.choutei import Assessment
from shared.files.codes import Proc
from shared.wire.ward_intranet import TAKE_ASSESSMENTS, AssessmentsTaken
from simulation.access import Access
from simulation.books import Books, ClaimKey, ClaimNote
from simulation.standard_system import Export, cancelled, export_of, lowered, moved_in
from simulation.year_plan import Change, PlannedCorrection

ROLE = "system"


async def hand_in(access: Access, export: Export) -> AssessmentsTaken:
    """Hand a file in at the ward's door, its totals beside it; the same bytes again do nothing."""
    totals: dict[str, str | int] = {
        "record_count": export.record_count,
        "total_yen": export.total_yen,
        "sha256": hashlib.sha256(export.content).hexdigest(),
    }
    return await access.staff_asks(ROLE, TAKE_ASSESSMENTS, export.content, query=totals)


def notes_of(rows: Iterable[Assessment]) -> list[ClaimNote]:
    """Return what records say is owed; what is cancelled is owed 0 yen."""
    return [
        ClaimNote(
            key_of(row),
            row.correction_count,
            0 if row.proc is Proc.DELETE else int(row.amount_yen),
        )
        for row in rows
    ]


def key_of(row: Assessment) -> ClaimKey:
    """Return the claim that a record is about."""
    return row.notice_number, row.instalment


@dataclass
class Corrections:
    """The corrections of a walk, and the standard system's claims as they stand.

    handed_in: how many of each kind; surprises: what the ward took otherwise than it was meant.
    """

    access: Access
    books: Books
    seed: int = 0
    claims: dict[ClaimKey, Assessment] = field(default_factory=dict)
    planned: list[PlannedCorrection] = field(default_factory=list)
    handed_in: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)

    def expect(
        self, seed: int, rows: Iterable[Assessment], planned: Sequence[PlannedCorrection]
    ) -> None:
        """Take the claims of the start, and what is to become of them."""
        self.seed, self.claims = seed, {key_of(row): row for row in rows}
        self.planned = sorted(planned, key=lambda each: (each.on, each.change))

    async def day(self, day: date) -> int:
        """Hand in what is due, each correction in a file of its own; return how many."""
        done = 0
        while self.planned and self.planned[0].on <= day:
            await self._hand_in(self.planned[0])
            del self.planned[0]
            done += 1
        return done

    async def _hand_in(self, planned: PlannedCorrection) -> None:
        rows = self._rows(planned)
        self.books.assess(notes_of(rows))
        taken = await hand_in(self.access, export_of(rows))
        of = Counter(row.proc for row in rows)
        meant = (of[Proc.ADD], of[Proc.CHANGE], of[Proc.DELETE])
        if meant != (taken.added, taken.corrected, taken.cancelled):
            self.surprises.append(f"{planned.change} of {planned.on}: {taken}")
        self.claims |= {key_of(row): row for row in rows}
        self.handed_in[planned.change.value] += 1

    def _rows(self, planned: PlannedCorrection) -> list[Assessment]:
        """Return the records of a correction: the claims as they are from then on."""
        on = planned.on
        if planned.change is Change.ADDED_LATE:
            year = next(iter(self.claims.values())).fiscal_year
            return moved_in(self.seed, year, planned.claim[1], on)
        row = self.claims[planned.claim]
        if planned.change is Change.CANCELLED:
            return [cancelled(row, on)]
        return [lowered(row, planned.percent, on)]
