"""更正: what a later record of the standard system may change of a claim, and what it may not.

Pure; knows no file, no slip and no receipt. What was paid on the claim is 消込's matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from uuid import UUID

from services.ward_gateway.domain.assessments import Assessment
from services.ward_gateway.domain.exceptions import ExceptionCode, Finding
from shared.kit.money import ZERO_YEN, Yen

# A claim is the same claim by these; 会計年度 and 年度区分 say in whose books it stands, and only a
# carry-over (繰越調定) moves it to others.
_WHO = frozenset({"id", "levy_year", "notice_number", "instalment", "corrections"})
_BOOKS = {"fiscal_year": "kaikei_nendo", "year_class": "nendo_kubun"}
CORRECTABLE = tuple(
    field.name for field in fields(Assessment) if field.name not in _WHO | _BOOKS.keys()
)
AMOUNTS = ("amount_yen", "medical_yen", "support_yen", "care_yen", "child_yen")


@dataclass(frozen=True, slots=True)
class KnownClaim:
    """A claim as it stands before a correction.

    debit_failed: since the standard system's last word its direct debit failed (振替不能).
    """

    assessment: Assessment
    cancelled: bool
    debit_failed: bool = False


@dataclass(frozen=True, slots=True)
class Stated:
    """What a record with 処理区分 2 (変更) or 3 (削除: cancels) says a claim is now."""

    line: int
    assessment: Assessment
    cancels: bool
    reason_code: str


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction that fits: the claim before and after, in the same claim id."""

    line: int
    before: Assessment
    after: Assessment
    cancels: bool
    reason_code: str

    @property
    def moves_yen(self) -> bool:
        """Say whether what is owed changes, so that 消込 must be worked out anew."""
        return self.before.amount_yen != self.after.amount_yen


def faults_of(known: KnownClaim | None, stated: Stated) -> Iterator[tuple[str, str]]:
    """Yield field and code of everything for which a correction does not fit the claim.

    It must be of a claim that we have and that was not cancelled, the next by its 更正回数, of the
    same books, and must change something; after a failed debit the same again is a newer word, and
    that changes something. A cancellation names the amount that it cancels, or 0.
    """
    if known is None:
        yield "tsuchisho_no", "assessment_unknown"
        return
    before, after = known.assessment, stated.assessment
    if known.cancelled:
        yield "proc", "assessment_cancelled"
        return
    if after.corrections != before.corrections + 1:
        yield "kosei_kaisu", "correction_out_of_order"
    for name, column in _BOOKS.items():
        if getattr(before, name) != getattr(after, name):
            yield column, "correction_of_other_books"
    if stated.cancels:
        if after.amount_yen not in (ZERO_YEN, before.amount_yen):
            yield "choutei_gaku", "cancelled_amount_differs"
    elif not known.debit_failed and all(
        getattr(before, name) == getattr(after, name) for name in CORRECTABLE
    ):
        yield "proc", "nothing_changes"


def corrected(known: KnownClaim, stated: Stated) -> Correction:
    """Return the correction that a fitting record makes; a cancelled claim is 0 yen in all parts.

    Nothing else of a cancelled claim changes: what its slips were told of it stays readable.
    """
    before = known.assessment
    if stated.cancels:
        nothing = dict.fromkeys(AMOUNTS, ZERO_YEN)
        after = replace(before, corrections=stated.assessment.corrections, **nothing)  # type: ignore[arg-type]
    else:
        after = replace(stated.assessment, id=before.id)
    return Correction(stated.line, before, after, stated.cancels, stated.reason_code)


def overpayments(
    overpaid: Mapping[UUID, int], now: Mapping[UUID, int], highest: Mapping[UUID, int]
) -> tuple[list[Finding], list[Finding]]:
    """Divide what was overpaid on each claim into 過納 and 誤納 (BOOKS §1.9); return both.

    過納 is what would not be too much by the highest amount that the claim ever had (yen by claim;
    a claim that was never lowered is not among `highest`); what is left was paid twice.
    """
    over_assessed, in_error = [], []
    for assessment_id, yen in overpaid.items():
        lowered = max(0, highest.get(assessment_id, 0) - now[assessment_id])
        too_much = min(yen, lowered)
        if too_much:
            over_assessed.append(_over_assessed(assessment_id, too_much))
        if yen > too_much:
            in_error.append(_in_error(assessment_id, yen - too_much))
    return over_assessed, in_error


def _over_assessed(assessment_id: UUID, yen: int) -> Finding:
    detail = "The claim was lowered after what was paid or printed; the difference is overpaid."
    return _overpaid(ExceptionCode.OVER_ASSESSED, assessment_id, yen, detail)


def _in_error(assessment_id: UUID, yen: int) -> Finding:
    detail = "More was received than was assessed; the later payment is overpaid."
    return _overpaid(ExceptionCode.DOUBLE_PAYMENT, assessment_id, yen, detail)


def _overpaid(code: ExceptionCode, assessment_id: UUID, yen: int, detail: str) -> Finding:
    return Finding(code, "assessment", str(assessment_id), Yen(yen), detail)
