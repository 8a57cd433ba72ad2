"""What every claim is owed, was paid and is overpaid, from the books of those outside alone.

The ward's statement is held against this claim by claim: none of these yen comes from the ward.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from shared.keys.barcode import barcode_biller_number
from shared.keys.payment_number import PaymentNumber, from_biller_number, read_payment_number
from shared.wire.ward_intranet import ExceptionView, StatementLine
from simulation.books import Books, ClaimKey

UNPAID_HEAPS, OVERPAID_HEAP = ("A6", "A7", "A8"), "B3"
KEPT = ("intended", "taken", "unposted", "on_paper")
"""How a bank's taking stands that was not given back."""
NAMED_MAX = 3


class Standing(NamedTuple):
    """Yen of one claim: owed now, paid with its slips, still unpaid, paid too much."""

    owed_yen: int = 0
    paid_yen: int = 0
    unpaid_yen: int = 0
    overpaid_yen: int = 0


class TooMuch(NamedTuple):
    """Yen paid too much: of claims that were lowered (過納), and by error (誤納)."""

    over_assessed_yen: int
    in_error_yen: int


def true_standings(books: Books) -> dict[ClaimKey, Standing]:
    """Return how every claim stands; one that was paid and never assessed is owed nothing."""
    paid = _paid(books)
    owed = {key: yen[-1] for key, yen in books.claims().items()}
    return {
        key: Standing(
            owed.get(key, 0),
            paid[key],
            max(0, owed.get(key, 0) - paid[key]),
            max(0, paid[key] - owed.get(key, 0)),
        )
        for key in owed.keys() | paid.keys()
    }


def paid_too_much(books: Books) -> TooMuch:
    """Divide what was paid too much: 過納 is what the highest amount of the claim would have taken.

    BOOKS §1.9, worked out here from the standard system's own corrections.
    """
    paid, over_assessed, in_error = _paid(books), 0, 0
    for key, yen in books.claims().items():
        too_much = max(0, paid[key] - yen[-1])
        lowered = min(too_much, max(yen) - yen[-1])
        over_assessed += lowered
        in_error += too_much - lowered
    return TooMuch(over_assessed, in_error)


def _paid(books: Books) -> Counter[ClaimKey]:
    """Return the yen that payers and banks noted, by the claim that stands on the key."""
    paid: Counter[ClaimKey] = Counter()
    for note in books.payments("accepted"):
        paid[_claim(from_biller_number(barcode_biller_number(note.barcode)))] += note.amount_yen
    for taking in books.takings(*KEPT):
        paid[_claim(read_payment_number(taking.payment_number))] += taking.amount_yen
    return paid


def _claim(number: PaymentNumber) -> ClaimKey:
    return number.notice_number, number.instalment


def stated_standings(lines: Iterable[StatementLine]) -> dict[ClaimKey, Standing]:
    """Return how every claim stands by the ward's statement, which has a line per heap."""
    found: dict[ClaimKey, Standing] = defaultdict(Standing)
    for line in lines:
        if line.subject == "deposit":
            continue
        key = (line.notice_number, line.instalment)
        owed, received = int(line.assessed_yen), int(line.received_yen)
        so_far = found[key]
        found[key] = Standing(
            so_far.owed_yen + owed,
            so_far.paid_yen + received,
            so_far.unpaid_yen + (owed if line.heap in UNPAID_HEAPS else 0),
            so_far.overpaid_yen + (received if line.heap == OVERPAID_HEAP else 0),
        )
    return found


def differences(books: Books, lines: Iterable[StatementLine]) -> Iterator[str]:
    """Name the claims of which ward and outside know different yen: the first few, and how many."""
    truth, stated = true_standings(books), stated_standings(lines)
    wrong = [
        key
        for key in sorted(truth.keys() | stated.keys())
        if truth.get(key, Standing()) != stated.get(key, Standing())
    ]
    for notice_number, instalment in wrong[:NAMED_MAX]:
        key = (notice_number, instalment)
        yield (
            f"claim {notice_number}-{instalment:02d}: {stated.get(key, Standing())} at the ward,"
            f" {truth.get(key, Standing())} expected"
        )
    if len(wrong) > NAMED_MAX:
        yield f"{len(wrong) - NAMED_MAX} more claims differ"


def unexplained(books: Books, exceptions: Iterable[ExceptionView]) -> Iterator[str]:
    """Name overpaid yen that no open exception explains, or that one explains too much."""
    named: Counter[str] = Counter()
    for each in exceptions:
        named[each.code] += int(each.amount_yen)
    too_much = paid_too_much(books)
    for code, yen in (
        ("over_assessed", too_much.over_assessed_yen),
        ("double_payment", too_much.in_error_yen),
    ):
        if named[code] != yen:
            yield f"exceptions {code}: {named[code]} yen named, {yen} expected"
