"""The mailing gate: no slip is posted before its key can be paid, or after it should not be.

Pure; knows no print job and posts nothing (BOOKS §1.7).
"""

from __future__ import annotations

from enum import StrEnum

from services.ward_gateway.domain.billing_orders import KeyStanding, wanted_now
from services.ward_gateway.domain.slips import SlipState


class HeldBack(StrEnum):
    """Why a slip may not be posted; the words are stable."""

    PAID = "paid"
    CLOSED = "closed"
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    WAITS_FOR_RESULT = "waits_for_result"
    ORDER_OPEN = "order_open"
    NOT_EFFECTIVE = "not_effective"
    PAST_LIMIT = "past_limit"


def held_back(standing: KeyStanding, *, effective: bool, in_time: bool) -> HeldBack | None:
    """Return why a slip is held back, the strongest reason first; None: it may be posted.

    effective, in_time: on the posting date its key can be paid already, and still. A key that the
    centre is yet to be told something about waits, even if nothing is ordered yet.
    """
    if standing.paid_at_centre or standing.paid_elsewhere:
        return HeldBack.PAID
    if standing.gone is not None or standing.state is SlipState.CLOSED:
        return HeldBack.CLOSED
    if standing.refused:
        return HeldBack.REFUSED
    if standing.state is not SlipState.HELD:
        return HeldBack.WAITS_FOR_RESULT if standing.in_file else HeldBack.NOT_SENT
    if standing.open_kind is not None or wanted_now(standing) is not None:
        return HeldBack.ORDER_OPEN
    if not effective:
        return HeldBack.NOT_EFFECTIVE
    return None if in_time else HeldBack.PAST_LIMIT
