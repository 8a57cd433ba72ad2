"""Contracts and barcodes for the provider's tests; every name and number is invented."""

from __future__ import annotations

import json
from datetime import date

from shared.keys.barcode import Barcode
from shared.kit.money import Yen

FEES = [
    {
        "from": "2025-04-01",
        "steps": [
            [5000, 27],
            [10000, 82],
            [20000, 165],
            [30000, 275],
            [40000, 385],
            [50000, 495],
        ],
        "further_10000_yen": 110,
    }
]
WARD, OTHER_WARD = "131041", "132012"
COMPANY = {WARD: "00001", OTHER_WARD: "00002"}
LIMIT = date(2025, 9, 30)


def contract(town: str = WARD, /, **changes: object) -> dict[str, object]:
    """Return one entry of a contracts file."""
    return {
        "municipality": town,
        "name_kana": "ﾍﾞｲﾌﾞﾘｯｼﾞｸ" if town == WARD else "ﾌｼﾞﾐﾁﾖｳｼ",
        "maker_code": "912345",
        "company_code": COMPANY[town],
        "agent_company_code": "70001",
        "remitter_code": f"00{town}01",
        "remitter_name_kana": "ﾓﾊﾞｲﾙﾚｼﾞ",
        "confirm_business_days": 3,
        "transfer_business_days": 3,
        "fee_table": FEES,
        "item_fee_yen": 55,
    } | changes


def contracts_text(*entries: dict[str, object]) -> str:
    """Return a contracts file; without entries, one of two municipalities."""
    return json.dumps(list(entries) or [contract(), contract(OTHER_WARD)])


TERMS = {
    "version": "2025-1",
    "in_force_from": "2025-04-01",
    "text": "一 発明された規約です。",
    "items": [
        {"name": "納付書", "purpose": "納付", "kept_by": "事業者", "kept_for": "一年"},
        {"name": "日時", "purpose": "記録", "kept_by": "自治体", "kept_for": "五年"},
    ],
}
NEXT_TERMS = TERMS | {
    "version": "2025-2",
    "in_force_from": "2026-04-01",
    "text": "二 新しい規約です。",
}


def terms(**changes: object) -> dict[str, object]:
    """Return one entry of a terms file."""
    return TERMS | changes


def terms_text(*entries: dict[str, object]) -> str:
    """Return a terms file; without entries, one with a version that begins on 1 April 2026."""
    return json.dumps(list(entries) or [NEXT_TERMS, TERMS], ensure_ascii=False)


def barcode(
    notice: int = 1,
    amount_yen: int = 33_138,
    *,
    municipality: str = WARD,
    limit_date: date | None = LIMIT,
) -> str:
    """Return the 44 digits of an invented slip."""
    made = Barcode(
        maker_code="912345",
        company_code=COMPANY[municipality],
        biller_number=f"125011{notice:010d}",
        reissue=0,
        limit_date=limit_date,
        stamp_flag=0,
        amount_yen=Yen(amount_yen),
    )
    return made.digits
