"""口座振替結果: a clerk hands a bank's result file in at the intranet door, and sees what it did.

The file is docs/formats/direct_debit_results.md; 顧客番号 is OWN DESIGN: 15 digits, 賦課年度 (4),
通知書番号 (9), 期 (2). The money of direct debit goes another way and is in no book of the mesh.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from shared.kit.arrow import KIB, Arrow, Binary, NoBody, Wire
from shared.kit.money import Yen
from shared.wire.ward_intranet import ANY_ROLE, CLERKS, STAFF

DebitOutcomeName = Literal[
    "debited",
    "made_payable",
    "already_by_slip",
    "nothing_owed",
    "debited_after_all",
    "told_before",
    "older_word",
    "for_clerk",
]


class DebitResultsTaken(Wire):
    """What a result file did; the same bytes again do nothing (repeated).

    debited: 済, failed: 不能, each counted and summed as asked for. outcomes: outcome -> how many
    records. debited_on: 引落日, in the half year up to the day of handing in: the file has no year.
    """

    sha256: str
    bank_code: str
    branch_code: str
    debited_on: date
    debited_count: int
    debited_yen: Yen
    failed_count: int
    failed_yen: Yen
    outcomes: dict[str, int]
    repeated: bool


class DebitResultFileView(Wire):
    """A result file as it was taken; number: in the order of taking; handed_in_by: a user ID."""

    number: int
    sha256: str
    bank_code: str
    branch_code: str
    debited_on: date
    debited_count: int
    debited_yen: Yen
    failed_count: int
    failed_yen: Yen
    outcomes: dict[str, int]
    taken_at: datetime
    handed_in_by: str


class DebitResultFiles(Wire):
    """Files by number (query: after, limit); next_after is None at the end."""

    files: tuple[DebitResultFileView, ...]
    next_after: int | None


class DebitResultView(Wire):
    """A record of a file and what became of it; line: in the file, its header is 1.

    debited: kept, nothing changes. made_payable: failed, payable by slip. already_by_slip: failed,
    it was so before. nothing_owed: failed, but paid. debited_after_all: not payable by slip any
    more. told_before, older_word: nothing changes. for_clerk: an exception
    `debit_result_unmatched`, field and reason say why. result: the bank's code, 0 is debited.
    assessment_id: the claim on which it is the bank's word, if it is one. holds: by this word the
    claim is payable by slip now; no newer word of bank or standard system has come.
    """

    line: int
    customer_number: str
    amount_yen: Yen
    result: str
    outcome: DebitOutcomeName
    assessment_id: UUID | None
    field: str
    reason: str
    holds: bool


class DebitResults(Wire):
    """Records of the file with that SHA-256 by line (query: after, limit, outcome).

    next_after is None at the end.
    """

    results: tuple[DebitResultView, ...]
    next_after: int | None


TAKE_DEBIT_RESULTS: Arrow[Binary, DebitResultsTaken] = Arrow(
    "take_debit_results",
    "ward_gateway",
    "intranet",
    "POST",
    "/debit-result-files",
    Binary,
    DebitResultsTaken,
    STAFF,
    ("file_refused",),
    success=201,
    roles=CLERKS,
    sign_in="session",
    body_limit_bytes=16 * KIB * KIB,
)
LIST_DEBIT_RESULT_FILES: Arrow[NoBody, DebitResultFiles] = Arrow(
    "list_debit_result_files",
    "ward_gateway",
    "intranet",
    "GET",
    "/debit-result-files",
    NoBody,
    DebitResultFiles,
    STAFF,
    roles=ANY_ROLE,
    sign_in="session",
)
LIST_DEBIT_RESULTS: Arrow[NoBody, DebitResults] = Arrow(
    "list_debit_results",
    "ward_gateway",
    "intranet",
    "GET",
    "/debit-result-files/{file_hash}/results",
    NoBody,
    DebitResults,
    STAFF,
    ("debit_result_file_not_found",),
    roles=ANY_ROLE,
    sign_in="session",
)

ARROWS = (TAKE_DEBIT_RESULTS, LIST_DEBIT_RESULT_FILES, LIST_DEBIT_RESULTS)
