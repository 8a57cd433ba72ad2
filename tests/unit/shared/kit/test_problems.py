"""Problem answers: one shape for every no, and nothing in it that was sent."""

from __future__ import annotations

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from shared.kit.arrow import Wire
from shared.kit.context import acting, answering, note_lasting
from shared.kit.problems import (
    KIT_STATUSES,
    Overloaded,
    Problem,
    SandboxOnly,
    install_problem_answers,
)
from shared.kit.refusals import Refusal

CARD_NUMBER = "4111111111111112"
CORRELATION = "0b1f0c5e-0000-4000-8000-000000000001"


class ShelfEmpty(Refusal):
    """There is nothing on that shelf."""

    code = "shelf_empty"


class ShelfNotFound(Refusal):
    """There is no such shelf."""

    code = "shelf_not_found"


class Order(Wire):
    shelf: int
    goods: tuple[str, ...] = ()


REFUSALS = {
    "empty": ShelfEmpty(),
    "not_found": ShelfNotFound("Shelf 7 does not exist.", problems=[{"field": "shelf"}]),
    "overloaded": Overloaded(),
    "sandbox": SandboxOnly(),
}


def shop() -> FastAPI:
    app = FastAPI()
    install_problem_answers(app, {"shelf_not_found": 404})

    async def refuse(name: str) -> None:
        if name == "broken":
            raise ValueError(f"the card {CARD_NUMBER} does not fit")
        if name == "committed_before":
            note_lasting()
        if name in {"no_connection", "committed_before"}:
            raise NoFreeConnection
        raise REFUSALS[name]

    async def order(body: Order) -> Order:
        return body

    app.add_api_route("/refusals/{name}", refuse, methods=["GET"])
    app.add_api_route("/orders", order, methods=["POST"])
    return app


async def ask(method: str, path: str, **how) -> httpx2.Response:
    transport = httpx2.ASGITransport(shop(), raise_app_exceptions=False)
    with acting("somebody", CORRELATION), answering():
        async with httpx2.AsyncClient(transport=transport, base_url="https://shop.test") as http:
            return await http.request(method, path, **how)


@pytest.mark.parametrize(
    ("name", "status", "code", "detail"),
    [
        ("empty", 409, "shelf_empty", "There is nothing on that shelf."),
        ("not_found", 404, "shelf_not_found", "Shelf 7 does not exist."),
        ("overloaded", 503, "overloaded", Overloaded().detail),
        ("sandbox", 400, "sandbox_only", SandboxOnly().detail),
    ],
)
async def test_a_refusal_is_a_problem_with_its_code(name, status, code, detail):
    answer = await ask("GET", f"/refusals/{name}")
    problem = Problem.model_validate_json(answer.content)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem.status) == (status, status)
    assert (problem.code, problem.detail) == (code, detail)
    assert problem.type == f"urn:mesh:problem:{code}"
    assert problem.correlation_id == CORRELATION


async def test_several_problems_are_all_told():
    answer = await ask("GET", "/refusals/not_found")
    assert answer.json()["problems"] == [{"field": "shelf"}]
    assert "problems" not in (await ask("GET", "/refusals/empty")).json()


async def test_who_is_sent_away_for_a_while_hears_when_to_come_back():
    assert (await ask("GET", "/refusals/overloaded")).headers["retry-after"] == "1"
    assert "retry-after" not in (await ask("GET", "/refusals/empty")).headers


@pytest.mark.parametrize(
    ("sent", "field", "code"),
    [
        (f'{{"shelf": "{CARD_NUMBER}x"}}', "body.shelf", "int_parsing"),
        (f'{{"goods": ["{CARD_NUMBER}"]}}', "body.shelf", "missing"),
        (f'{{"shelf": 1, "goods": [{CARD_NUMBER}]}}', "body.goods.0", "string_type"),
        (f'{{"shelf": 1, "card": "{CARD_NUMBER}"}}', "body", "extra_forbidden"),
        (f'{{"shelf": 1, "{CARD_NUMBER}": 1}}', "body", "extra_forbidden"),
        (f'"{CARD_NUMBER}"', "body", "model_attributes_type"),
    ],
)
async def test_a_malformed_body_is_named_and_never_repeated(sent, field, code):
    headers = {"content-type": "application/json"}
    answer = await ask("POST", "/orders", content=sent, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed_body")
    assert answer.json()["problems"] == [{"field": field, "code": code}]
    assert CARD_NUMBER not in answer.text


async def test_what_is_no_json_is_a_malformed_body():
    headers = {"content-type": "application/json"}
    answer = await ask("POST", "/orders", content=f'{{"{CARD_NUMBER}', headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed_body")
    assert CARD_NUMBER not in answer.text


async def test_a_path_and_a_method_that_do_not_exist_are_problems_too():
    nowhere, wrongly = await ask("GET", "/nowhere"), await ask("DELETE", "/orders")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "no_such_path")
    assert (wrongly.status_code, wrongly.json()["code"]) == (405, "method_not_allowed")


async def test_an_unknown_exception_is_a_500_without_any_detail():
    answer = await ask("GET", "/refusals/broken")
    problem = Problem.model_validate_json(answer.content)
    assert (answer.status_code, problem.code) == (500, "internal_error")
    assert problem.correlation_id == CORRELATION
    assert "card" not in answer.text
    assert CARD_NUMBER not in answer.text


def test_every_status_of_the_kit_belongs_to_a_refusal_or_to_the_gate():
    codes = {refusal.code for refusal in Refusal.every_class()}
    assert {"overloaded", "sandbox_only"} <= codes
    assert set(KIT_STATUSES.values()) <= {400, 401, 403, 404, 409, 503}


async def test_a_body_that_is_no_text_is_a_malformed_body():
    headers = {"content-type": "application/json"}
    answer = await ask("POST", "/orders", content=b"\xff\xfe{}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed_body")


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [("no_connection", 503, "overloaded"), ("committed_before", 500, "internal_error")],
)
async def test_without_a_connection_it_is_overloaded_only_while_nothing_is_recorded(
    name, status, code
):
    answer = await ask("GET", f"/refusals/{name}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ("retry-after" in answer.headers) == (status == 503)
