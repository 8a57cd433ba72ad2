"""Which claims were paid, and where: from receipts as they went to the standard system.

Memory grows with the live receipts here (1 kB each, measured).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from services.ward_gateway.domain.assessments import AssessmentKey
from shared.files.codes import DataType
from shared.files.problems import FileProblem, refuse_if_structural
from shared.files.shuno import ReceiptRow
from shared.keys.channels import Channel


@dataclass(frozen=True, slots=True)
class PaidClaims:
    """Claims with a live Pay-easy receipt, and the yen that other channels brought, by claim.

    lump_sums: 賦課年度 and 通知書番号 of notices with a live receipt of a lump sum (期 00).
    """

    at_centre: Collection[AssessmentKey]
    elsewhere_yen: Mapping[AssessmentKey, int]
    lump_sums: Collection[tuple[int, str]] = frozenset()


NOTHING_PAID = PaidClaims(frozenset(), {})
LUMP_SUM_INSTALMENT = 0


def index_paid_claims(items: Iterable[ReceiptRow | FileProblem]) -> PaidClaims:
    """Fold shuno.csv as its reader streams it; FileRefused, with all problems, if it is bad.

    A receipt counts once, as 01 or 02; a 03 takes its 01 back. Receipts that name no claim are
    left aside. A lump sum pays instalments that no column of shuno.csv names: its notice is kept,
    so that whoever looks at one of them can be told.
    """
    live: dict[str, ReceiptRow] = {}
    problems = []
    for item in items:
        if isinstance(item, FileProblem):
            problems.append(item)
        elif item.data_type is DataType.CANCELLED:
            live.pop(item.receipt_id, None)
        else:
            live[item.receipt_id] = item
    refuse_if_structural(problems)
    at_centre: set[AssessmentKey] = set()
    elsewhere: Counter[AssessmentKey] = Counter()
    lump_sums: set[tuple[int, str]] = set()
    for row in live.values():
        if row.levy_year is None or row.instalment is None:
            continue
        key = (row.levy_year, row.notice_number, row.instalment)
        if row.instalment == LUMP_SUM_INSTALMENT:
            lump_sums.add(key[:2])
        if row.channel is Channel.PAYEASY:
            at_centre.add(key)
        else:
            elsewhere[key] += int(row.amount_yen)
    return PaidClaims(at_centre, elsewhere, lump_sums)
