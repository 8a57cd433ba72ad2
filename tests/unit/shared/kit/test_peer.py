"""Asking a peer: every way a call can end is exactly one of done, refused, not done, unknown.

DESIGN rule 3, line by line. The transport below is the network; nothing is opened.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable
from datetime import timedelta

import httpx2
import pytest

from shared.kit.arrow import Arrow, Binary, NoBody, Wire
from shared.kit.clock import machine_now
from shared.kit.context import acting
from shared.kit.peer import (
    PeerAddress,
    PeerClient,
    PeerNotDone,
    PeerOutcomeUnknown,
    PeerRefused,
    Timeouts,
    deadline,
)
from shared.kit.tls import OwnCertificate


class Question(Wire):
    amount: int


class Answer(Wire):
    number: int


PAY = Arrow(
    "pay",
    "shop",
    "counter",
    "PUT",
    "/payments/{id}",
    Question,
    Answer,
    refusals=("already_paid", "login_refused"),
)
FILE = Arrow("file", "shop", "counter", "GET", "/files/{id}", NoBody, Binary, refusals=("no_file",))
NEVER_SENT = {httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout}


def every_kind(error: type[Exception]) -> set[type[Exception]]:
    return {error}.union(*(every_kind(child) for child in error.__subclasses__()))


SENT_PERHAPS = sorted(
    every_kind(httpx2.RequestError) - set().union(*(every_kind(e) for e in NEVER_SENT)),
    key=lambda error: error.__name__,
)


class Network(httpx2.AsyncBaseTransport):
    """Answers, or fails, as the test says; remembers the last request."""

    def __init__(self, reply: Callable[[httpx2.Request], httpx2.Response] | Exception) -> None:
        self.reply = reply
        self.seen: httpx2.Request | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.seen = request
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply(request)


class Stream(httpx2.AsyncByteStream):
    """A body that comes piece by piece, as from a socket."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces

    async def __aiter__(self):
        for piece in self.pieces:
            yield piece


def peer_over(network: Network) -> PeerClient:
    address = PeerAddress("https://127.0.0.1:9111", "shop.leased-line.mesh.test")
    return PeerClient(httpx2.AsyncClient(transport=network), address)


def answering(status: int = 200, content: bytes | None = None, **body) -> Network:
    sent = json.dumps(body).encode() if content is None else content
    return Network(lambda _: httpx2.Response(status, content=sent))


def problem(status: int, code: str, **more) -> Network:
    return answering(status, code=code, detail="Because.", **more)


async def pay(network: Network, **how) -> Answer:
    return await peer_over(network).ask(PAY, Question(amount=1), id=7, **how)


@pytest.mark.parametrize("error", sorted(NEVER_SENT, key=str), ids=lambda e: e.__name__)
async def test_a_question_that_never_left_is_not_done(error):
    with pytest.raises(PeerNotDone, match=error.__name__):
        await pay(Network(error("no way")))


@pytest.mark.parametrize("error", SENT_PERHAPS, ids=lambda e: e.__name__)
async def test_silence_is_an_unknown_outcome(error):
    with pytest.raises(PeerOutcomeUnknown, match=error.__name__):
        await pay(Network(error("no word")))


def test_the_errors_that_mean_silence_are_those_that_we_know():
    names = {error.__name__ for error in SENT_PERHAPS}
    assert {"ReadTimeout", "WriteTimeout", "ReadError", "WriteError", "CloseError"} < names
    assert {"RemoteProtocolError", "LocalProtocolError", "ProxyError", "DecodingError"} < names


async def test_an_answer_that_cannot_be_decompressed_is_an_unknown_outcome():
    headers = {"content-encoding": "gzip"}
    network = Network(lambda _: httpx2.Response(200, stream=Stream(b"no gzip"), headers=headers))
    with pytest.raises(PeerOutcomeUnknown, match="DecodingError"):
        await pay(network)


@pytest.mark.parametrize("status", [429, 503])
async def test_overloaded_promises_that_nothing_was_recorded(status):
    with pytest.raises(PeerNotDone, match="overloaded"):
        await pay(problem(status, "overloaded"))


