"""What became of each record of an upload, as the rows of its result file: written by COPY.

Knows columns and codes; the file's first row and its format are those of shared.files.
"""

from __future__ import annotations

import io
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.lgwan_asp.domain.billing_files import ERROR_ITEMS, BillingFile
from shared.files.billing_results import BillingOutcome

_ITEMS = " ".join(f"WHEN '{error.value}' THEN '{item}'" for error, item in ERROR_ITEMS.items())
# COPY writes NULL as nothing, and quotes only what needs it: no value here does.
_ROWS = f"""
SELECT $2::integer, r.record_seq, r.proc, r.payment_number, r.category,
  CASE WHEN r.error_code IS NULL THEN {BillingOutcome.ACCEPTED.value}
    ELSE {BillingOutcome.REFUSED.value} END,
  r.error_code, CASE r.error_code {_ITEMS} END, $3::text
FROM billing_records r WHERE r.file_id = $1 ORDER BY r.record_seq
"""  # noqa: S608 - our own codes and names


async def result_rows(connection: AsyncConnection, file: BillingFile, processed_at: str) -> bytes:
    """Return a row for each record, in the file's order, each with its line end CRLF.

    processed_at: as it stands in the file, YYYY-MM-DDTHH:MM:SSZ.
    """
    raw: Any = (await connection.get_raw_connection()).driver_connection
    written = io.BytesIO()
    await raw.copy_from_query(
        _ROWS, file.id, file.file_sequence, processed_at, output=written, format="csv"
    )
    return written.getvalue().replace(b"\n", b"\r\n")
