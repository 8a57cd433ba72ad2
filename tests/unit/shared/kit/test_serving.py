"""A door under too many requests at once, without a socket."""

from __future__ import annotations

import asyncio
import json

import pytest

from shared.kit.door_protocol import problem_body
from shared.kit.serving import refuse_when_overloaded


class Held:
    """An application that answers when it is told to."""

    def __init__(self) -> None:
        self.release, self.running = asyncio.Event(), 0

    async def __call__(self, scope, receive, send) -> None:
        self.running += 1
        await self.release.wait()
        await send({"type": "http.response.start", "status": 204, "headers": []})


async def ask(app, *headers) -> list[dict]:
    sent: list[dict] = []

    async def send(message) -> None:
        sent.append(message)

    async def receive() -> dict:
        return {"type": "http.request", "body": b""}

    await app({"type": "http", "headers": list(headers)}, receive, send)
    return sent


async def test_one_request_too_many_is_told_that_nothing_was_recorded():
    held = Held()
    app = refuse_when_overloaded(held, 2)
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(ask(app)) for _ in range(2)]
        await asyncio.sleep(0)
        start, body = await ask(app, (b"correlation-id", b"4711-a"))
        assert held.running == 2
        held.release.set()
    problem = json.loads(body["body"])
    assert start["status"] == 503
    assert (problem["code"], problem["correlation_id"]) == ("overloaded", "4711-a")
    assert dict(start["headers"])[b"content-length"] == str(len(body["body"])).encode()
    assert [task.result()[0]["status"] for task in waiting] == [204, 204]


async def test_an_application_that_fails_gives_its_place_back():
    async def failing(scope, receive, send) -> None:
        raise ZeroDivisionError

    app = refuse_when_overloaded(failing, 1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            await ask(app)


@pytest.mark.parametrize("sent", [b"", b"a" * 65, b"a b", b'"}', "日本".encode()])
async def test_a_correlation_id_that_is_not_one_is_not_repeated(sent):
    app = refuse_when_overloaded(Held(), 0)
    _, body = await ask(app, (b"correlation-id", sent))
    assert json.loads(body["body"])["correlation_id"] == "-"


def test_a_problem_has_the_members_that_every_problem_has():
    problem = json.loads(problem_body(408, "too_slow", "Request Timeout", "-"))
    assert problem == {
        "type": "about:blank",
        "title": "Request Timeout",
        "status": 408,
        "detail": "Request Timeout",
        "code": "too_slow",
        "correlation_id": "-",
    }
