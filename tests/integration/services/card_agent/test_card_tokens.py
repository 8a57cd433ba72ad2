"""The payers' door: what becomes a token, and what is refused without repeating it."""

from __future__ import annotations

import pytest

from tests.integration.services.card_agent.conftest import TOWN

BODY = {
    "municipality": TOWN,
    "amount_yen": 33_138,
    "card_number": "4111 1111 1111 1111",
    "expiry_year": 2029,
    "expiry_month": 12,
}


async def _post(agent, **changes):
    return await agent.payer.http.post("https://payers.test/card-tokens", json=BODY | changes)


async def test_a_card_becomes_a_token_that_says_its_brand(agent) -> None:
    answer = await _post(agent)
    assert answer.status_code == 201
    assert answer.json()["brand"] == "VISA"
    assert len(answer.json()["card_token"]) >= 22
    assert len(agent.resources.card_memory) == 1


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"card_number": "4111111111111112"}, 400, "card_number_invalid"),
        ({"card_number": "not a number"}, 400, "card_number_invalid"),
        ({"card_number": "6011111111111117"}, 400, "brand_not_taken"),
        ({"expiry_year": 2025, "expiry_month": 5}, 409, "card_expired"),
        ({"municipality": "999999"}, 409, "municipality_unknown"),
    ],
)
async def test_a_card_that_cannot_pay_gets_no_token(agent, changes, status, code) -> None:
    answer = await _post(agent, **changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert BODY["card_number"] not in answer.text
    assert str(changes.get("card_number", "-" * 9)) not in answer.text
    assert await agent.column("SELECT id FROM card_tokens") == []


async def test_a_card_is_good_to_the_end_of_its_month(agent) -> None:
    assert (await _post(agent, expiry_year=2025, expiry_month=6)).status_code == 201


async def test_a_malformed_body_is_not_repeated(agent) -> None:
    answer = await _post(agent, expiry_month=13)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed_body")
    assert "4111" not in answer.text


async def test_a_full_memory_takes_no_more_cards(agent) -> None:
    agent.resources.card_memory.capacity = 1
    assert (await _post(agent)).status_code == 201
    answer = await _post(agent)
    assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
    assert len(await agent.column("SELECT id FROM card_tokens")) == 1


async def test_forgetting_leaves_what_is_still_good(agent) -> None:
    await _post(agent)
    assert await agent.run("forget_card_numbers") == {"forgotten": 0, "held": 1}
