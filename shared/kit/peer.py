"""Calls to another organisation: a client per peer, and three kinds of failure (DESIGN rule 3)."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import httpx2
from pydantic import BaseModel, ValidationError

from shared.kit.arrow import Arrow, Binary, NoBody
from shared.kit.clock import machine_now
from shared.kit.context import CORRELATION_HEADER, correlation_id, note_lasting
from shared.kit.logs import logger
from shared.kit.peer_lines import PeerLines, PlainClient
from shared.kit.tls import OwnCertificate

Q = TypeVar("Q", bound=BaseModel)
A = TypeVar("A", bound=BaseModel)

NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
OVERLOADED_STATUSES = frozenset({429, 503})
OVERLOADED = "overloaded"


class PeerNotDone(Exception):  # noqa: N818 - named as a fact
    """The question never left, or the peer promised that nothing was recorded: send it again."""


class PeerOutcomeUnknown(Exception):  # noqa: N818 - named as a fact
    """The question may have been acted on: ask before sending again."""


class PeerRefused(Exception):  # noqa: N818 - named as a fact
    """The peer said no, with a code of this conversation's list; nothing was done."""

    def __init__(self, code: str, detail: str, problems: list[dict[str, Any]]) -> None:
        """Keep the code for the decision and the detail for the reader."""
        self.code, self.detail, self.problems = code, detail, problems
        super().__init__(f"{code}: {detail}")


@dataclass(frozen=True)
class PeerAddress:
    """Where a peer listens, and the name that its certificate must bear (SNI)."""

    url: str
    server_name: str


@dataclass(frozen=True)
class Timeouts:
    """Machine seconds that a question may take."""

    connect_seconds: float = 3.0
    read_seconds: float = 10.0
    pool_seconds: float = 3.0


class PeerClient:
    """One pool of connections and one TLS context for one peer at one door."""

    def __init__(
        self,
        http: httpx2.AsyncClient,
        address: PeerAddress,
        *,
        certificate: OwnCertificate | None = None,
    ) -> None:
        """Take a ready client (tests hand in one over the network that misbehaves).

        certificate: the dates of the one that its TLS context shows; None at a public door.
        """
        self.http, self.address, self.certificate = http, address, certificate

    @classmethod
    def over_tls(
        cls,
        address: PeerAddress,
        context: ssl.SSLContext,
        timeouts: Timeouts | None = None,
        *,
        certificate: OwnCertificate | None = None,
    ) -> PeerClient:
        """Build a client; nothing is opened yet. A renewed certificate needs a new client."""
        t = timeouts or Timeouts()
        timeout = httpx2.Timeout(
            connect=t.connect_seconds,
            read=t.read_seconds,
            write=t.read_seconds,
            pool=t.pool_seconds,
        )
        # trust_env=False: a closed network has no proxy, whatever the environment says.
        http = PlainClient(transport=PeerLines(context), timeout=timeout, trust_env=False)
        return cls(http, address, certificate=certificate)

    async def ask(
        self,
        arrow: Arrow[Q, A],
        question: Q | bytes | None = None,
        *,
        token: str | None = None,
        query: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        **path_values: object,
    ) -> A:
        """Return the parsed answer, or raise PeerNotDone, PeerRefused or PeerOutcomeUnknown.

        Once our own certificate has ended nothing is sent any more: PeerNotDone.
        """
        response = await self._send(
            arrow, question, path_values, token=token, query=query, headers=headers
        )
        try:
            return arrow.answer.model_validate_json(response.content)
        except ValidationError as error:
            message = f"{arrow.name}: the answer does not parse"
            raise PeerOutcomeUnknown(message) from error

    async def fetch(
        self, arrow: Arrow[NoBody, Binary], *, token: str | None = None, **path_values: object
    ) -> bytes:
        """Ask for a file and return its bytes."""
        return (await self._send(arrow, None, path_values, token=token)).content

    async def _send(
        self,
        arrow: Arrow[Any, Any],
        question: BaseModel | bytes | None,
        path_values: Mapping[str, object],
        *,
        token: str | None,
        query: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        self._demand_own_certificate(arrow)
        note_lasting()
        sent = {CORRELATION_HEADER: correlation_id(), **(headers or {})}
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        content: bytes | None = None
        if isinstance(question, bytes):
            content, sent["content-type"] = question, "application/octet-stream"
        elif question is not None:
            content = question.model_dump_json().encode()
            sent["content-type"] = "application/json"
        try:
            response = await self.http.send(
                httpx2.Request(
                    arrow.method,
                    _url(self.address.url + arrow.url(**path_values)),
                    content=content,
                    headers=sent,
                    params=dict(query) if query else None,
                    extensions={
                        "sni_hostname": self.address.server_name,
                        "timeout": self.http.timeout.as_dict(),
                    },
                )
            )
        except NEVER_SENT as error:
            message = f"{arrow.name}: {type(error).__name__}"
            raise PeerNotDone(message) from error
        except httpx2.RequestError as error:  # also an answer that cannot be decompressed
            message = f"{arrow.name}: {type(error).__name__}"
            raise PeerOutcomeUnknown(message) from error
        if response.is_success:
            return response
        raise _failure(arrow, response)

    def _demand_own_certificate(self, arrow: Arrow[Any, Any]) -> None:
        """Send nothing that must be refused for its certificate: that would look like silence."""
        if self.certificate is None or self.certificate.may_be_shown(machine_now()):
            return
        logger().error("own_certificate_is_not_valid", arrow=arrow.name)
        raise PeerNotDone(f"{arrow.name}: our own certificate is not valid now")

    async def close(self) -> None:
        """Close the pool."""
        await self.http.aclose()


@lru_cache(maxsize=256)
def _url(text: str) -> httpx2.URL:
    """Return an address that was read before: most questions go to a few of them."""
    return httpx2.URL(text)


def _failure(arrow: Arrow[Any, Any], response: httpx2.Response) -> Exception:
    """Sort a problem answer: refused only by a listed code, not done only if overloaded."""
    try:
        problem = response.json()
        code, detail = str(problem["code"]), str(problem["detail"])
        problems = list(problem.get("problems", []))
    except (ValueError, KeyError, TypeError, RecursionError):
        return PeerOutcomeUnknown(f"{arrow.name}: status {response.status_code}")
    if response.status_code in OVERLOADED_STATUSES and code == OVERLOADED:
        return PeerNotDone(f"{arrow.name}: overloaded")
    if code in arrow.refusals:
        return PeerRefused(code, detail, problems)
    return PeerOutcomeUnknown(f"{arrow.name}: status {response.status_code} {code}")


@asynccontextmanager
async def deadline(seconds: float) -> AsyncIterator[None]:
    """Give a whole conversation a machine-time deadline; past it the outcome is unknown."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        message = "no answer before the deadline"
        raise PeerOutcomeUnknown(message) from error
