"""The banks of Pay-easy: they ask the centre, take the payer's money, notify, and pay over.

What they pay over comes from their own books, through one gathering branch (取りまとめ店), never
from anything that the centre wrote (DESIGN rule 11).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from shared.files.keisansho import StatementLine, write_keisansho
from shared.files.pay_ins import Taken, pay_in_lines
from shared.keys.channels import Channel
from shared.keys.payment_number import BILLER_NUMBER_DIGITS
from shared.kit.calendar import japanese_banks
from shared.kit.clock import tokyo_date
from shared.kit.money import Yen
from shared.kit.peer import PeerRefused
from shared.wire.payeasy import (
    CANCEL_RECEIPT,
    INQUIRE,
    NOTIFY,
    CancelReceipt,
    Inquire,
    InquiryAnswer,
    Notify,
)
from shared.wire.payeasy_bulk import BATCH_MAX, NOTIFY_IN_BULK, CounterPaymentTold, NotifyInBulk
from shared.wire.payeasy_totals import TELL_DAILY_TOTALS, TellDailyTotals
from simulation.access import Access
from simulation.bank_habits import Bank
from simulation.books import Books, Taking, Telegram

ATM_CASH, ATM_ACCOUNT, INTERNET_BANKING, COUNTER = "01", "02", "03", "05"
BRANCH = "001"
ATM_JAM = 1
OK, SYSTEM_FAILURE = "00", "90"


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
class Visit:
    """A payer with a slip at a bank's machine or counter; trace is the bank's running number."""

    keys: SlipKeys
    medium: str
    at: datetime
    trace: str


@dataclass(frozen=True)
class Gathering:
    """Under which name a gathering branch, or a counter, pays the ward (agreed per contract)."""

    remitter_code: str
    remitter_name_kana: str


@dataclass
class Banks:
    """Every bank that is connected, each under its own certificate; `known` are their habits."""

    access: Access
    books: Books
    gathering: Gathering
    known: Mapping[str, Bank] = field(default_factory=dict)

    def bank(self, code: str) -> Bank:
        """Return a bank; one without a habit of its own is patient."""
        return self.known.get(code) or Bank(code)

    async def pay(
        self,
        keys: SlipKeys,
        *,
        bank_code: str,
        medium: str,
        at: datetime,
        trace: str,
        printed_yen: int | None = None,
    ) -> Taking:
        """Take a payer's money into the bank's own books, and tell the centre as the bank does.

        A bank that tells later returns with the taking intended. A counter that tells in bulk asks
        nothing and takes what the slip says (printed_yen). TelegramRefusedError: no money was
        taken, or the centre refused what it was told, and the bank keeps the money apart.
        """
        bank = self.bank(bank_code)
        if bank.habit.in_bulk:
            return self._take_at_counter(bank, Visit(keys, COUNTER, at, trace), printed_yen)
        answers = [
            await self.inquire(keys, bank_code, medium, at, trace)
            for _ in range(bank.habit.inquiries)
        ]
        taking, body = _taken(bank, Visit(keys, medium, at, trace), answers[-1])
        telegram = Telegram(body.model_dump_json(), bank.habit.tells_at(at))
        self.books.intend_taking(taking, telegram)
        if telegram.due_at <= at:
            await self._tell(taking, telegram)
        return taking

    def _take_at_counter(self, bank: Bank, visit: Visit, printed_yen: int | None) -> Taking:
        if printed_yen is None:
            raise ValueError("a counter takes the amount that is printed on the slip")
        taking, keys = taking_of(bank, visit, printed_yen), visit.keys
        told = CounterPaymentTold(
            institution_number=keys.institution_number,
            payment_number=keys.payment_number,
            confirmation_number=keys.confirmation_number,
            category=keys.category,
            branch_code=BRANCH,
            trace_number=visit.trace,
            receipt_number=taking.receipt_number,
            amount_yen=Yen(printed_yen),
            paid_at=visit.at,
            medium="05",
        )
        due_at = bank.habit.tells_at(visit.at)
        self.books.intend_taking(taking, Telegram(told.model_dump_json(), due_at, in_bulk=True))
        return taking

    async def tell_due(self, up_to: datetime, *, payment_number: str | None = None) -> list[Taking]:
        """Tell the centre what is due, also what a dead bank left behind; return how it stands now.

        What the centre refuses ends as unposted: the bank keeps that money apart.
        """
        due = self.books.telegrams(up_to, payment_number=payment_number)
        for bank_code, held in groupby((e for e in due if e[1].in_bulk), key=_bank_of):
            batch = list(held)
            for start in range(0, len(batch), BATCH_MAX):
                await self._tell_in_bulk(bank_code, batch[start : start + BATCH_MAX])
        for taking, telegram in due:
            if not telegram.in_bulk:
                try:
                    await self._tell(taking, telegram)
                except (TelegramRefusedError, PeerRefused):
                    continue  # it stands in the books as unposted, or is told again later
        return [self.books.taking(t.bank_code, t.receipt_number) for t, _ in due]

    async def _tell(self, taking: Taking, telegram: Telegram) -> None:
        """Notify until it is acknowledged, as often as the bank's habit is; note the outcome."""
        bank = self.bank(taking.bank_code)
        body = Notify.model_validate_json(telegram.body)
        client = self.access.at(bank.caller, NOTIFY)
        try:
            answers = [
                await self.access.patiently(lambda: client.ask(NOTIFY, body))
                for _ in range(bank.habit.tellings)
            ]
        except PeerRefused:
            self._note(taking, "unposted")
            raise
        result = answers[-1].result
        self._note_result(taking, result)
        if result != OK:
            raise TelegramRefusedError(f"notification: {result}")

    async def _tell_in_bulk(self, bank_code: str, held: Sequence[tuple[Taking, Telegram]]) -> None:
        body = NotifyInBulk(
            bank_code=bank_code,
            notifications=tuple(
                CounterPaymentTold.model_validate_json(telegram.body) for _, telegram in held
            ),
        )
        client = self.access.at(self.bank(bank_code).caller, NOTIFY_IN_BULK)
        answer = await self.access.patiently(lambda: client.ask(NOTIFY_IN_BULK, body))
        for (taking, _), each in zip(held, answer.results, strict=True):
            self._note_result(taking, each.result)

    def _note_result(self, taking: Taking, result: str) -> None:
        """Note what the centre said; what it could not take down now is told again later."""
        if result != SYSTEM_FAILURE:
            self._note(taking, "taken" if result == OK else "unposted")

    def _note(self, taking: Taking, state: str) -> None:
        self.books.note_taking(taking.bank_code, taking.receipt_number, state)

    async def cancel(self, taking: Taking) -> None:
        """Undo a taking of the same day (速報取消): the machine jammed, the cash is back."""
        body = CancelReceipt(
            bank_code=taking.bank_code,
            receipt_number=taking.receipt_number,
            paid_on=tokyo_date(taking.at),
            reason=ATM_JAM,
        )
        client = self.access.at(self.bank(taking.bank_code).caller, CANCEL_RECEIPT)
        result = (await self.access.patiently(lambda: client.ask(CANCEL_RECEIPT, body))).result
        if result != OK:
            raise TelegramRefusedError(f"cancellation: {result}")
        self._note(taking, "cancelled")

    async def tell_totals(
        self, paid_on: date, institution_number: str, *, but: Collection[str] = ()
    ) -> dict[str, str]:
        """Let each bank sum up what it took on a day, once it has told all of it; return results.

        What the centre did not take down is no part of it: the bank keeps that money apart. `but`:
        banks that have summed this day up already.
        """
        all_of_them = self.books.takings("intended", "taken", "unposted", "cancelled")
        own = [taking for taking in all_of_them if tokyo_date(taking.at) == paid_on]
        untold = {taking.bank_code for taking in own if taking.state == "intended"}
        results = {}
        for code in sorted({taking.bank_code for taking in own} - untold - set(but)):
            yen = [t.amount_yen for t in own if t.bank_code == code and t.state == "taken"]
            body = TellDailyTotals(
                bank_code=code,
                institution_number=institution_number,
                paid_on=paid_on,
                receipt_count=len(yen),
                amount_yen=Yen(sum(yen)),
            )
            results[code] = await self._tell_total(body)
        return results

    async def _tell_total(self, body: TellDailyTotals) -> str:
        client = self.access.at(self.bank(body.bank_code).caller, TELL_DAILY_TOTALS)
        return (await self.access.patiently(lambda: client.ask(TELL_DAILY_TOTALS, body))).result

    async def inquire(
        self, keys: SlipKeys, bank_code: str, medium: str, at: datetime, trace: str
    ) -> InquiryAnswer:
        """Ask the centre what keys stand for; no money is taken."""
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
        client = self.access.at(self.bank(bank_code).caller, INQUIRE)
        return await self.access.patiently(lambda: client.ask(INQUIRE, question))

    def pay_over(self, value_date: date) -> bytes | None:
        """Let the gathering branch pay what the banks took for this value date, once.

        A bank pays over what it has taken, whether or not the centre has acknowledged it. Return
        its 計算書 for the ward's treasurer; None if there is nothing to pay.
        """
        takings = [
            taking
            for taking in self.books.takings("intended", "taken")
            if self._paid_over_on(taking) == value_date
        ]
        if not takings:
            return None
        remitter = (self.gathering.remitter_code, self.gathering.remitter_name_kana)
        total = sum(taking.amount_yen for taking in takings)
        self.books.book(f"gathering-branch {value_date}", value_date, remitter, total)
        return write_keisansho(self._statement(takings, value_date))

    def _paid_over_on(self, taking: Taking) -> date:
        days = self.bank(taking.bank_code).pay_in_business_days
        return japanese_banks().add(taking.booked_on, days)

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


def _bank_of(held: tuple[Taking, Telegram]) -> str:
    return held[0].bank_code


def taking_of(bank: Bank, visit: Visit, amount_yen: int, *, state: str = "intended") -> Taking:
    """Return the bank's own record of money taken, before anybody was told."""
    return Taking(
        bank.code,
        f"{visit.trace}R",
        visit.keys.payment_number,
        visit.medium,
        amount_yen,
        visit.at,
        japanese_banks().on_or_after(tokyo_date(visit.at)),
        state,
    )


def _taken(bank: Bank, visit: Visit, answer: InquiryAnswer) -> tuple[Taking, Notify]:
    """Return the record of the money that an inquiry's answer asks for, and its notification."""
    if answer.result != OK or answer.amount_yen is None or answer.session_id is None:
        raise TelegramRefusedError(f"inquiry: {answer.result}")
    taking = taking_of(bank, visit, int(answer.amount_yen))
    body = Notify(
        session_id=answer.session_id,
        bank_code=bank.code,
        branch_code=BRANCH,
        trace_number=visit.trace,
        receipt_number=taking.receipt_number,
        amount_yen=answer.amount_yen,
        paid_at=visit.at,
        medium=visit.medium,
    )
    return taking, body
