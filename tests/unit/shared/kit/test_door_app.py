"""A door's routes and who may use them when a person or a terminal must be signed in."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from shared.kit.door_app import Door
from shared.kit.tokens import Login, TokenIssuer
from tests.unit.shared.kit.sample_door import (
    ARROWS,
    READ,
    WARD,
    Shop,
    Visitor,
    caller,
    make_door,
    make_foundation,
)

CLERK = Login("sato", frozenset({"clerk"}), "131041", "session")
FOUNDATION = make_foundation()


@pytest.fixture(autouse=True)
def lines():
    """The lines that were logged."""
    with capture_logs() as captured:
        yield captured


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def ward(shop) -> Visitor:
    return Visitor(make_door(FOUNDATION, shop), caller())


def token(
    login: Login = CLERK,
    *,
    door: str = "counter",
    holder: str = WARD,
    issuer: TokenIssuer = FOUNDATION.tokens,
) -> dict[str, str]:
    issued = issuer.issue(login, door=door, thumbprint=f"thumbprint-of-{holder}")
    return {"authorization": f"Bearer {issued.text}"}


async def test_who_is_signed_in_passes_and_is_named(ward, shop):
    answer = await ward.asks("GET", "/clerks", headers=token())
    assert answer.status_code == 200
    assert shop.reached == ["clerks_only sato 131041"]
    assert answer.json()["actor"] == f"{WARD}/sato"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": "Bearer "},
        {"authorization": "Basic c2F0bzp4"},
        {"authorization": token()["authorization"].removeprefix("Bearer ")},
        token(door="operator"),
        token(holder="ward-131041-terminal-02"),
        token(issuer=TokenIssuer("shop", b"x" * 64)),
        token(Login("sato", frozenset({"clerk"}), "131041", "reception")),
    ],
    ids=[
        "none",
        "empty",
        "no token",
        "blank",
        "a password",
        "no scheme",
        "another door's",
        "another terminal's",
        "another key's",
        "another purpose's",
    ],
)
async def test_without_the_right_token_nobody_passes(ward, shop, headers):
    answer = await ward.asks("GET", "/clerks", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_refused")
    assert shop.reached == []


async def test_a_user_without_the_role_does_not_pass(ward, shop):
    reader = Login("ito", frozenset({"reader"}), "131041", "session")
    answer = await ward.asks("GET", "/clerks", headers=token(reader))
    assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")
    assert shop.reached == []


async def test_one_of_the_roles_is_enough(ward):
    treasurer = Login("ito", frozenset({"reader", "treasurer"}), "131041", "session")
    assert (await ward.asks("GET", "/clerks", headers=token(treasurer))).status_code == 200


async def test_a_user_of_another_municipality_does_not_pass(ward, shop):
    neighbour = Login("mori", frozenset({"clerk"}), "131059", "session")
    answer = await ward.asks("GET", "/clerks", headers=token(neighbour))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_municipality")
    assert shop.reached == []


async def test_a_certificate_without_a_municipality_has_no_town(shop):
    cat = Visitor(make_door(FOUNDATION, shop), caller("cat"))
    answer = await cat.asks("GET", "/clerks", headers=token(holder="cat"))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_municipality")
    assert shop.reached == []


async def test_who_acts_is_forgotten_after_the_request(ward):
    await ward.asks("GET", "/clerks", headers=token())
    assert (await ward.asks("GET", "/weights/7")).json()["actor"] == WARD


def test_a_door_with_a_question_that_nobody_answers_cannot_be_opened():
    door = Door(FOUNDATION, None, "counter", ARROWS, statuses={})
    with pytest.raises(AssertionError, match="no endpoint behind"):
        door.app()


def test_an_arrow_that_ends_elsewhere_cannot_be_mounted():
    async def answer() -> None:
        pytest.fail("an endpoint that was refused is never called")

    door = Door(FOUNDATION, None, "counter", (), statuses={})
    with pytest.raises(AssertionError, match="does not end at"):
        door.mount(READ, answer)
