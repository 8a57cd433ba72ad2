"""The lines to a peer over real TLS: what was surely not sent, what may have been, whose answer."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from shared.kit.peer import NEVER_SENT
from shared.kit.peer_lines import PeerLines, PlainClient
from shared.kit.peer_names import Network
from shared.kit.tls import client_context, server_context
from tests.integration.doors.conftest import Recorder, make_door, sni

TERMINAL, SERVER = "ward-131041-terminal-01", "payment-provider"
NAME = "payment-provider.leased-line.mesh.test"
QUICK = {"connect": 5.0, "read": 0.2, "write": 5.0, "pool": 0.05}
PATIENT = QUICK | {"read": 5.0}
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter
Script = Callable[["Peer", Reader, Writer], Awaitable[None]]


@dataclass
class Peer:
    """A server that does what a test's script says with each connection."""

    port: int = 0
    connections: int = 0
    asked: list[bytes] = field(default_factory=list)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def question(self, reader: Reader) -> bytes:
        """Read a question whole; return its path."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length or 0))
        self.asked.append(head.split(b" ", 2)[1])
        return self.asked[-1]


def client_tls(home, caller: str | None = TERMINAL) -> ssl.SSLContext:
    authority = home.authority(Network.LEASED_LINE)
    if caller is None:
        return client_context(authority)
    files = home.certificate(Network.LEASED_LINE, caller)
    return client_context(authority, files.certificate, files.key)


@asynccontextmanager
async def peer(home, script: Script):
    """Serve a script over TLS, as a door would."""
    files = home.certificate(Network.LEASED_LINE, SERVER)
    context = server_context(files.certificate, files.key, home.authority(Network.LEASED_LINE))
    made, running = Peer(), set[asyncio.Task[Any]]()

    async def serve(reader: Reader, writer: Writer) -> None:
        made.connections += 1
        running.add(asyncio.current_task())
        try:
            await script(made, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


@asynccontextmanager
async def asking(home, *, connections: int = 64, caller: str | None = TERMINAL):
    """Open a client over lines of its own."""
    lines = PeerLines(client_tls(home, caller), connections=connections)
    async with PlainClient(transport=lines, trust_env=False) as client:
        yield client


async def ask(
    client, port: int, path: str = "/", *, content: bytes = b"x", limits=None, name: str = NAME
) -> httpx2.Response:
    request = httpx2.Request(
        "POST",
        f"https://127.0.0.1:{port}{path}",
        content=content,
        extensions={"sni_hostname": name, "timeout": limits or PATIENT},
    )
    return await client.send(request)


async def answer_all(made: Peer, reader: Reader, writer: Writer) -> None:
    while True:
        path = await made.question(reader)
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nx-path: %s\r\n\r\n%s"
            % (len(path), path, path)
        )


async def test_a_line_is_used_again_for_the_next_question(home):
    async with peer(home, answer_all) as made, asking(home) as client:
        for path in ("/one", "/two"):
            answer = await ask(client, made.port, path)
            assert (answer.status_code, answer.text) == (200, path)
            assert answer.headers["X-Path"] == path
        assert made.connections == 1


async def test_answers_go_to_those_who_asked(home):
    async with peer(home, answer_all) as made, asking(home) as client:
        paths = [f"/{number}" for number in range(40)]
        answers = await asyncio.gather(*(ask(client, made.port, path) for path in paths))
        assert [answer.text for answer in answers] == paths


async def test_a_door_answers_over_a_line(home, serve_doors):
    app = Recorder()
    running = serve_doors([make_door(home, app)])
    async with asking(home) as client:
        port = running.addresses["leased_line"][1]
        for _ in range(2):
            answer = await ask(client, port)
            assert answer.json()["name"] == TERMINAL


async def test_a_connection_that_a_door_drops_is_no_connect_error(home, serve_doors):
    """DESIGN §5: rule 3 would take a connect error for "not done": charged twice."""
    app = Recorder()
    running = serve_doors([make_door(home, app)])
    port = running.addresses["leased_line"][1]
    async with asking(home) as client:
        for _ in range(2):  # on a fresh connection
            with pytest.raises(httpx2.TransportError) as dropped:
                await ask(client, port, "/drop")
            assert not isinstance(dropped.value, NEVER_SENT)
        await ask(client, port)
        with pytest.raises(httpx2.TransportError) as dropped:  # on one that has served before
            await ask(client, port, "/drop")
        assert not isinstance(dropped.value, NEVER_SENT)
    assert app.requests == ["/drop", "/drop", "/", "/drop"]


async def test_nobody_there_is_a_connect_error(home):
    async with peer(home, answer_all) as made:
        port = made.port
    async with asking(home) as client:
        with pytest.raises(httpx2.ConnectError):
            await ask(client, port)


async def test_a_peer_of_another_name_is_a_connect_error_and_is_told_nothing(home):
    async with peer(home, answer_all) as made, asking(home) as client:
        with pytest.raises(httpx2.ConnectError, match="SSLCertVerificationError"):
            await ask(client, made.port, name="card-agent.leased-line.mesh.test")
        assert made.asked == []


async def test_a_peer_that_refuses_our_certificate_is_no_connect_error(home):
    """With TLS 1.3 the refusal comes after our own handshake: something may have been sent."""
    async with peer(home, answer_all) as made, asking(home, caller="expired") as client:
        with pytest.raises(httpx2.TransportError) as refused:
            await ask(client, made.port)
        assert not isinstance(refused.value, NEVER_SENT)
        assert made.asked == []


async def test_silence_is_a_read_timeout_and_the_line_is_given_up(home):
    async def late(made: Peer, reader: Reader, writer: Writer) -> None:
        if await made.question(reader) == b"/late":
            await made.go_on.wait()
        writer.write(OK)
        await made.question(reader)

    async with peer(home, late) as made, asking(home) as client:
        with pytest.raises(httpx2.ReadTimeout):
            await ask(client, made.port, "/late", limits=QUICK)
        made.go_on.set()
        assert (await ask(client, made.port, "/next")).text == "ok"
        assert made.connections == 2


async def test_half_an_answer_is_a_protocol_error(home):
    async def half(made: Peer, reader: Reader, writer: Writer) -> None:
        await made.question(reader)
        writer.write(OK[:-1])

    async with peer(home, half) as made, asking(home) as client:
        with pytest.raises(httpx2.TransportError) as broken:
            await ask(client, made.port)
        assert not isinstance(broken.value, NEVER_SENT)


@pytest.mark.parametrize(
    "sent",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    ],
    ids=["not HTTP", "a length that is none", "another protocol"],
)
async def test_what_is_no_answer_is_no_connect_error(home, sent):
    async def babble(made: Peer, reader: Reader, writer: Writer) -> None:
        await made.question(reader)
        writer.write(sent)
        await made.go_on.wait()

    async with peer(home, babble) as made, asking(home) as client:
        with pytest.raises(httpx2.TransportError) as broken:
            await ask(client, made.port, limits=QUICK)
        assert not isinstance(broken.value, NEVER_SENT)


async def test_go_on_is_no_answer(home):
    async def hesitate(made: Peer, reader: Reader, writer: Writer) -> None:
        await made.question(reader)
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" + OK)
        await made.go_on.wait()

    async with peer(home, hesitate) as made, asking(home) as client:
        answer = await ask(client, made.port)
        assert (answer.status_code, answer.text) == (200, "ok")


async def test_a_peer_that_wants_to_close_is_asked_over_a_new_line(home):
    async def once(made: Peer, reader: Reader, writer: Writer) -> None:
        await made.question(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
        await made.go_on.wait()

    async with peer(home, once) as made, asking(home) as client:
        for _ in range(2):
            assert (await ask(client, made.port)).status_code == 200
        assert made.connections == 2


async def test_an_idle_line_that_the_peer_closed_is_not_used_again(home):
    closed = asyncio.Event()

    async def once(made: Peer, reader: Reader, writer: Writer) -> None:
        await made.question(reader)
        writer.write(OK)
        if made.connections == 1:
            await made.go_on.wait()
            writer.close()
            await writer.wait_closed()
            closed.set()
        else:
            await made.question(reader)

    async with peer(home, once) as made, asking(home) as client:
        await ask(client, made.port)
        made.go_on.set()
        await closed.wait()
        assert (await ask(client, made.port)).text == "ok"
        assert made.connections == 2


async def test_who_speaks_unasked_is_hung_up_on(home):
    async def chatter(made: Peer, reader: Reader, writer: Writer) -> None:
        await made.question(reader)
        writer.write(OK + (OK if made.connections == 1 else b""))
        await made.question(reader)
        writer.write(OK)

    async with peer(home, chatter) as made, asking(home) as client:
        await ask(client, made.port)
        for _ in range(2):
            assert (await ask(client, made.port)).text == "ok"


async def test_no_free_line_in_time_is_a_pool_timeout(home):
    async def hold(made: Peer, reader: Reader, writer: Writer) -> None:
        await made.question(reader)
        made.asked_once.set()
        await made.go_on.wait()
        writer.write(OK)
        await made.question(reader)

    async with peer(home, hold) as made, asking(home, connections=1) as client:
        made.asked_once = asyncio.Event()
        first = asyncio.create_task(ask(client, made.port, "/first"))
        await made.asked_once.wait()
        with pytest.raises(httpx2.PoolTimeout):
            await ask(client, made.port, "/second")
        made.go_on.set()
        assert (await first).text == "ok"
        assert made.asked == [b"/first"]


async def test_who_is_called_off_gives_his_line_up_and_his_place_back(home):
    async def hold(made: Peer, reader: Reader, writer: Writer) -> None:
        if await made.question(reader) == b"/first":
            made.go_on.set()
            await asyncio.Event().wait()
        writer.write(OK)
        await made.question(reader)

    async with peer(home, hold) as made, asking(home, connections=1) as client:
        first = asyncio.create_task(ask(client, made.port, "/first"))
        await made.go_on.wait()
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert (await ask(client, made.port, "/second")).text == "ok"
        assert made.connections == 2


async def test_a_large_question_arrives_whole(home):
    content = b"x" * 5_000_000

    async def measure(made: Peer, reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(len(content))
        writer.write(OK)
        await made.question(reader)

    async with peer(home, measure) as made, asking(home) as client:
        assert (await ask(client, made.port, content=content)).text == "ok"


async def test_a_question_that_is_not_taken_is_no_connect_error(home):
    async def deaf(made: Peer, reader: Reader, _: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await made.go_on.wait()

    async with peer(home, deaf) as made, asking(home) as client:
        limits = PATIENT | {"write": 0.1}
        with pytest.raises(httpx2.WriteTimeout):
            await ask(client, made.port, content=b"x" * 30_000_000, limits=limits)


async def test_plain_http_is_never_spoken(home):
    async with asking(home) as client:
        request = httpx2.Request("GET", "http://127.0.0.1/", extensions=sni())
        with pytest.raises(httpx2.UnsupportedProtocol):
            await client.send(request)


async def test_a_closed_client_asks_nobody(home):
    async with peer(home, answer_all) as made:
        async with asking(home) as client:
            await ask(client, made.port)
        with pytest.raises(RuntimeError, match="closed"):
            await ask(client, made.port)
        assert made.asked == [b"/"]
