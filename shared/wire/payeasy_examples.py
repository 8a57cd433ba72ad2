"""An example of every result code of every Pay-easy telegram, as it goes over the wire.

Data only: the contract documents show them, and a test holds them to the bodies' own rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.wire.payeasy import CANCEL_RECEIPT, INQUIRE, NOTIFY, RESULTS
from shared.wire.payeasy_bulk import BULK_RESULTS, NOTIFY_IN_BULK
from shared.wire.payeasy_totals import TELL_DAILY_TOTALS, TOTALS_RESULTS

Body = Mapping[str, Any]

QUESTIONS: Mapping[str, Body] = {
    INQUIRE.name: {
        "institution_number": "13104",
        "payment_number": "125011234567890024",
        "confirmation_number": "7406",
        "category": "341",
        "bank_code": "0001",
        "branch_code": "001",
        "medium": "03",
        "trace_number": "T20250610000001",
        "requested_at": "2025-06-10T12:34:56+09:00",
    },
    NOTIFY.name: {
        "session_id": "7c0d7a52-1f5e-4d5c-9d0f-3b8f1a6f2e11",
        "bank_code": "0001",
        "branch_code": "001",
        "trace_number": "T20250610000001",
        "receipt_number": "R20250610000001",
        "amount_yen": 33138,
        "paid_at": "2025-06-10T12:35:40+09:00",
        "medium": "03",
    },
    CANCEL_RECEIPT.name: {
        "bank_code": "0001",
        "receipt_number": "R20250610000001",
        "paid_on": "2025-06-10",
        "reason": 1,
    },
    NOTIFY_IN_BULK.name: {
        "bank_code": "0001",
        "notifications": [
            {
                "institution_number": "13104",
                "payment_number": "125011234567890024",
                "confirmation_number": "7406",
                "category": "341",
                "branch_code": "001",
                "trace_number": "T20250610000001",
                "receipt_number": "R20250610000001",
                "amount_yen": 33138,
                "paid_at": "2025-06-10T11:05:00+09:00",
                "medium": "05",
            }
        ],
    },
    TELL_DAILY_TOTALS.name: {
        "bank_code": "0001",
        "institution_number": "13104",
        "paid_on": "2025-06-10",
        "receipt_count": 3,
        "amount_yen": 99414,
    },
}
"""The question of each telegram, once."""

_BILL = {
    "result": "00",
    "amount_yen": 33138,
    "principal_yen": 33138,
    "late_charge_yen": 0,
    "fee_yen": 0,
    "due_date": "2025-06-30",
    "limit_date": "2025-08-29",
    "payer_name_kana": "ﾃｽﾄ ﾀﾛｳ",
    "description_kana": "ｺｸﾐﾝｹﾝｺｳﾎｹﾝﾘﾖｳ",
    "session_id": "7c0d7a52-1f5e-4d5c-9d0f-3b8f1a6f2e11",
    "valid_until": "2025-06-10T03:44:56Z",
}
_NO_BILL = dict.fromkeys(set(_BILL) - {"result"})


def _without_a_bill(*codes: str) -> dict[str, Body]:
    return {code: {"result": code} | dict(sorted(_NO_BILL.items())) for code in codes}


ANSWERS: Mapping[str, Mapping[str, Body]] = {
    INQUIRE.name: {
        "00": _BILL,
        **_without_a_bill("10", "11", "12", "13", "20", "21", "30", "31", "40", "41", "90", "91"),
    },
    NOTIFY.name: {code: {"result": code} for code in ("00", "50", "60", "90")},
    CANCEL_RECEIPT.name: {code: {"result": code} for code in ("00", "61", "90")},
    NOTIFY_IN_BULK.name: {
        code: {"results": [{"receipt_number": "R20250610000001", "result": code}]}
        for code in sorted(BULK_RESULTS)
    },
    TELL_DAILY_TOTALS.name: {
        "00": {"result": "00", "receipt_count": 3, "amount_yen": 99414},
        "51": {"result": "51", "receipt_count": 2, "amount_yen": 66276},
        **{
            code: {"result": code, "receipt_count": None, "amount_yen": None}
            for code in ("10", "13", "62", "90")
        },
    },
}
"""The answers of each telegram by result code."""

MEANINGS: Mapping[str, Mapping[str, str]] = dict.fromkeys(ANSWERS, RESULTS) | {
    NOTIFY_IN_BULK.name: BULK_RESULTS,
    TELL_DAILY_TOTALS.name: TOTALS_RESULTS,
}
"""What the result codes of each telegram mean."""
