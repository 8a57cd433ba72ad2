"""Codes that several formats share: data types of receipts, what is done with a billing record."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class DataType(StrEnum):
    """データ種別 of a receipt: 速報, 確報, 速報取消 (DOMAIN §3.1)."""

    PRELIMINARY = "01"
    CONFIRMED = "02"
    CANCELLED = "03"


class Proc(IntEnum):
    """処理区分 of a billing or assessment record: 追加, 変更, 削除."""

    ADD = 1
    CHANGE = 2
    DELETE = 3
