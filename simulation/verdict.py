"""The end of a walk: the ward's books held against the books of those outside, figure by figure.

lost and doubled are counted here, from the payers' and banks' own notes, never inside a service.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from shared.kit.arrow import Arrow, NoBody
from shared.kit.clock import tokyo_date
from shared.wire.centre_operation import LIST_CENTRE_EXCEPTIONS
from shared.wire.differences import AT_CARD_AGENT, AT_PROVIDER
from shared.wire.doors import CARD_AGENT, LGWAN_ASP, PAYMENT_PROVIDER
from shared.wire.sandbox_books import (
    CARD_NETWORK_BOOKS,
    COLLECTION_ACCOUNT,
    PAYERS_BANK_BOOKS,
    OutsideBooks,
)
from shared.wire.ward_intranet import (
    LIST_EXCEPTIONS,
    LIST_RECEIPTS,
    LIST_STATEMENT_LINES,
    MAKE_STATEMENT,
    ExceptionView,
    MakeStatement,
    ReceiptView,
    Statement,
    StatementLine,
)
from simulation.access import Access
from simulation.books import Books, Taking
from simulation.owed import KEPT, OVERPAID_HEAP, UNPAID_HEAPS, differences, unexplained

PAGE_ROWS = 1000
CHANNELS = ("mobile_banking", "mobile_credit", "payeasy", "bank_counter")
LIVE_PHASES = ("preliminary", "confirmed", "funded")
IN_TRANSIT_HEAPS, PROVISIONAL_HEAP = ("A2", "A3"), "A4"
IDENTITIES = ("I1", "I2", "I3", "I4", "I5", "I6", "I7", "I9", "I13", "I14", "I15")
STATEMENT_COLUMNS = (
    "subject",
    "notice_number",
    "fiscal_year",
    "instalment",
    "channel",
    "heap",
    "assessed_yen",
    "received_yen",
    "deposited_yen",
    "reason",
)

Row = TypeVar("Row")
Taken = tuple[str, str, int, str]
"""(channel, key or receipt, yen, Tokyo date): what makes two takings of money the same one."""


@dataclass(frozen=True)
class Expected:
    """What the plan says must have happened.

    gave_way: notices that came before their electronic receipts, which then counted instead.
    """

    payments: dict[str, int]
    declined: int
    cancelled: int
    gave_way: int
    exceptions: dict[str, int]


@dataclass
class Findings:
    """Everything that was read from the doors and the books."""

    statement: Statement
    lines: list[StatementLine]
    receipts: list[ReceiptView]
    exceptions: list[ExceptionView]
    open_elsewhere: list[str]
    lost: int = 0
    doubled: int = 0
    accepted: dict[str, int] = field(default_factory=dict)
    declined: int = 0
    collected_yen: int = 0


async def read_all(
    page: Callable[[dict[str, str | int]], Any], rows: Callable[[Any], tuple[Row, ...]]
) -> list[Row]:
    """Read every page of a listing; the query carries after and limit."""
    found: list[Row] = []
    query: dict[str, str | int] = {"limit": PAGE_ROWS}
    while True:
        answer = await page(query)
        found += rows(answer)
        if answer.next_after is None:
            return found
        query["after"] = str(answer.next_after)


async def find(access: Access, books: Books, fiscal_year: int, as_of: date) -> Findings:
    """Ask the ward's door for its statement, receipts and exceptions; compare with the books."""
    question = MakeStatement(fiscal_year=fiscal_year, as_of=as_of)
    statement = await access.staff_asks("treasury", MAKE_STATEMENT, question)
    identity = statement.statement_id
    findings = Findings(
        statement,
        await read_all(
            lambda q: access.staff_asks(
                "treasury", LIST_STATEMENT_LINES, query=q, statement_id=identity
            ),
            lambda page: page.lines,
        ),
        await read_all(
            lambda q: access.staff_asks("clerk", LIST_RECEIPTS, query=q), lambda p: p.receipts
        ),
        await read_all(
            lambda q: access.staff_asks("clerk", LIST_EXCEPTIONS, query=q | {"state": "OPEN"}),
            lambda p: p.exceptions,
        ),
        await _open_elsewhere(access),
    )
    await _compare(access, books, findings)
    return findings


