"""The ward's bank asks which transfers were ordered for a day, or for the last days."""

from __future__ import annotations

from datetime import date

from services.card_agent.api.access import Res
from services.card_agent.usecases.list_transfer_orders import list_transfer_orders
from shared.wire.transfer_orders import TransferOrder, TransferOrders


async def get_transfer_orders(
    value_date: date, resources: Res, since: date | None = None
) -> TransferOrders:
    """Return the orders of one value date, or of all from `since` to it."""
    found = await list_transfer_orders(
        since or value_date, value_date, open_unit_of_work=resources.open_unit_of_work
    )
    orders = tuple(
        TransferOrder(
            order_id=order.id,
            municipality=order.municipality,
            value_date=order.value_date,
            amount_yen=order.amount_yen,
            remitter_code=order.remitter_code,
            remitter_name_kana=order.remitter_name_kana,
        )
        for order in found
    )
    return TransferOrders(orders=orders)
