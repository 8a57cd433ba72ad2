"""ward-bank -> payment_provider and card_agent, operator door: the transfers ordered for a day.

Money moves apart from data (DESIGN rule 11): the bank books what is ordered here,
never a receipts file.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from shared.kit.arrow import Arrow, NoBody, Wire
from shared.kit.money import PositiveYen

WARD_BANK = ("ward-bank", "operator")
ORDERS_UNTIL_HOUR = 15
"""Tokyo hour of a value date at which its orders are complete (bg: the banks' own cut-off).

What comes later bears the next day on which banks are open, so whoever asks after this hour, or on
any later day, is told every order of that value date.
"""


class TransferOrder(Wire):
    """Pay this amount into the municipality's account on the value date."""

    order_id: UUID
    municipality: str
    value_date: date
    amount_yen: PositiveYen
    remitter_code: str
    remitter_name_kana: str


class TransferOrders(Wire):
    """The orders of one value date, or of all from `since` to it (query: value_date, since).

    In a fixed order, by value date. A bank that missed a day asks from that day on, and books each
    order once, by its id.
    """

    orders: tuple[TransferOrder, ...]


def _arrow(callee: str) -> Arrow[NoBody, TransferOrders]:
    return Arrow(
        f"{callee}_list_transfer_orders",
        callee,
        "operator",
        "GET",
        "/transfer-orders",
        NoBody,
        TransferOrders,
        WARD_BANK,
    )


FROM_PROVIDER = _arrow("payment_provider")
FROM_CARD_AGENT = _arrow("card_agent")

ARROWS = (FROM_PROVIDER, FROM_CARD_AGENT)
