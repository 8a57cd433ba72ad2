"""The way to a peer: TLS connections that are kept, each with one question at a time.

A transport of httpx2, with its requests, answers and errors: a connect error, a connect time-out
and a pool time-out mean that nothing was sent (DESIGN rule 3), every other error that it may have
been. Knows no arrow. An answer is taken whole into memory.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from typing import Any, Final

import httptools
import httpx2

CONNECTIONS: Final = 64
KEEP_SECONDS: Final = 30.0
"""A connection that was idle for longer is not used again: shorter than a door keeps it."""
PIECE_BYTES: Final = 64 * 1024
_FINAL_STATUS: Final = 200
_OWN_ERROR: Final = httpx2.RemoteProtocolError


class PlainClient(httpx2.AsyncClient):
    """A client that asks its transport and nothing else: no cookies, redirects, hooks or log-ins.

    Closed networks have none of them, and each costs time at every question.
    """

    async def send(self, request: httpx2.Request, **_: Any) -> httpx2.Response:
        """Return the answer, its body read."""
        if self.is_closed:
            raise RuntimeError("the client was closed")
        response = await self._transport.handle_async_request(request)
        response.request = request
        await response.aread()
        return response


class PeerLines(httpx2.AsyncBaseTransport):
    """A pool of connections that all show one TLS context; the last one used comes first."""

    def __init__(self, context: ssl.SSLContext, *, connections: int = CONNECTIONS) -> None:
        """Open nothing yet."""
        self._context = context
        self._room = asyncio.Semaphore(connections)
        self._idle: dict[tuple[str, int, str], deque[_Line]] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Ask and return the whole answer; request.extensions: sni_hostname and timeout."""
        limits: dict[str, float | None] = request.extensions.get("timeout", {})
        content = _head(request) + await request.aread()
        if self._room.locked():
            await _in_time(
                self._room.acquire(), limits.get("pool"), httpx2.PoolTimeout("no connection free")
            )
        else:
            await self._room.acquire()
        try:
            return await self._ask(request, content, limits)
        finally:
            self._room.release()

    async def _ask(
        self, request: httpx2.Request, content: bytes, limits: dict[str, float | None]
    ) -> httpx2.Response:
        line, idle = await self._line(request, limits.get("connect"))
        try:
            response = await line.ask(content, limits.get("write"), limits.get("read"))
        except BaseException:
            line.hang_up()  # an answer that comes later must not be taken for another question's
            raise
        if line.is_open:
            line.idle_since = asyncio.get_running_loop().time()
            idle.append(line)
        return response

    async def _line(
        self, request: httpx2.Request, seconds: float | None
    ) -> tuple[_Line, deque[_Line]]:
        """Return a connection that is open, and where it is to be kept afterwards."""
        url = request.url
        if url.scheme != "https":
            raise httpx2.UnsupportedProtocol(f"a closed network speaks TLS, not {url.scheme!r}")
        name = str(request.extensions.get("sni_hostname") or url.host)
        place = (url.host, url.port or 443, name)
        idle = self._idle.setdefault(place, deque())
        oldest = asyncio.get_running_loop().time() - KEEP_SECONDS
        while idle:
            line = idle.pop()
            if line.is_open and line.idle_since > oldest:
                return line, idle
            line.hang_up()
        opening = asyncio.get_running_loop().create_connection(
            _Line, place[0], place[1], ssl=self._context, server_hostname=name
        )
        try:
            _, line = await _in_time(opening, seconds, httpx2.ConnectTimeout("nobody answers"))
        except OSError as error:  # TLS errors are OSErrors
            raise httpx2.ConnectError(type(error).__name__) from error
        return line, idle

    async def aclose(self) -> None:
        """Hang up."""
        for idle in self._idle.values():
            while idle:
                idle.pop().hang_up()


class _Line(asyncio.Protocol):
    """One connection: write a question, gather its answer."""

    def __init__(self) -> None:
        self.is_open = False
        self.idle_since = 0.0
        self._waiting: asyncio.Future[httpx2.Response] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._is_paused = False
        self._patience: asyncio.TimerHandle | None = None
        self._read_seconds: float | None = None

    async def ask(
        self, content: bytes, write_seconds: float | None, read_seconds: float | None
    ) -> httpx2.Response:
        """Write, and wait for the whole answer; read_seconds of silence end the waiting."""
        self._parser = httptools.HttpResponseParser(self)
        self._headers: list[tuple[bytes, bytes]] = []
        self._pieces: list[bytes] = []
        self._read_seconds = read_seconds
        self._waiting = self._loop.create_future()
        try:
            for begin in range(0, len(content), PIECE_BYTES):
                self._transport.write(content[begin : begin + PIECE_BYTES])
                if self._is_paused:
                    self._drained = self._loop.create_future()
                    late = httpx2.WriteTimeout("the question is not taken")
                    await _in_time(self._drained, write_seconds, late)
            self._be_patient()
            return await self._waiting
        finally:
            self._waiting = self._drained = None
            self._be_patient()

    def hang_up(self) -> None:
        """End the connection at once."""
        self.is_open = False
        self._transport.abort()

    def _be_patient(self) -> None:
        """Begin to wait for bytes anew, or stop waiting if no question is open."""
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        if self._waiting is not None and self._read_seconds is not None:
            late = httpx2.ReadTimeout("no answer")
            self._patience = self._loop.call_later(self._read_seconds, self._fail, late)

    def _fail(self, error: Exception) -> None:
        """Tell whoever waits: for the question to be taken, or for its answer."""
        for each in (self._drained, self._waiting):
            if each is not None and not each.done():
                each.set_exception(error)
                return

    # What the connection tells:

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._loop = asyncio.get_running_loop()
        self._transport: Any = transport
        self.is_open = True

    def connection_lost(self, exc: Exception | None) -> None:
        """End, and with it the question that waits."""
        self.is_open = False
        if exc is None:
            self._fail(_OWN_ERROR("the peer hung up without an answer"))
        else:
            self._fail(httpx2.ReadError(type(exc).__name__))

    def eof_received(self) -> None:
        """Let the transport close: the peer has said everything."""
        self.is_open = False

    def pause_writing(self) -> None:
        """Hold back: what was written is not taken yet."""
        self._is_paused = True

    def resume_writing(self) -> None:
        """Go on."""
        self._is_paused = False
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Take bytes in."""
        if self._waiting is None or self._waiting.done():
            self.hang_up()  # nobody asked
            return
        self._be_patient()
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self.is_open = False
            self._fail(_OWN_ERROR(type(error).__name__))

    # What the parser tells:

    def on_message_begin(self) -> None:
        """Keep no line on which more than one answer comes."""
        if self._waiting is None or self._waiting.done():
            self.is_open = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header in."""
        self._headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body in."""
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        """Hand the answer over."""
        status = self._parser.get_status_code()
        if status < _FINAL_STATUS:  # "go on" is no answer
            self._headers.clear()
            return
        if not self._parser.should_keep_alive():
            self.is_open = False
        if self._waiting is not None and not self._waiting.done():
            content = b"".join(self._pieces)
            self._waiting.set_result(
                httpx2.Response(status, headers=self._headers, content=content)
            )


def _head(request: httpx2.Request) -> bytes:
    lines = [b"%s %s HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    lines += [b"%s: %s" % header for header in request.headers.raw]
    return b"\r\n".join(lines) + b"\r\n\r\n"


async def _in_time(waiting: Any, seconds: float | None, late: Exception) -> Any:
    """Await something for so many seconds of machine time; then raise what is told."""
    try:
        async with asyncio.timeout(seconds):
            return await waiting
    except TimeoutError:
        raise late from None
