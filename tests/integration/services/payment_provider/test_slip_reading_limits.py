"""Reading slips: who tries barcodes by the hundred is slowed down; paying is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.payment_provider.app import create_app
from shared.kit.address_limits import AddressLimit
from shared.kit.peer import PeerNotDone, PeerRefused
from shared.wire.doors import PAYMENT_PROVIDER
from shared.wire.mobile_payments import READ_SLIP, ReadSlip
from tests.integration.services.payment_provider.test_card_payments import SLIP, _wrong


@pytest.fixture
def a_minute(provider) -> int:
    """How many slips an address may read; the machine time of the limit stands still."""
    per_minute = provider.resources.foundation.address_limits[READ_SLIP.name].per_minute
    limits = {READ_SLIP.name: AddressLimit(per_minute, now_ns=lambda: 0)}
    foundation = replace(provider.resources.foundation, address_limits=limits)
    resources = replace(provider.resources, foundation=foundation)
    provider.net.join(PAYMENT_PROVIDER, "payers", create_app(resources, "payers"))
    return per_minute


async def test_one_address_may_read_so_many_slips_a_minute_and_can_still_pay(
    provider, a_minute
) -> None:
    assert a_minute == 60
    for _ in range(a_minute):
        with pytest.raises(PeerRefused, match="wrong_check_digit"):
            await provider.payer.ask(READ_SLIP, ReadSlip(barcode=_wrong(SLIP)))
    answer = await provider.payer.http.post(
        "https://payers.test/slip-readings", json={"barcode": SLIP}
    )
    assert (answer.status_code, answer.json()["code"]) == (429, "overloaded")
    assert answer.headers["retry-after"] == "1"
    assert SLIP not in answer.text
    with pytest.raises(PeerNotDone):
        await provider.payer.ask(READ_SLIP, ReadSlip(barcode=SLIP))
    assert (await provider.by_card(SLIP)).state == "accepted"
