"""The questions that doors are asked can fail: each kind of undocumented answer is found."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from starlette.responses import JSONResponse, PlainTextResponse, Response

from deploy.cli.contract_documents import contract_documents
from shared.kit.problems import INTERNAL_ERROR, install_problem_answers, problem_answer
from shared.wire.doors import LGWAN_ASP
from shared.wire.payeasy import NOTIFY
from tests.contract.documented_doors import Fuzzed, Right, UndocumentedAnswerError
from tests.support.network import TestNetwork

BODY = {
    "session_id": "00000000-0000-4000-8000-000000000000",
    "bank_code": "0001",
    "branch_code": "001",
    "trace_number": "T1",
    "receipt_number": "R1",
    "amount_yen": 1,
    "paid_at": "2025-06-03T10:00:00+09:00",
    "medium": "01",
}


async def right(_: object) -> Right:
    return Right("bank-0001", body=BODY)


def ask_a_door(answers) -> list[int]:
    """Put a door in the centre's place that answers right and otherwise as it is told, and ask."""
    door = FastAPI()
    install_problem_answers(door, {})

    async def notify(body: dict) -> Response:
        return JSONResponse({"result": "00"}) if body == BODY else answers(body)

    door.add_api_route(NOTIFY.path, notify, methods=["POST"])
    network = TestNetwork()
    network.join(LGWAN_ASP, "mpn", door)
    with asyncio.Runner() as runner:
        fuzzed = Fuzzed(runner, SimpleNamespace(network=network), contract_documents())
        fuzzed.ask(NOTIFY, right, examples=10)
        return fuzzed.statuses[NOTIFY.name]


@pytest.mark.parametrize(
    "answers",
    [
        lambda _: INTERNAL_ERROR.answer(),
        lambda _: problem_answer(409, "not_in_the_contract", "No."),
        lambda _: PlainTextResponse("no", 404),
        lambda _: JSONResponse({"result": 0}),
        lambda _: JSONResponse({}),
        lambda _: PlainTextResponse("00"),
    ],
    ids=["5xx", "unknown code", "no problem", "wrong type", "field missing", "wrong media type"],
)
def test_an_answer_that_no_contract_has_is_found(answers):
    with pytest.raises((AssertionError, BaseExceptionGroup)):
        ask_a_door(answers)


def test_a_door_that_never_succeeds_is_found():
    async def wrong(_: object) -> Right:
        return Right("bank-0001", body=BODY | {"amount_yen": 2})

    door = FastAPI()
    install_problem_answers(door, {})

    async def refuse() -> Response:
        return problem_answer(403, "not_your_bank", "No.")

    door.add_api_route(NOTIFY.path, refuse, methods=["POST"])
    network = TestNetwork()
    network.join(LGWAN_ASP, "mpn", door)
    with asyncio.Runner() as runner:
        fuzzed = Fuzzed(runner, SimpleNamespace(network=network), contract_documents())
        with pytest.raises(UndocumentedAnswerError):
            fuzzed.ask(NOTIFY, wrong, examples=1)


def test_a_door_that_keeps_its_contract_passes():
    statuses = ask_a_door(lambda _: problem_answer(422, "malformed_body", "No."))
    assert set(statuses) == {200, 422}