@pytest.mark.parametrize("status", [400, 409, 500, 502, 504])
async def test_overloaded_is_a_promise_in_429_and_503_only(status):
    with pytest.raises(PeerOutcomeUnknown):
        await pay(problem(status, "overloaded"))


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("code", ["unavailable", "rate_limited", ""])
async def test_429_and_503_of_any_other_code_are_unknown(status, code):
    with pytest.raises(PeerOutcomeUnknown):
        await pay(problem(status, code))


@pytest.mark.parametrize("status", [429, 503])
async def test_a_proxys_429_or_503_promises_nothing(status):
    with pytest.raises(PeerOutcomeUnknown):
        await pay(answering(status, b"<html>Service Unavailable</html>"))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
@pytest.mark.parametrize("code", PAY.refusals)
async def test_refused_is_a_code_of_this_conversations_list(status, code):
    problems = [{"line": 3, "code": "x"}]
    with pytest.raises(PeerRefused) as caught:
        await pay(problem(status, code, problems=problems))
    assert (caught.value.code, caught.value.detail) == (code, "Because.")
    assert caught.value.problems == problems


STATUSES = [300, 301, 304, 307, 400, 401, 403, 404, 405, 408, 409, 413, 422, 500, 502, 503, 504]


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("code", ["no_such_path", "no_file", "ALREADY_PAID", "already_paid "])
async def test_a_code_that_is_not_on_the_list_is_an_unknown_outcome(status, code):
    with pytest.raises(PeerOutcomeUnknown):
        await pay(problem(status, code))


NO_PROBLEMS = {
    "empty": b"",
    "html": b"<html>already_paid</html>",
    "cut off": b'{"code": "already_paid", "deta',
    "a list": b'["already_paid"]',
    "a text": b'"already_paid"',
    "null": b"null",
    "no code": b'{"detail": "Because."}',
    "no detail": b'{"code": "already_paid"}',
    "problems are null": b'{"code": "already_paid", "detail": "x", "problems": null}',
    "problems are a number": b'{"code": "already_paid", "detail": "x", "problems": 3}',
    "no utf-8": b'{"code": "already_paid", "detail": "\xff"}',
    "too deep": b"[" * 200_000,
}


@pytest.mark.parametrize("content", NO_PROBLEMS.values(), ids=NO_PROBLEMS)
@pytest.mark.parametrize("status", [400, 404, 409, 500, 503])
async def test_a_no_that_does_not_parse_is_an_unknown_outcome(status, content):
    with pytest.raises(PeerOutcomeUnknown, match=str(status)):
        await pay(answering(status, content))


NO_ANSWERS = {
    "empty": b"",
    "html": b"<html>ok</html>",
    "cut off": b'{"number": 1',
    "null": b"null",
    "another shape": b'{"numbers": [1]}',
    "another type": b'{"number": "one"}',
    "one field more": b'{"number": 1, "more": 2}',
    "no utf-8": b'{"number": "\xff"}',
    "too deep": b"[" * 200_000,
}


@pytest.mark.parametrize("content", NO_ANSWERS.values(), ids=NO_ANSWERS)
@pytest.mark.parametrize("status", [200, 201, 204])
async def test_a_yes_that_does_not_parse_is_an_unknown_outcome(status, content):
    with pytest.raises(PeerOutcomeUnknown, match="does not parse"):
        await pay(answering(status, content))


@pytest.mark.parametrize("status", [200, 201])
async def test_a_yes_that_parses_is_the_answer(status):
    assert await pay(answering(status, number=5)) == Answer(number=5)


async def test_an_error_of_ours_is_no_outcome_of_the_peers():
    with pytest.raises(ZeroDivisionError):
        await pay(Network(ZeroDivisionError()))


