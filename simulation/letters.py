"""What the ward posts: its slips, as payers come to hold them.

Asks the ward's door only; what a slip should ask for is known to the standard system, not here.
"""

from __future__ import annotations

from shared.keys.payment_number import SlipType
from shared.wire.ward_intranet import LIST_SLIPS, SlipView
from simulation.access import Access
from simulation.banks import SlipKeys
from simulation.books import ClaimKey
from simulation.verdict import read_all
from simulation.year_plan import Slip


async def read_slips(access: Access, **query: str | int) -> list[SlipView]:
    """Return every slip that the ward's door shows."""
    return await read_all(
        lambda q: access.staff_asks("clerk", LIST_SLIPS, query=q | query), lambda p: p.slips
    )


def in_hand(view: SlipView) -> Slip:
    """Return a slip as its payer holds it."""
    keys = SlipKeys(
        view.institution_number, view.payment_number, view.confirmation_number, view.category
    )
    return Slip(
        view.notice_number, view.instalment, int(view.amount_yen), view.due_date, view.barcode, keys
    )


async def newest_slip(access: Access, claim: ClaimKey) -> Slip | None:
    """Return the instalment slip that was posted last about a claim; None if none was."""
    about = [
        view
        for view in await read_slips(access)
        if (view.notice_number, view.instalment) == claim and view.slip_type == SlipType.INSTALMENT
    ]
    return in_hand(max(about, key=lambda view: view.issue)) if about else None
