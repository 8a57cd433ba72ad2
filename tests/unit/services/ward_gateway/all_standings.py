"""Every combination of facts in which one slip's key can stand, possible or not."""

from __future__ import annotations

from itertools import product

from services.ward_gateway.domain.billing_orders import KeyStanding, OrderKind
from services.ward_gateway.domain.slips import SlipState

_YES_OR_NO = (False, True)
# An open order stands in a file or in none; without one there is nothing that could.
_ORDERS = ((None, False), *product(OrderKind, _YES_OR_NO))

ALL_STANDINGS = [
    KeyStanding(state, *facts, kind, in_file, refused)
    for state in SlipState
    for facts in product(_YES_OR_NO, repeat=8)
    for kind, in_file in _ORDERS
    for refused in _YES_OR_NO
]
