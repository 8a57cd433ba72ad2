"""The banks of Pay-easy: they ask the centre, take the payer's money, notify, and pay over.

What they pay over comes from their own books, through one gathering branch (取りまとめ店), never
from anything that the centre wrote (DESIGN rule 11).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from shared.files.keisansho import StatementLine, write_keisansho
from shared.files.pay_ins import Taken, pay_in_lines
from shared.keys.channels import Channel
from shared.keys.payment_number import BILLER_NUMBER_DIGITS
from shared.kit.calendar import japanese_banks
from shared.kit.clock import tokyo_date
from shared.kit.money import Yen
from shared.wire.payeasy import (
    CANCEL_RECEIPT,
    INQUIRE,
    NOTIFY,
    CancelReceipt,
    Inquire,
    InquiryAnswer,
    Notify,
)
from simulation.access import Access
from simulation.books import Books, Taking

ATM_CASH, ATM_ACCOUNT, INTERNET_BANKING = "01", "02", "03"
BRANCH = "001"
ATM_JAM = 1
PAY_IN_BUSINESS_DAYS = 2
"""Business days from 勘定日 to the ward's account (DOMAIN §2.3: two to three)."""


class TelegramRefusedError(RuntimeError):
    """The centre answered a bank with a result code that the payer had no reason to expect."""


@dataclass(frozen=True)
class SlipKeys:
    """The four keys that a payer types in."""

    institution_number: str
    payment_number: str
    confirmation_number: str
    category: str


@dataclass(frozen=True)
class Gathering:
    """Under which name the gathering branch pays the ward (agreed per contract)."""

    remitter_code: str
    remitter_name_kana: str


@dataclass
class Banks:
    """Every bank that is connected, each under its own certificate."""

    access: Access
    books: Books
    gathering: Gathering

    async def pay(
        self, keys: SlipKeys, *, bank_code: str, medium: str, at: datetime, trace: str
    ) -> Taking:
        """Inquire, take the money into the bank's own books, notify until it is acknowledged."""
        answer = await self._inquire(keys, bank_code, medium, at, trace)
        if answer.result != "00" or answer.amount_yen is None or answer.session_id is None:
            raise TelegramRefusedError(f"inquiry: {answer.result}")
        taking = Taking(
            bank_code,
            f"{trace}R",
            keys.payment_number,
            medium,
            int(answer.amount_yen),
            at,
            japanese_banks().on_or_after(tokyo_date(at)),
            "intended",
        )
        self.books.intend_taking(taking)
        body = Notify(
            session_id=answer.session_id,
            bank_code=bank_code,
            branch_code=BRANCH,
            trace_number=trace,
            receipt_number=taking.receipt_number,
            amount_yen=Yen(taking.amount_yen),
            paid_at=at,
            medium=medium,
        )
        client = self.access.at(f"bank-{bank_code}", NOTIFY)
        result = (await self.access.patiently(lambda: client.ask(NOTIFY, body))).result
        if result != "00":
            raise TelegramRefusedError(f"notification: {result}")
        self.books.note_taking(bank_code, taking.receipt_number, "taken")
        return taking

    async def cancel(self, taking: Taking) -> None:
        """Undo a taking of the same day (速報取消): the machine jammed, the cash is back."""
        body = CancelReceipt(
            bank_code=taking.bank_code,
            receipt_number=taking.receipt_number,
            paid_on=tokyo_date(taking.at),
            reason=ATM_JAM,
        )
        client = self.access.at(f"bank-{taking.bank_code}", CANCEL_RECEIPT)
        result = (await self.access.patiently(lambda: client.ask(CANCEL_RECEIPT, body))).result
        if result != "00":
            raise TelegramRefusedError(f"cancellation: {result}")
        self.books.note_taking(taking.bank_code, taking.receipt_number, "cancelled")

    async def _inquire(
        self, keys: SlipKeys, bank_code: str, medium: str, at: datetime, trace: str
    ) -> InquiryAnswer:
        question = Inquire(
            institution_number=keys.institution_number,
            payment_number=keys.payment_number,
            confirmation_number=keys.confirmation_number,
            category=keys.category,
            bank_code=bank_code,
            branch_code=BRANCH,
            medium=medium,
            trace_number=trace,
            requested_at=at,
        )
        client = self.access.at(f"bank-{bank_code}", INQUIRE)
        return await self.access.patiently(lambda: client.ask(INQUIRE, question))

    def pay_over(self, value_date: date) -> bytes | None:
        """Let the gathering branch pay what the banks took for this value date, once.

        Return its 計算書 for the ward's treasurer; None if there is nothing to pay.
        """
        calendar = japanese_banks()
        takings = [
            taking
            for day in self.books.booked_days()
            if calendar.add(day, PAY_IN_BUSINESS_DAYS) == value_date
            for taking in self.books.takings("taken", booked_on=day)
        ]
        if not takings:
            return None
        remitter = (self.gathering.remitter_code, self.gathering.remitter_name_kana)
        total = sum(taking.amount_yen for taking in takings)
        self.books.book(f"gathering-branch {value_date}", value_date, remitter, total)
        return write_keisansho(self._statement(takings, value_date))

    def _statement(self, takings: Sequence[Taking], value_date: date) -> list[StatementLine]:
        return pay_in_lines(
            [
                Taken(
                    tokyo_date(taking.at),
                    taking.payment_number[:BILLER_NUMBER_DIGITS],
                    Yen(taking.amount_yen),
                )
                for taking in takings
            ],
            municipality=self.access.municipality,
            channel=Channel.PAYEASY,
            remitter_code=self.gathering.remitter_code,
            paid_in_on=value_date,
        )
