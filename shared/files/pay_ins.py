"""From single takings to the 計算書 of one pay-in: what a payer of money writes (BOOKS §1.12).

Knows what the keys carry, 賦課年度 and 期; who takes the money, and whether it comes, it does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from shared.files.keisansho import Part, StatementLine
from shared.keys.channels import Channel
from shared.keys.payment_number import from_biller_number
from shared.keys.problems import KeyProblem
from shared.kit.money import ZERO_YEN, Yen

NO_KEY: Part = (0, 0)
"""The part of takings whose digits hold no key of ours: 0000 and 00, in no levy year (OWN DESIGN).

Such a slip is payable all the same (DOMAIN §2.6), so its yen must stand somewhere.
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """One payment that a pay-in hands over. collected_on: 収納日; biller_number: 16 digits."""

    collected_on: date
    biller_number: str
    amount_yen: Yen


def part_of(biller_number: str) -> Part:
    """Return 賦課年度 and 期 of a key (期 0: lump sum), or NO_KEY for digits that are none."""
    try:
        key = from_biller_number(biller_number)
    except KeyProblem:
        return NO_KEY
    return key.fiscal_year, key.instalment


def pay_in_lines(
    takings: Sequence[Taken],
    *,
    municipality: str,
    channel: Channel,
    remitter_code: str,
    paid_in_on: date,
) -> list[StatementLine]:
    """Return the lines of one pay-in, parts rising and the total under them, numbered from 1.

    The collection dates are those of the first and the last taking. ValueError without takings: a
    pay-in of nothing is not paid in.
    """
    if not takings:
        raise ValueError("a pay-in hands over at least one taking")
    sums: dict[Part, list[Yen]] = {}
    for taking in takings:
        sums.setdefault(part_of(taking.biller_number), []).append(taking.amount_yen)
    days = [taking.collected_on for taking in takings]
    rows: list[tuple[Part | tuple[None, None], list[Yen]]] = [
        *sorted(sums.items()),
        ((None, None), list(chain.from_iterable(sums.values()))),
    ]
    return [
        StatementLine(
            record_no=number,
            municipality=municipality,
            channel=channel,
            remitter_code=remitter_code,
            collected_from=min(days),
            collected_to=max(days),
            paid_in_on=paid_in_on,
            levy_year=levy_year,
            instalment=instalment,
            count=len(amounts),
            amount_yen=sum(amounts, ZERO_YEN),
        )
        for number, ((levy_year, instalment), amounts) in enumerate(rows, 1)
    ]