async def _open_elsewhere(access: Access) -> list[str]:
    """Name what is open at the other three parties: each must be asked, for none tells the ward."""
    at_centre = await read_all(
        lambda q: access.operate(LIST_CENTRE_EXCEPTIONS, query=q), lambda page: page.exceptions
    )
    found = [f"open at {LGWAN_ASP}: {each.code} ({each.subject})" for each in at_centre]
    for service, arrows in ((PAYMENT_PROVIDER, AT_PROVIDER), (CARD_AGENT, AT_CARD_AGENT)):
        query: dict[str, str | int] = {"state": "open"}
        while True:
            page = await access.operate(arrows.list_differences, query=query)
            found += [
                f"open at {service}: {each.kind} ({each.authorisation_id})"
                for each in page.differences
            ]
            if page.next_after is None:
                break
            query["after"] = str(page.next_after)
    return found


async def _compare(access: Access, books: Books, findings: Findings) -> None:
    live = [r for r in findings.receipts if r.phase in LIVE_PHASES]
    shown = Counter(
        _taken(r.channel, r.key, int(r.amount_yen), tokyo_date(r.paid_at)) for r in live
    )
    accepted = books.payments("accepted")
    takings = books.takings(*KEPT)
    noted = Counter(
        [
            *(_taken(p.channel, p.barcode, p.amount_yen, tokyo_date(p.at)) for p in accepted),
            *(
                _taken(channel_of(t), t.payment_number, t.amount_yen, tokyo_date(t.at))
                for t in takings
            ),
        ]
    )
    findings.lost = (noted - shown).total()
    findings.doubled = (shown - noted).total()
    for channel, arrow in (
        ("mobile_credit", CARD_NETWORK_BOOKS),
        ("mobile_banking", PAYERS_BANK_BOOKS),
    ):
        outside = Counter(await _outside(access, arrow))
        of_channel = Counter(int(r.amount_yen) for r in live if r.channel == channel)
        findings.lost += (outside - of_channel).total()
        findings.doubled += (of_channel - outside).total()
    findings.collected_yen = int((await access.operate(COLLECTION_ACCOUNT)).balance_yen)
    taken = Counter(channel_of(t) for t in (*takings, *books.takings("cancelled")))
    findings.accepted = {c: sum(p.channel == c for p in accepted) + taken[c] for c in CHANNELS}
    findings.declined = len(books.payments("declined"))


async def _outside(access: Access, arrow: Arrow[NoBody, OutsideBooks]) -> list[int]:
    lines = await read_all(lambda q: access.operate(arrow, query=q), lambda page: page.lines)
    return [int(line.amount_yen) for line in lines]


def channel_of(taking: Taking) -> str:
    """Return the channel by which the ward hears of what a bank took."""
    return "bank_counter" if taking.state == "on_paper" else "payeasy"


def _taken(channel: str, key: str, amount_yen: int, day: date) -> Taken:
    return channel, key, amount_yen, day.isoformat()


def summary(findings: Findings, seed: int, fiscal_year: int) -> dict[str, Any]:
    """Return the figures of a walk, without the seconds that it took."""
    s = findings.statement
    heaps = {name: int(amount) for name, amount in sorted(s.heaps.items())}
    codes = Counter(e.code for e in findings.exceptions)
    return {
        "seed": seed,
        "fiscal_year": fiscal_year,
        "payments": findings.accepted,
        "declined": findings.declined,
        "receipts": {
            "preliminary": s.receipts_preliminary,
            "confirmed": s.receipts_confirmed,
            "funded": s.receipts_funded,
            "cancelled": s.receipts_cancelled,
        },
        "assessed_yen": int(s.assessed_yen),
        "received_yen": int(s.received_yen),
        "deposited_yen": int(s.deposited_yen),
        "unpaid_yen": sum(heaps.get(h, 0) for h in UNPAID_HEAPS),
        "overpaid_yen": heaps.get(OVERPAID_HEAP, 0),
        "in_transit_yen": sum(heaps.get(h, 0) for h in IN_TRANSIT_HEAPS),
        "provisional_yen": heaps.get(PROVISIONAL_HEAP, 0),
        "heaps": heaps,
        "by_channel": {channel: _channel(findings, channel) for channel in CHANNELS},
        "identities": {i.name: i.holds for i in s.identities},
        "residual_yen": int(s.residual_yen),
        "lost": findings.lost,
        "doubled": findings.doubled,
        "exceptions": [{"code": code, "count": count} for code, count in sorted(codes.items())],
    }


