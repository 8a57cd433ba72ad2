"""Invented inputs of the layout conversion, and its functions with their keys filled in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from services.ward_gateway.usecases.build_billing_record import BillingTerms
from services.ward_gateway.usecases.convert_assessments import convert_assessments
from services.ward_gateway.usecases.convert_changes import convert_changes, standings_of_rows
from services.ward_gateway.usecases.convert_receipts import by_claim, convert_receipts
from services.ward_gateway.usecases.find_changes import Upload
from services.ward_gateway.usecases.index_breakdowns import index_breakdowns
from services.ward_gateway.usecases.index_paid_claims import index_paid_claims
from shared.files.billing import BillingRecord, load_billing, read_billing, stream_billing
from shared.files.centre_receipts import read_centre_receipts, write_centre_receipts
from shared.files.choutei import read_choutei, write_choutei
from shared.files.codes import DataType
from shared.files.problems import FileProblem
from shared.files.shuno import load_shuno, read_shuno, write_shuno
from shared.keys.payment_number import confirmation_number
from tests.unit.shared.files.invented_records import CENTRE_RECEIPTS, centre_receipt
from tests.unit.shared.files.invented_rows import ASSESSMENT
from tests.unit.shared.files.invented_values import KEY, numbered

TERMS = BillingTerms(
    institution_number="13104",
    category="341",
    institution_name_kana="ｼﾝｼﾞﾕｸｸ",
    file_sequence=7,
    made_at=datetime(2025, 6, 2, 15, 30, 59, tzinfo=UTC),
    effective_from=date(2025, 6, 4),
)
CONFIRM = partial(confirmation_number, KEY, digits=4)
WRITE_BILLING = partial(stream_billing, key=KEY)
READ_RECEIPTS = partial(read_centre_receipts, key=KEY)


def rows(*changes: dict[str, Any]) -> bytes:
    """Write a choutei.csv with one row for each set of changes to the invented assessment."""
    return write_choutei(numbered([replace(ASSESSMENT, **change) for change in changes]))


def receipts(*changes: dict[str, Any]) -> bytes:
    """Write a centre's receipts file with a record for each set of changes (`kind`: 01 if none)."""
    kinds = [change.pop("kind", DataType.PRELIMINARY) for change in changes]
    made = [centre_receipt(kind, **change) for kind, change in zip(kinds, changes, strict=True)]
    made = numbered(made)
    return write_centre_receipts(CENTRE_RECEIPTS.header, made, KEY)


def parted(converted: Iterable[bytes | FileProblem]) -> tuple[bytes, list[FileProblem]]:
    """Part what a conversion yields into the file and the problems."""
    items = list(converted)
    problems = [item for item in items if isinstance(item, FileProblem)]
    return b"".join(item for item in items if isinstance(item, bytes)), problems


def to_billing(choutei: bytes, **more: Any) -> tuple[bytes, list[FileProblem]]:
    """Convert assessments."""
    terms = replace(TERMS, **more)
    opened = partial(bytes, choutei)
    return parted(convert_assessments(opened, terms=terms, confirm=CONFIRM, write=WRITE_BILLING))


def uploaded_records(data: bytes) -> list[BillingRecord]:
    """Read a billing file that must be sound."""
    loaded = load_billing(data, KEY)
    assert loaded.problems == []
    return loaded.records


def to_shuno(
    data: bytes, beside: bytes | None = None, **more: Any
) -> tuple[list[Any], list[FileProblem]]:
    """Convert receipts; return the rows of a shuno.csv that must be sound, and the problems."""
    claim_of = None if beside is None else by_claim(index_breakdowns(read_choutei(beside)))
    opened = partial(bytes, data)
    converted = convert_receipts(opened, read=READ_RECEIPTS, claim_of=claim_of, **more)
    written, problems = parted(converted)
    if not written:
        return [], problems
    loaded = load_shuno(written)
    assert loaded.problems == []
    return loaded.records, problems


def to_changes(
    *uploads: bytes, beside: bytes, paid: Iterable[Any] = (), **more: Any
) -> tuple[bytes, list[FileProblem]]:
    """Convert uploads and what is assessed now."""
    uploaded = [
        Upload(f"upload-{number}", read_billing(upload, KEY))
        for number, upload in enumerate(uploads, start=1)
    ]
    paid_claims = index_paid_claims(read_shuno(write_shuno(numbered(list(paid)))))
    standings = partial(standings_of_rows, partial(bytes, beside), paid_claims)
    return parted(convert_changes(uploaded, standings, terms=TERMS, write=WRITE_BILLING, **more))


def codes(problems: Iterable[FileProblem]) -> list[str]:
    """Return the codes of problems in order."""
    return [problem.code for problem in problems]
