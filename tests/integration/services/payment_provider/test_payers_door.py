"""The payers' door as a whole: what it offers, in which shape, and what it never does."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from shared.keys.barcode import Barcode
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.kit.peer import PeerRefused
from shared.wire.doors import arrows_of
from shared.wire.mobile_payments import (
    ACCEPT_TERMS,
    PAY_BY_BANK,
    PAY_BY_CARD,
    READ_SLIP,
    ReadSlip,
)
from tests.unit.services.payment_provider.samples import LIMIT, OTHER_WARD, barcode

SLIP = barcode()
FIELDS = {
    *("municipality", "amount_yen", "instalment", "lump_sum", "limit_date"),
    *("fees_yen", "payable", "reason"),
}
NOT_RANDOM = UUID("8a1b2c3d-0000-1000-8000-000000000001")


def _slip(biller_number: str, limit: date | None = LIMIT) -> str:
    """Return a slip of the first ward whose biller's digits are these 16."""
    return Barcode("912345", "00001", biller_number, 0, limit, 0, Yen(5_000)).digits


def test_a_payer_can_neither_cancel_nor_ask_for_a_receipt():
    offered = {(arrow.method, arrow.path) for arrow in arrows_of("payment_provider", "payers")}
    assert offered == {
        ("GET", "/whoami"),
        ("POST", "/slip-readings"),
        ("GET", "/terms"),
        ("POST", "/terms-acceptances"),
        ("POST", "/credit-payments"),
        ("POST", "/banking-payments"),
        ("POST", "/banking-payments/{payment_id}/return"),
        ("GET", "/payments/{payment_id}"),
        ("POST", "/sandbox/bank-sessions/{session}/decision"),
    }


async def _read(provider, text: str) -> dict:
    path = f"https://provider.test{READ_SLIP.path}"
    response = await provider.payer.http.post(path, json={"barcode": text})
    assert response.status_code == 200
    return response.json()


async def test_every_slip_is_read_in_one_shape(provider):
    await provider.by_card(SLIP)
    limit_passed = barcode(2, limit_date=date(2025, 5, 31))
    read = {
        "payable": await _read(provider, barcode(3)),
        "paid": await _read(provider, SLIP),
        "past": await _read(provider, limit_passed),
        "other": await _read(provider, barcode(4, municipality=OTHER_WARD)),
        "no_key": await _read(provider, _slip("9" * 16)),
        "no_limit": await _read(provider, barcode(5, limit_date=None)),
    }
    assert {frozenset(answer) for answer in read.values()} == {frozenset(FIELDS)}
    reasons = {name: answer["reason"] for name, answer in read.items() if not answer["payable"]}
    assert reasons == {"paid": "slip_already_paid", "past": "slip_past_limit"}
    assert {frozenset(answer["fees_yen"]) for answer in read.values()} == {
        frozenset({"mobile_credit", "mobile_banking"})
    }


@pytest.mark.parametrize(
    ("biller_number", "told"),
    [
        ("1250112345678900", (1, False)),
        ("1251012345678900", (10, False)),
        ("2250012345678900", (None, True)),
        ("3250412345678900", (4, False)),
        ("1250012345678900", (None, False)),  # an instalment slip without an instalment: no key
        ("0250112345678900", (None, False)),
    ],
)
async def test_the_instalment_stands_in_the_answer(provider, biller_number, told):
    read = await provider.payer.ask(READ_SLIP, ReadSlip(barcode=_slip(biller_number)))
    assert (read.instalment, read.lump_sum) == told
    assert (read.fees_yen.mobile_credit, read.fees_yen.mobile_banking) == (27, 0)
    assert read.payable


@pytest.mark.parametrize("id_", [NOT_RANDOM, UUID(int=1)])
async def test_an_id_that_is_not_random_is_refused(provider, id_):
    acceptance, fresh = str(await provider.accepted()), str(new_id())
    slip = {"barcode": SLIP, "amount_yen": 33_138}
    card = slip | {"card_token": "tok", "terms_acceptance_id": acceptance}
    bank = slip | {"bank_code": "0005", "terms_acceptance_id": acceptance}
    for arrow, body in (
        (PAY_BY_CARD, card | {"payment_id": str(id_)}),
        (PAY_BY_CARD, card | {"payment_id": fresh, "terms_acceptance_id": str(id_)}),
        (PAY_BY_BANK, bank | {"payment_id": str(id_)}),
        (ACCEPT_TERMS, {"acceptance_id": str(id_), "version": "2025-1"}),
    ):
        response = await provider.payer.http.post(f"https://provider.test{arrow.path}", json=body)
        assert (response.status_code, response.json()["code"]) == (422, "malformed_body")
    assert provider.agent.questions == []


async def test_what_could_not_be_confirmed_or_paid_over_is_refused_before_asking(provider):
    slip, other = barcode(1, limit_date=None), barcode(2, limit_date=None)
    provider.at(12, 14, year=2027)
    with pytest.raises(PeerRefused, match="bank_days_unknown"):
        await provider.to_bank(slip)
    assert (await provider.by_card(other)).state == "accepted", "its 指定日 is the agent's matter"
    assert (await provider.payer.ask(READ_SLIP, ReadSlip(barcode=slip))).payable
    provider.at(12, 21, year=2027)
    with pytest.raises(PeerRefused, match="bank_days_unknown"):
        await provider.by_card(slip)
    told = await provider.payer.ask(READ_SLIP, ReadSlip(barcode=slip))
    assert (told.payable, told.reason) == (False, "bank_days_unknown")
    assert (len(provider.agent.questions), await provider.bank_books()) == (1, {})


async def test_the_last_app_banking_payment_that_the_calendar_covers_is_taken(provider):
    provider.at(12, 13, year=2027)
    assert (await provider.by_bank(barcode(limit_date=None))).state == "accepted"
    [receipt] = await provider.receipts()
    assert str(receipt.transfer_date) == "2027-12-23"
