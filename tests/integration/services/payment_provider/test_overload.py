"""Card payments under overload: a call waits a moment for its place, or nothing was recorded."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from services.payment_provider.app import create_app
from services.payment_provider.store.tables import PAYMENTS
from shared.kit.ids import new_id
from shared.kit.peer import PeerNotDone
from shared.kit.waiting_room import WaitingRoom
from shared.wire.doors import PAYMENT_PROVIDER
from tests.support.statements import statements_of
from tests.unit.services.payment_provider.samples import barcode

SLIP, OTHER_SLIP = barcode(1), barcode(2)
PATIENT, IMPATIENT = 60.0, 0.01


def with_one_place(provider, seconds: float) -> WaitingRoom:
    """Let the provider's payers' door work on one card payment at a time."""
    room = WaitingRoom(1, seconds=seconds)
    resources = replace(provider.resources, card_payments=room)
    provider.net.join(PAYMENT_PROVIDER, "payers", create_app(resources, "payers"))
    return room


async def payments(provider) -> int:
    async with provider.resources.foundation.engine.connect() as connection:
        query = select(func.count()).select_from(PAYMENTS)
        return int((await connection.execute(query)).scalar_one())


async def test_who_finds_no_place_in_time_is_told_to_come_back_and_nothing_is_recorded(provider):
    room, id_ = with_one_place(provider, IMPATIENT), new_id()
    async with room.place():
        with pytest.raises(PeerNotDone, match="overloaded"):
            await provider.by_card(SLIP, id_=id_)
    assert await payments(provider) == 0
    assert provider.agent.questions == []
    assert (await provider.by_card(SLIP, id_=id_)).state == "accepted"


async def test_an_overloaded_answer_says_when_to_come_back(provider):
    room = with_one_place(provider, IMPATIENT)
    body = {
        "payment_id": str(new_id()),
        "barcode": SLIP,
        "amount_yen": 33_138,
        "card_token": "tok",
        "terms_acceptance_id": str(await provider.accepted()),
    }
    async with room.place():
        answer = await provider.payer.http.post("https://payers.test/credit-payments", json=body)
    assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
    assert int(answer.headers["retry-after"]) > 0


async def test_a_card_payment_waits_for_its_place(provider):
    room = with_one_place(provider, PATIENT)
    async with room.place():
        paying = [asyncio.create_task(provider.by_card(slip)) for slip in (SLIP, OTHER_SLIP)]
        await asyncio.sleep(0)
        assert await payments(provider) == 0
    assert [(await each).state for each in paying] == ["accepted", "accepted"]


async def test_app_banking_needs_no_place_among_card_payments(provider):
    room = with_one_place(provider, IMPATIENT)
    async with room.place():
        assert (await provider.by_bank(SLIP)).state == "accepted"


async def test_a_card_payment_takes_two_statements_and_none_of_them_by_sqlalchemy(provider):
    acceptance = await provider.accepted()
    await provider.by_card(SLIP, acceptance=acceptance)
    async with statements_of(provider.resources.foundation.engine) as sent:
        await provider.by_card(OTHER_SLIP, acceptance=acceptance)
    assert sent.by_sqlalchemy == []
    opened, accepted = sent.by_driver
    assert "INTO payments" in opened
    assert "UPDATE payments" in accepted
    assert "INTO receipts" in accepted
