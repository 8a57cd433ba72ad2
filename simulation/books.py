"""The books of those outside, payers and banks, written before each call (SQLite, one file).

They are what the four organisations are held against, so nothing of theirs is ever copied in here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS payments (
    payment_id TEXT PRIMARY KEY, channel TEXT NOT NULL, barcode TEXT NOT NULL,
    amount_yen INTEGER NOT NULL, at TEXT NOT NULL, state TEXT NOT NULL, reason TEXT);
CREATE TABLE IF NOT EXISTS bank_takings (
    bank_code TEXT NOT NULL, receipt_number TEXT NOT NULL, payment_number TEXT NOT NULL,
    medium TEXT NOT NULL, amount_yen INTEGER NOT NULL, at TEXT NOT NULL, booked_on TEXT NOT NULL,
    state TEXT NOT NULL, PRIMARY KEY (bank_code, receipt_number));
CREATE TABLE IF NOT EXISTS bank_telegrams (
    bank_code TEXT NOT NULL, receipt_number TEXT NOT NULL, in_bulk INTEGER NOT NULL,
    body TEXT NOT NULL, due_at TEXT NOT NULL, PRIMARY KEY (bank_code, receipt_number));
CREATE TABLE IF NOT EXISTS bank_numbers (bank_code TEXT PRIMARY KEY, last INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS bookings (
    reference INTEGER PRIMARY KEY, source TEXT NOT NULL UNIQUE, value_date TEXT NOT NULL,
    remitter_code TEXT NOT NULL, remitter_name_kana TEXT NOT NULL, amount_yen INTEGER NOT NULL,
    sent INTEGER NOT NULL DEFAULT 0);
"""


@dataclass(frozen=True)
class PaymentNote:
    """A payer's own note of a payment by app: intended, accepted, declined, abandoned, open."""

    payment_id: str
    channel: str
    barcode: str
    amount_yen: int
    at: datetime
    state: str
    reason: str | None


class TakingDiffersError(RuntimeError):
    """A bank's receipt number stands for another payment in its own books already."""


@dataclass(frozen=True)
class Taking:
    """Money that a Pay-easy bank took. booked_on: its 勘定日.

    state: intended (the centre has not acknowledged it), taken (it has), unposted (it refused: the
    bank keeps the money apart until a person decides), or cancelled (the payer has it back).
    """

    bank_code: str
    receipt_number: str
    payment_number: str
    medium: str
    amount_yen: int
    at: datetime
    booked_on: date
    state: str


@dataclass(frozen=True)
class Telegram:
    """What a bank has to tell the centre about a taking, as JSON, and from when on."""

    body: str
    due_at: datetime
    in_bulk: bool = False


@dataclass(frozen=True)
class Booking:
    """A line of the ward's bank account: money that came in on its value date."""

    reference: int
    value_date: date
    remitter_code: str
    remitter_name_kana: str
    amount_yen: int


