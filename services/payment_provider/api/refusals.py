"""Which status each of the provider's refusals has; 409 is the rule (DESIGN rule 12)."""

from __future__ import annotations

from collections.abc import Mapping

STATUSES: Mapping[str, int] = {
    "malformed_barcode": 400,
    "wrong_check_digit": 400,
    "amount_over_cap": 400,
    "payment_not_found": 404,
    "bank_session_unknown": 404,
    "bank_silent": 503,
    "file_not_found": 404,
    "difference_not_found": 404,
    # Not a no: what was asked may have been done; the same command again finds out.
    "card_agent_silent": 503,
}
