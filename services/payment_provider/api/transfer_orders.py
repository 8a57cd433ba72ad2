"""What the ward's bank asks at the operator door: the transfers ordered for a value date."""

from __future__ import annotations

from datetime import date

from services.payment_provider.api.access import Res
from services.payment_provider.usecases.list_transfer_orders import list_transfer_orders
from shared.kit.money import Yen
from shared.wire.transfer_orders import TransferOrder, TransferOrders


async def get_transfer_orders(
    value_date: date, res: Res, since: date | None = None
) -> TransferOrders:
    """Answer FROM_PROVIDER for one value date, or for all from `since` to it."""
    orders = await list_transfer_orders(since or value_date, value_date, res.books)
    return TransferOrders(
        orders=tuple(
            TransferOrder(
                order_id=order.id,
                municipality=order.municipality,
                value_date=order.value_date,
                amount_yen=Yen(order.amount_yen),
                remitter_code=order.remitter_code,
                remitter_name_kana=order.remitter_name_kana,
            )
            for order in orders
        )
    )
