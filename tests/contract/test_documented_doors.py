"""The questions that doors are asked can fail: each kind of undocumented answer is found."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from schemathesis.core.transport import Response
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.responses import Response as Told

from shared.kit.problems import INTERNAL_ERROR, install_problem_answers, problem_answer
from shared.wire.doors import LGWAN_ASP
from shared.wire.payeasy import NOTIFY
from tests.contract.documented_doors import (
    Fuzzed,
    Right,
    Send,
    UndocumentedAnswerError,
    bearer,
    documents_to_ask_by,
)
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


def in_process(runner: asyncio.Runner, network: TestNetwork) -> Send:
    """Carry questions to a door that listens nowhere."""

    def carry(arrow, right_one, case) -> Response:
        asked = case.as_transport_kwargs(base_url="https://door.test", headers=bearer(right_one))
        client = network.client(right_one.caller, arrow.callee, arrow.door).http
        body = {"content": asked["data"]} if "data" in asked else {"json": asked.get("json")}
        known = {name: asked[name] for name in ("headers", "params") if name in asked}
        answer = runner.run(client.request(asked["method"], asked["url"], **known, **body))
        answer.elapsed = timedelta(0)  # without a socket there is nothing to measure
        return Response.from_any(answer)

    return carry


def ask_a_door(answers) -> list[int]:
    """Put a door in the centre's place that answers right and otherwise as it is told, and ask."""
    door = FastAPI()
    install_problem_answers(door, {})

    async def notify(body: dict) -> Told:
        return JSONResponse({"result": "00"}) if body == BODY else answers(body)

    door.add_api_route(NOTIFY.path, notify, methods=["POST"])
    network = TestNetwork()
    network.join(LGWAN_ASP, "mpn", door)
    with asyncio.Runner() as runner:
        carry = in_process(runner, network)
        fuzzed = Fuzzed(runner, SimpleNamespace(), documents_to_ask_by(), carry)
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

    async def refuse() -> Told:
        return problem_answer(403, "not_your_bank", "No.")

    door.add_api_route(NOTIFY.path, refuse, methods=["POST"])
    network = TestNetwork()
    network.join(LGWAN_ASP, "mpn", door)
    with asyncio.Runner() as runner:
        carry = in_process(runner, network)
        fuzzed = Fuzzed(runner, SimpleNamespace(), documents_to_ask_by(), carry)
        with pytest.raises(UndocumentedAnswerError):
            fuzzed.ask(NOTIFY, wrong, examples=1)


def test_a_door_that_keeps_its_contract_passes():
    statuses = ask_a_door(lambda _: problem_answer(422, "malformed_body", "No."))
    assert set(statuses) == {200, 422}
