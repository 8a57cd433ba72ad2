"""What became of each record of an upload: its result file, written where its records stand.

The database puts the rows together and keeps them; no byte of them leaves it before a ward asks.
Knows columns and codes; the file's first row and its format are those of shared.files.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.lgwan_asp.domain.billing_files import ERROR_ITEMS, BillingFile
from services.lgwan_asp.domain.outgoing_files import OutgoingFileState
from shared.files.billing_results import BillingOutcome
from shared.kit.journal import Journal

_ITEMS = " ".join(f"WHEN '{error.value}' THEN '{item}'" for error, item in ERROR_ITEMS.items())
# No value here has a comma or a quotation mark, so none is quoted.
_CONTENT = f"""
SELECT convert_to(CAST(:header AS text) || coalesce(string_agg(line, ''), ''), 'UTF8') AS content
FROM (
  SELECT CAST(:file_sequence AS text) || ',' || r.record_seq || ',' || r.proc || ','
    || r.payment_number || ',' || r.category || ','
    || CASE WHEN r.error_code IS NULL THEN '{BillingOutcome.ACCEPTED.value},,'
      ELSE '{BillingOutcome.REFUSED.value},' || r.error_code || ','
        || coalesce(CASE r.error_code {_ITEMS} END, '') END
    || ',' || CAST(:processed_at AS text) || E'\\r\\n' AS line
  FROM billing_records r WHERE r.file_id = :billing_file_id ORDER BY r.record_seq
) lines
"""  # noqa: S608 - our own codes and names
_WRITE = f"""
INSERT INTO outgoing_files (id, municipality, institution_number, kind, sequence, record_count,
  total_yen, created_at, content, sha256, size_bytes)
SELECT :id, :municipality, :institution_number, :kind, :sequence, :record_count, 0,
  :created_at, c.content, encode(sha256(c.content), 'hex'), length(c.content)
FROM ({_CONTENT}) c
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class ResultFile:
    """What of a result file does not stand in the records: its own id, its first row, and when.

    processed_at: as it is written in each row, YYYY-MM-DDTHH:MM:SSZ.
    """

    id: UUID
    kind: str
    header: str
    processed_at: str
    created_at: datetime


async def write_result(
    connection: AsyncConnection, journal: Journal, file: BillingFile, result: ResultFile
) -> None:
    """Add the result file to those that wait: it bears the number of its upload, and has no yen."""
    values = {
        "id": result.id,
        "municipality": file.municipality,
        "institution_number": file.institution_number,
        "kind": result.kind,
        "sequence": file.file_sequence,
        "record_count": file.record_count,
        "created_at": result.created_at,
        "header": result.header,
        "file_sequence": str(file.file_sequence),
        "processed_at": result.processed_at,
        "billing_file_id": file.id,
    }
    await connection.execute(text(_WRITE), values)
    await journal.opened(
        "outgoing_files",
        [result.id],
        OutgoingFileState.READY,
        f"{result.kind}_built",
        municipality=file.municipality,
    )
