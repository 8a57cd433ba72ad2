"""The treasurer -> ward_gateway, intranet door: the 計算書 that no line brings.

The gathering branch (取りまとめ店) pays Pay-easy money in and hands its 計算書 to the treasurer
(BOOKS §1.12); the provider's and the card agent's are collected as files.
"""

from __future__ import annotations

from shared.kit.arrow import KIB, Arrow, Binary, Wire
from shared.kit.money import Yen
from shared.wire.ward_intranet import STAFF, TREASURY


class PayInStatementTaken(Wire):
    """What a `keisansho.csv` did; a pay-in that has its statement is repeated, not doubled."""

    sha256: str
    pay_ins: int
    repeated: int
    total_yen: Yen


TAKE_PAY_IN_STATEMENT: Arrow[Binary, PayInStatementTaken] = Arrow(
    "take_pay_in_statement",
    "ward_gateway",
    "intranet",
    "POST",
    "/pay-in-statements",
    Binary,
    PayInStatementTaken,
    STAFF,
    ("file_refused",),
    success=201,
    roles=TREASURY,
    sign_in="session",
    body_limit_bytes=KIB * KIB,
)

ARROWS = (TAKE_PAY_IN_STATEMENT,)
