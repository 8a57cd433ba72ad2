"""Assessments (調定) and the files that brought them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.domain.assessments import Assessment, AssessmentKey
from services.ward_gateway.domain.corrections import KnownClaim
from services.ward_gateway.store.bulk import copy_rows, is_any_of, portions
from services.ward_gateway.store.tables import ASSESSMENT_FILES, ASSESSMENTS
from shared.kit.journal import Journal
from shared.kit.money import Yen

_A = ASSESSMENTS.c
_COLUMNS = [_A[name] for name in Assessment.__slots__]
# By the whole key, which has an index; a list of notice numbers alone is held against every claim,
# element by element once the plan is one for any list.
_OF_KEYS = text("""
SELECT a.id, levy_year, notice_number, instalment
FROM unnest(CAST(:years AS smallint[]), CAST(:notices AS text[]), CAST(:instalments AS smallint[]))
  AS k(levy_year, notice_number, instalment)
JOIN assessments a USING (levy_year, notice_number, instalment)
""")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('ward_gateway.assessments'))")


@dataclass(frozen=True, slots=True)
class AssessmentFile:
    """A choutei.csv that was taken; total_yen is of every row, added_yen of new claims alone."""

    sha256: str
    record_count: int
    added: int
    corrected: int
    cancelled: int
    total_yen: int
    added_yen: int


class AssessmentStore:
    """The claims of this ward."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def lock(self) -> None:
        """Let one file or one slip run at a time change claims, until the transaction ends."""
        await self._connection.execute(_LOCK)

    async def find_file(self, sha256: str) -> AssessmentFile | None:
        """Return what a file of these bytes did, if it was taken before."""
        query = select(ASSESSMENT_FILES).where(ASSESSMENT_FILES.c.sha256 == sha256)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            return None
        return AssessmentFile(**{name: getattr(row, name) for name in AssessmentFile.__slots__})

    async def existing_keys(self, assessments: Sequence[Assessment]) -> set[AssessmentKey]:
        """Return which of these claims (levy year, notice number, instalment) exist already."""
        return set(await self._ids_of({assessment.key for assessment in assessments}))

    async def add(
        self, file: AssessmentFile, assessments: Sequence[Assessment], taken_at: datetime
    ) -> None:
        """Add a file and its claims, with one audit row for the file."""
        values = asdict(file) | {"taken_at": taken_at}
        await self._connection.execute(insert(ASSESSMENT_FILES).values(values))
        await copy_rows(self._connection, ASSESSMENTS, [asdict(a) for a in assessments])
        details = {name: getattr(file, name) for name in AssessmentFile.__slots__[1:]}
        await self._journal.audit(
            "assessments_taken", "assessment_files", file.sha256, details=details
        )

    async def lock_known(self, keys: Iterable[AssessmentKey]) -> dict[AssessmentKey, KnownClaim]:
        """Return claims by 賦課年度, 通知書番号 and 期, locked as 消込 locks them."""
        ids = list((await self._ids_of(set(keys))).values())
        query = (
            select(*_COLUMNS, _A.cancelled_at, _A.failed_debit_id)
            .where(is_any_of(_A.id, ids))
            .order_by(_A.id)
            .with_for_update(key_share=True)
        )
        known = [_known(dict(row)) for row in (await self._connection.execute(query)).mappings()]
        return {claim.assessment.key: claim for claim in known}

    async def _ids_of(self, keys: Collection[AssessmentKey]) -> dict[AssessmentKey, UUID]:
        found: dict[AssessmentKey, UUID] = {}
        for portion in portions(sorted(keys)):
            names = ("years", "notices", "instalments")
            values = dict(zip(names, map(list, zip(*portion, strict=True)), strict=True))
            for i, year, notice, instalment in await self._connection.execute(_OF_KEYS, values):
                found[year, notice, instalment] = i
        return found


def _known(row: dict[str, object]) -> KnownClaim:
    cancelled = row.pop("cancelled_at") is not None
    debit_failed = row.pop("failed_debit_id") is not None
    return KnownClaim(assessment_of(row), cancelled, debit_failed)


def assessment_of(row: dict[str, object]) -> Assessment:
    """Make a claim of a row of exactly its columns."""
    money = {name: Yen(value) for name, value in row.items() if name.endswith("_yen")}  # type: ignore[arg-type]
    return Assessment(**(row | money))  # type: ignore[arg-type]
