"""Which HTTP status each refusal of the ward becomes; a code that is not here is a 409."""

from __future__ import annotations

from collections.abc import Mapping

STATUSES: Mapping[str, int] = {
    "statement_not_found": 404,
    "commission_not_found": 404,
    "slip_not_found": 404,
    "upload_not_found": 404,
    "paper_notice_not_found": 404,
    "delivery_not_found": 404,
    "delivery_erased": 410,
    "debit_result_file_not_found": 404,
}
