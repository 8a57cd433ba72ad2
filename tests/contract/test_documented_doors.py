"""The questions that doors are asked can fail: each kind of undocumented answer is found."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from deploy.cli.contract_documents import contract_documents
from shared.kit.problems import internal_error, malformed_body, problem_answer
from shared.wire.doors import LGWAN_ASP
from shared.wire.payeasy import NOTIFY
from tests.contract.documented_doors import Fuzzed, Right, UndocumentedAnswerError
from tests.support.network import TestNetwork

OK = JSONResponse({"result": "00"})
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


def ask_a_door(to_the_right_question: Response, to_any_other: Response) -> list[int]:
    """Put a door that gives one of two answers in the centre's place; ask all, return statuses."""

    async def door(scope, receive, send) -> None:
        body = await Request(scope, receive).body()
        answer = to_the_right_question if body == json.dumps(BODY).encode() else to_any_other
        await answer(scope, receive, send)

    network = TestNetwork()
    network.join(LGWAN_ASP, "mpn", door)
    with asyncio.Runner() as runner:
        fuzzed = Fuzzed(runner, SimpleNamespace(network=network), contract_documents())
        fuzzed.ask(NOTIFY, right, examples=10)
    return fuzzed.statuses[NOTIFY.name]


@pytest.mark.parametrize(
    "undocumented",
    [
        internal_error(),
        problem_answer(409, "not_in_the_contract", "No."),
        PlainTextResponse("no", 404),
        JSONResponse({"result": 0}),
        JSONResponse({}),
        PlainTextResponse("00"),
    ],
    ids=["5xx", "unknown code", "no problem", "wrong type", "field missing", "wrong media type"],
)
def test_an_answer_that_no_contract_has_is_found(undocumented):
    with pytest.raises((AssertionError, BaseExceptionGroup)):
        ask_a_door(OK, undocumented)


def test_a_door_that_never_succeeds_is_found():
    refused = problem_answer(403, "not_your_bank", "No.")
    with pytest.raises(UndocumentedAnswerError, match="not_your_bank"):
        ask_a_door(refused, refused)


def test_a_door_that_keeps_its_contract_passes():
    assert set(ask_a_door(OK, malformed_body())) == {200, 422}