def _channel(findings: Findings, channel: str) -> dict[str, int]:
    """Return a channel's figures; paper that gave way to its electronic receipt counts there."""
    of = [r for r in findings.receipts if r.channel == channel and r.joined_receipt_id is None]
    return {
        "payments": findings.accepted[channel],
        "preliminary": sum(r.had_preliminary for r in of),
        "confirmed": sum(r.had_confirmed for r in of),
        "funded": sum(r.phase == "funded" for r in of),
        "received_yen": sum(int(r.amount_yen) for r in of if r.phase in LIVE_PHASES),
        "funded_yen": sum(int(r.funded_yen) for r in of if r.phase in LIVE_PHASES),
    }


def failures(
    findings: Findings, books: Books, expected: Expected, surprises: list[str]
) -> list[str]:
    """Name everything that is not as it must be; an empty list is a year to the last yen.

    The yen of every claim are those of the books of the standard system, the payers and the banks.
    """
    s = findings.statement
    live = [r for r in findings.receipts if r.phase in LIVE_PHASES]
    found = [f"surprise: {text}" for text in surprises] + findings.open_elsewhere
    codes = Counter(e.code for e in findings.exceptions)
    for code in sorted(codes.keys() | expected.exceptions.keys()):
        if codes[code] != expected.exceptions.get(code, 0):
            details = "; ".join(e.detail for e in findings.exceptions if e.code == code)
            wanted = expected.exceptions.get(code, 0)
            found.append(f"exception {code}: {codes[code]} open, {wanted} expected. {details}")
    held = {i.name: i for i in s.identities}
    found += [f"identity {name} was not checked" for name in IDENTITIES if name not in held]
    found += [
        f"identity {i.name} does not hold: {i.left_yen} is not {i.right_yen} ({i.about})"
        for i in s.identities
        if not i.holds
    ]
    found += differences(books, findings.lines)
    found += unexplained(books, findings.exceptions)
    total = sum(expected.payments.values())
    on_paper = expected.payments["bank_counter"]
    figures = {
        "residual_yen": (int(s.residual_yen), 0),
        "yen left on the provider's collection account": (findings.collected_yen, 0),
        "lost": (findings.lost, 0),
        "doubled": (findings.doubled, 0),
        "declined": (findings.declined, expected.declined),
        "receipts that were ever preliminary": (s.receipts_preliminary, total - on_paper),
        "receipts that were ever confirmed": (s.receipts_confirmed, total - expected.cancelled),
        "receipts that are funded": (s.receipts_funded, total - expected.cancelled),
        "receipts that were cancelled": (
            s.receipts_cancelled,
            expected.cancelled + expected.gave_way,
        ),
        "live receipts not funded to the yen": (
            sum(int(r.funded_yen) != int(r.amount_yen) for r in live),
            0,
        ),
        "assessed yen in the heaps": (_sum(s, "A"), int(s.assessed_yen)),
        "received yen in the heaps": (_sum(s, "B"), int(s.received_yen)),
        "deposited yen in the heaps": (_sum(s, "C"), int(s.deposited_yen)),
    } | {
        f"accepted payments by {channel}": (findings.accepted[channel], count)
        for channel, count in expected.payments.items()
    }
    found += [
        f"{name}: {value}, expected {wanted}"
        for name, (value, wanted) in figures.items()
        if value != wanted
    ]
    return found


def _sum(statement: Statement, partition: str) -> int:
    return sum(int(v) for name, v in statement.heaps.items() if name.startswith(partition))


def statement_csv(findings: Findings) -> str:
    """Return the statement as CSV: one line per subject and heap, sorted, no generated id."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(STATEMENT_COLUMNS)
    writer.writerows(
        tuple(getattr(line, column) for column in STATEMENT_COLUMNS) for line in findings.lines
    )
    return out.getvalue()