class Books:
    """One file of books; every write is committed before the call that it announces."""

    def __init__(self, path: Path) -> None:
        """Open the file, making it if need be."""
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.executescript(SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def intend_payment(self, note: PaymentNote) -> None:
        """Write down a payment before it is asked for; the same id again changes nothing."""
        self._database.execute(
            "INSERT OR IGNORE INTO payments VALUES (?,?,?,?,?,?,?)",
            (
                note.payment_id,
                note.channel,
                note.barcode,
                note.amount_yen,
                note.at.isoformat(),
                note.state,
                note.reason,
            ),
        )

    def note_payment(self, payment_id: str, state: str, reason: str | None) -> None:
        """Write down how a payment stands."""
        self._database.execute(
            "UPDATE payments SET state = ?, reason = ? WHERE payment_id = ?",
            (state, reason, payment_id),
        )

    def payments(self, *states: str) -> list[PaymentNote]:
        """Return the payers' notes that stand so, in the order of time."""
        marks = ",".join("?" * len(states))
        rows = self._database.execute(
            f"SELECT * FROM payments WHERE state IN ({marks}) ORDER BY at, barcode",  # noqa: S608 - only question marks are put in
            states,
        )
        return [
            PaymentNote(
                payment_id, channel, barcode, amount_yen, datetime.fromisoformat(at), state, reason
            )
            for payment_id, channel, barcode, amount_yen, at, state, reason in rows
        ]

    def allot_number(self, bank_code: str) -> int:
        """Return the next running number of a bank: one statement, so nobody gets it twice.

        A bank's first is the one after all takings that these books had before they counted.
        """
        row = self._database.execute(
            "INSERT INTO bank_numbers VALUES (?, 1 + (SELECT COUNT(*) FROM bank_takings))"
            " ON CONFLICT (bank_code) DO UPDATE SET last = last + 1 RETURNING last",
            (bank_code,),
        ).fetchone()
        return int(row[0])

    def intend_taking(self, taking: Taking, telegram: Telegram) -> None:
        """Write down money that a bank takes, and what it will tell the centre, in one step.

        The same again changes nothing; a receipt number of another payment is TakingDiffersError.
        """
        values = (
            taking.bank_code,
            taking.receipt_number,
            taking.payment_number,
            taking.medium,
            taking.amount_yen,
            taking.at.isoformat(),
            taking.booked_on.isoformat(),
        )
        told = (int(telegram.in_bulk), telegram.body, telegram.due_at.isoformat())
        with self._in_one_step():
            found = self._database.execute(
                "SELECT * FROM bank_takings WHERE bank_code = ? AND receipt_number = ?", values[:2]
            ).fetchone()
            if found is not None and found[:-1] != values:
                raise TakingDiffersError(f"bank {taking.bank_code}: {taking.receipt_number}")
            if found is None:
                row = (*values, taking.state)
                self._database.execute("INSERT INTO bank_takings VALUES (?,?,?,?,?,?,?,?)", row)
                held = (*values[:2], *told)
                self._database.execute("INSERT INTO bank_telegrams VALUES (?,?,?,?,?)", held)

    @contextmanager
    def _in_one_step(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def telegrams(
        self, up_to: datetime, *, payment_number: str | None = None
    ) -> list[tuple[Taking, Telegram]]:
        """Return what banks still have to tell, due up to an instant, in the order of time."""
        rows = self._database.execute(
            "SELECT k.*, t.in_bulk, t.body, t.due_at"
            " FROM bank_takings k JOIN bank_telegrams t USING (bank_code, receipt_number)"
            " WHERE k.state = 'intended' AND (? IS NULL OR k.payment_number = ?)",
            (payment_number, payment_number),
        ).fetchall()
        found = [
            (taking, Telegram(row[-2], datetime.fromisoformat(row[-1]), bool(row[-3])))
            for taking, row in zip(_takings(rows), rows, strict=True)
        ]
        due = [each for each in found if each[1].due_at <= up_to]
        return sorted(due, key=lambda e: (e[1].due_at, e[0].bank_code, e[0].receipt_number))

    def note_taking(self, bank_code: str, receipt_number: str, state: str) -> None:
        """Write down that the money was taken, or given back the same day."""
        self._database.execute(
            "UPDATE bank_takings SET state = ? WHERE bank_code = ? AND receipt_number = ?",
            (state, bank_code, receipt_number),
        )

    def takings(self, *states: str) -> list[Taking]:
        """Return the banks' takings that stand so, in the order of time."""
        marks = ",".join("?" * len(states))
        query = f"SELECT * FROM bank_takings WHERE state IN ({marks})"  # noqa: S608 - only question marks are put in
        rows = self._database.execute(query + " ORDER BY at, payment_number", states)
        return list(_takings(rows))

    def taking(self, bank_code: str, receipt_number: str) -> Taking:
        """Return one taking, as it stands; LookupError if there is none."""
        for taking in _takings(
            self._database.execute(
                "SELECT * FROM bank_takings WHERE bank_code = ? AND receipt_number = ?",
                (bank_code, receipt_number),
            )
        ):
            return taking
        raise LookupError(f"bank {bank_code}: {receipt_number}")

    def book(
        self, source: str, value_date: date, remitter: tuple[str, str], amount_yen: int
    ) -> None:
        """Book money into the ward's account once; source says where the order came from."""
        self._database.execute(
            "INSERT OR IGNORE INTO bookings (source, value_date, remitter_code,"
            " remitter_name_kana, amount_yen) VALUES (?,?,?,?,?)",
            (source, value_date.isoformat(), *remitter, amount_yen),
        )

    def bookings_to_send(self, up_to: date) -> list[Booking]:
        """Return the account's lines that no statement has carried yet."""
        rows = self._database.execute(
            "SELECT reference, value_date, remitter_code, remitter_name_kana, amount_yen"
            " FROM bookings WHERE sent = 0 AND value_date <= ? ORDER BY value_date, reference",
            (up_to.isoformat(),),
        )
        return [Booking(row[0], date.fromisoformat(row[1]), *row[2:]) for row in rows]

    def all_bookings(self) -> list[Booking]:
        """Return every line of the account."""
        rows = self._database.execute(
            "SELECT reference, value_date, remitter_code, remitter_name_kana, amount_yen"
            " FROM bookings ORDER BY value_date, reference"
        )
        return [Booking(row[0], date.fromisoformat(row[1]), *row[2:]) for row in rows]

    def mark_sent(self, references: Iterable[int]) -> None:
        """Remember that a statement has carried these lines."""
        self._database.executemany(
            "UPDATE bookings SET sent = 1 WHERE reference = ?", [(r,) for r in references]
        )


def _takings(rows: Iterable[tuple[str, ...]]) -> Iterator[Taking]:
    for row in rows:
        yield Taking(
            row[0],
            row[1],
            row[2],
            row[3],
            int(row[4]),
            datetime.fromisoformat(row[5]),
            date.fromisoformat(row[6]),
            row[7],
        )
