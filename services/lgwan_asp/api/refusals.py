"""Which HTTP status each refusal of the centre has; 409 where nothing is said."""

from __future__ import annotations

STATUSES: dict[str, int] = {
    "file_refused": 422,
    "institution_not_yours": 403,
    "file_not_found": 404,
    "not_your_bank": 403,
    "paid_at_out_of_range": 422,
    "outage_out_of_range": 422,
    "municipality_unknown": 404,
    "file_erased": 410,
    # Not a no for ever: the same file is taken once the calendar has been continued.
    "bank_days_unknown": 503,
}
