"""From a photo of a slip to the provider: what the app reads is what the provider reads."""

from __future__ import annotations

from datetime import date

import pytest

from deploy.installation import COMPANY_CODE, MAKER_CODE, MUNICIPALITY
from shared.keys.barcode import Barcode
from shared.kit.money import Yen
from shared.kit.peer import PeerRefused
from shared.wire.mobile_payments import READ_SLIP, ReadSlip
from simulation.slip_photos import Wear, draw_slip, photograph, read_photo

A_PHOTO = Wear(noise=15, blur=1, tilt_degrees=7, shadow=0.4)


def slip(*, maker_code: str = MAKER_CODE) -> str:
    number = "1250112345000123"
    return Barcode(maker_code, COMPANY_CODE, number, 0, date(2025, 9, 30), 0, Yen(33_138)).digits


async def test_a_photographed_slip_is_read_at_the_payers_door(mesh):
    digits = read_photo(photograph(draw_slip(slip()), A_PHOTO, seed=1))
    answer = await mesh.access.at(None, READ_SLIP).ask(READ_SLIP, ReadSlip(barcode=digits))
    assert (answer.municipality, answer.amount_yen) == (MUNICIPALITY, 33_138)
    assert (answer.limit_date, answer.payable) == (date(2025, 9, 30), True)


async def test_a_photographed_slip_of_somebody_else_is_refused_by_name(mesh):
    digits = read_photo(photograph(draw_slip(slip(maker_code="999999")), A_PHOTO, seed=2))
    with pytest.raises(PeerRefused, match="slip_not_of_this_provider"):
        await mesh.access.at(None, READ_SLIP).ask(READ_SLIP, ReadSlip(barcode=digits))
