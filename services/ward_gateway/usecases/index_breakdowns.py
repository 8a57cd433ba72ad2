"""What is assessed, laid out by claim, for whoever splits receipts: the one thing that is indexed.

Memory grows with the number of claims here (0.34 kB each, measured), not with the receipts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.ward_gateway.domain.assessments import Assessment, AssessmentKey
from services.ward_gateway.domain.breakdowns import Breakdown
from shared.files.choutei import Assessment as Row
from shared.files.codes import Proc
from shared.files.problems import FileProblem, refuse_if_structural
from shared.kit.money import ZERO_YEN

Breakdowns = Mapping[AssessmentKey, Breakdown]


def index_breakdowns(items: Iterable[Row | FileProblem]) -> Breakdowns:
    """Index choutei.csv as its reader streams it; FileRefused, with all problems, if it is bad.

    A later row of a claim takes the place of an earlier one; a row with 処理区分 3 takes it away.
    """
    found: dict[AssessmentKey, Breakdown] = {}
    problems = []
    for item in items:
        if isinstance(item, FileProblem):
            problems.append(item)
            continue
        key = (item.levy_year, item.notice_number, item.instalment)
        if item.proc is Proc.DELETE:
            found.pop(key, None)
        else:
            found[key] = _of_row(item)
    refuse_if_structural(problems)
    return found


def index_own_breakdowns(assessments: Iterable[Assessment]) -> Breakdowns:
    """Index the gateway's own rows; they carry no late charge and no fee."""
    return {
        each.key: Breakdown(
            each.assessed_year,
            each.account_code,
            each.year_class,
            each.medical_yen,
            each.support_yen,
            each.care_yen,
            each.child_yen,
            ZERO_YEN,
            ZERO_YEN,
        )
        for each in assessments
    }


def _of_row(row: Row) -> Breakdown:
    return Breakdown(
        row.assessed_year,
        row.account_code,
        row.year_class,
        row.medical_yen,
        row.support_yen,
        row.care_yen,
        row.child_yen,
        row.late_charge_yen,
        row.fee_yen,
    )
