"""Connections that a benchmark asks by: kept open, and as little of a client as will do.

A line may begin at any loopback address, so that every payer has one of his own.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LOOPBACK = "127.0.0.1"
_IN_A_NET = 250


@dataclass(frozen=True)
class Answer:
    """A status, what the header says about coming back (seconds, 0 without it), and the body."""

    status: int
    retry_after: int
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the body parsed; an answer that is no object is a ValueError."""
        parsed = json.loads(self.body)
        if not isinstance(parsed, dict):
            raise ValueError("not an object")  # noqa: TRY004 - as a body that does not parse
        return parsed


@dataclass(frozen=True)
class Listener:
    """Where somebody listens; context and server_name are None for plain HTTP."""

    port: int
    context: ssl.SSLContext | None = None
    server_name: str | None = None


def payer_address(number: int) -> str:
    """Return the loopback address of the payer with that number, from 127.1.0.1 on."""
    nets, host = divmod(number, _IN_A_NET)
    return f"127.{1 + nets // _IN_A_NET}.{nets % _IN_A_NET}.{1 + host}"


@dataclass
class Line:
    """One connection; one question at a time."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def open(cls, there: Listener, address: str | None = None) -> Line:
        """Connect from an address of ours, demanding the other side's name."""
        return cls(
            *await asyncio.open_connection(
                LOOPBACK,
                there.port,
                ssl=there.context,
                server_hostname=there.server_name,
                local_addr=(address, 0) if address else None,
            )
        )

    async def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        """Post a document and return the answer; a line that breaks is an OSError or EOFError."""
        content = json.dumps(body).encode()
        self.writer.write(
            b"POST %s HTTP/1.1\r\nhost: there\r\ncontent-type: application/json\r\n"
            b"content-length: %d\r\n\r\n%s" % (path.encode(), len(content), content)
        )
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        status = int(head.split(b" ", 2)[1])
        if b"\r\ntransfer-encoding: chunked" in head:
            body = await self._chunks()
        else:
            body = await self.reader.readexactly(_number(head, b"content-length"))
        return Answer(status, _number(head, b"retry-after"), body)

    async def _chunks(self) -> bytes:
        """Read a body whose length is told piece by piece, as servers of other makes send it."""
        pieces = []
        while size := int(await self.reader.readline(), 16):
            pieces.append(await self.reader.readexactly(size))
            await self.reader.readline()
        await self.reader.readline()
        return b"".join(pieces)

    def close(self) -> None:
        """Hang up."""
        self.writer.close()


def _number(head: bytes, name: bytes) -> int:
    """Return a header's number; 0 without it."""
    _, found, rest = head.partition(b"\r\n%s: " % name)
    return int(rest.partition(b"\r\n")[0]) if found else 0