async def test_a_question_carries_its_body_its_token_its_correlation_id_and_the_peers_name():
    network = answering(number=5)
    with acting("somebody", "0b1f0c5e-0000-4000-8000-000000000001"):
        await pay(network, token="abc", query={"page": 2}, headers={"sandbox-scenario": "x"})
    seen = network.seen
    assert (seen.method, str(seen.url)) == ("PUT", "https://127.0.0.1:9111/payments/7?page=2")
    assert (seen.headers["content-type"], seen.content) == ("application/json", b'{"amount":1}')
    assert seen.headers["authorization"] == "Bearer abc"
    assert seen.headers["correlation-id"] == "0b1f0c5e-0000-4000-8000-000000000001"
    assert seen.headers["sandbox-scenario"] == "x"
    assert seen.extensions["sni_hostname"] == "shop.leased-line.mesh.test"


async def test_a_question_without_a_body_or_a_token_carries_neither():
    network = answering(number=5)
    await peer_over(network).ask(PAY, id=7)
    assert network.seen.content == b""
    assert {"authorization", "content-type"}.isdisjoint(network.seen.headers)


async def test_bytes_travel_as_they_are():
    network = answering(number=5)
    await peer_over(network).ask(PAY, b"\x00\x81", id=7)
    assert network.seen.content == b"\x00\x81"
    assert network.seen.headers["content-type"] == "application/octet-stream"


async def test_a_value_in_the_path_cannot_lead_elsewhere():
    network = answering(number=5)
    await peer_over(network).ask(PAY, id="7/x?admin=1")
    assert network.seen.url.raw_path == b"/payments/7%2Fx%3Fadmin%3D1"


async def test_a_file_is_fetched_as_bytes():
    assert await peer_over(answering(content=b"\x81\x8f")).fetch(FILE, id=1) == b"\x81\x8f"


async def test_a_file_may_be_refused():
    with pytest.raises(PeerRefused, match="no_file: Because"):
        await peer_over(problem(404, "no_file")).fetch(FILE, id=1)


async def test_a_file_may_be_lost():
    with pytest.raises(PeerOutcomeUnknown):
        await peer_over(Network(httpx2.ReadError("cut"))).fetch(FILE, id=1)


async def test_past_its_deadline_a_conversation_is_an_unknown_outcome():
    with pytest.raises(PeerOutcomeUnknown, match="deadline"):
        async with deadline(0.01):
            await asyncio.Event().wait()


async def test_before_its_deadline_a_conversation_ends_as_it_ends():
    async with deadline(60):
        answer = await pay(answering(number=5))
    assert answer.number == 5
    with pytest.raises(PeerNotDone):
        async with deadline(60):
            await pay(Network(httpx2.ConnectError("down")))


async def test_who_is_called_off_from_outside_hears_of_it_and_of_no_deadline():
    async def conversation() -> None:
        async with deadline(60):
            await asyncio.Event().wait()

    task = asyncio.create_task(conversation())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(("starts_in", "ends_in"), [(-2, -1), (-2, 0), (1, 2)])
async def test_an_ended_certificate_sends_nothing(starts_in, ends_in):
    network, now = answering(number=5), machine_now()
    client = peer_over(network)
    client.certificate = OwnCertificate(
        now + timedelta(hours=starts_in), now + timedelta(hours=ends_in)
    )
    with pytest.raises(PeerNotDone, match="our own certificate"):
        await client.ask(PAY, Question(amount=1), id=7)
    assert network.seen is None


async def test_a_certificate_in_force_is_no_obstacle():
    network, now = answering(number=5), machine_now()
    client = peer_over(network)
    client.certificate = OwnCertificate(now - timedelta(hours=1), now + timedelta(hours=1))
    assert (await client.ask(PAY, Question(amount=1), id=7)).number == 5


async def test_a_client_has_a_limit_for_every_wait_and_no_proxy():
    timeouts = Timeouts(connect_seconds=1, read_seconds=2, pool_seconds=3)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client = PeerClient.over_tls(PeerAddress("https://127.0.0.1", "x"), context, timeouts)
    limits = client.http.timeout
    assert (limits.connect, limits.read, limits.write, limits.pool) == (1, 2, 2, 3)
    assert client.http.trust_env is False
    assert client.http.follow_redirects is False
    await client.close()
    assert client.http.is_closed
