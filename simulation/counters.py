"""Counters of banks and their paper (済通): who sends it, who reads it off, whose money it is.

Knows the banks' own books and the ward's door for paper; what is counted once is the ward's matter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from shared.kit.calendar import japanese_banks
from shared.kit.clock import tokyo_date
from shared.kit.money import Yen
from shared.wire.paper_notices import TAKE_PAPER_NOTICES, PaperNoticeRead, TakePaperNotices
from simulation.access import Access
from simulation.bank_habits import PAY_IN_BUSINESS_DAYS, Bank
from simulation.banks import BRANCH, COUNTER, Gathering, Visit, taking_of
from simulation.books import Books, Paper, Taking

ROLE = "clerk"


@dataclass
class Counters:
    """Every counter that sends paper. remitter: whose name stands on money told on paper alone.

    read: how many papers a clerk has read off; surprises: what the ward took otherwise than it was.
    """

    access: Access
    books: Books
    remitter: Gathering
    read: int = 0
    surprises: list[str] = field(default_factory=list)

    def take(self, bank: Bank, visit: Visit, printed_yen: int, comes_on: date) -> Taking:
        """Take a payer's money over a counter of which the centre never hears (yen as printed).

        comes_on: the Tokyo day on which its paper comes to the ward.
        """
        taking = taking_of(bank, visit, printed_yen, state="on_paper")
        self.send(taking, comes_on)
        return taking

    def send(self, taking: Taking, comes_on: date) -> None:
        """Send paper about money that a counter has taken; ValueError if no counter took it."""
        if taking.medium != COUNTER:
            raise ValueError("only a counter stamps paper")
        paid_in_on = japanese_banks().add(taking.booked_on, PAY_IN_BUSINESS_DAYS)
        self.books.put_on_paper(taking, Paper(comes_on, paid_in_on))

    async def day(self, day: date) -> int:
        """Let a clerk read off what has come, once or again; return how many notices that were."""
        come = self.books.unread_papers(day)
        if not come:
            return 0
        body = TakePaperNotices(notices=tuple(_read(taking, paper) for taking, paper in come))
        taken = await self.access.staff_asks(ROLE, TAKE_PAPER_NOTICES, body)
        if taken.reused or taken.taken + taken.repeated != len(come):
            self.surprises.append(f"paper of {day}: {taken}")
        self.books.mark_read(taking for taking, _ in come)
        self.read += len(come)
        return len(come)

    def pay_in(self, day: date) -> None:
        """Let each bank pay in what its counters told on paper alone, once, from its own books."""
        paid = self.books.papers_paid_in(day)
        remitter = (self.remitter.remitter_code, self.remitter.remitter_name_kana)
        for bank_code, held in groupby(paid, key=lambda each: each[0].bank_code):
            total = sum(taking.amount_yen for taking, _ in held)
            self.books.book(f"counters of {bank_code} {day}", day, remitter, total)


def _read(taking: Taking, paper: Paper) -> PaperNoticeRead:
    """Return what stands on the paper; its stamp's number is the bank's own receipt number."""
    return PaperNoticeRead(
        bank_code=taking.bank_code,
        branch_code=BRANCH,
        payment_number=taking.payment_number,
        amount_yen=Yen(taking.amount_yen),
        paid_on=tokyo_date(taking.at),
        paid_in_on=paper.paid_in_on,
        stamp_number=taking.receipt_number,
    )
