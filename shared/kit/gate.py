"""The gate of a door: who may pass, how often, how large a body may be; a log line for each call.

Pure ASGI around the door's application. The caller comes from the TLS layer and a client's address
from its connection, never from a header.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from uuid import UUID

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.kit.arrow import AnyArrow
from shared.kit.context import CORRELATION_HEADER, acting, answering
from shared.kit.foundation import Foundation
from shared.kit.ids import new_id
from shared.kit.logs import logger
from shared.kit.peer_names import CALLER_SCOPE_KEY, DROP_SCOPE_KEY, Caller
from shared.kit.problems import (
    CALLER_NOT_ADMITTED,
    CALLER_UNKNOWN,
    INTERNAL_ERROR,
    METHOD_NOT_ALLOWED,
    NO_SUCH_PATH,
    SCENARIO_NOT_TAKEN,
    SCENARIO_OUTSIDE_SANDBOX,
    TOO_OFTEN,
    body_too_large,
)

SCENARIO_HEADER = b"sandbox-scenario"
LENGTH = re.compile(rb"[0-9]{1,15}")


class BodyTooLarge(Exception):  # noqa: N818 - named as a fact
    """More bytes came than the arrow allows."""


@dataclass(frozen=True)
class _Route:
    pattern: re.Pattern[str]
    arrow: AnyArrow


def _routes(arrows: tuple[AnyArrow, ...]) -> dict[str, list[_Route]]:
    found: dict[str, list[_Route]] = {}
    for arrow in arrows:
        expression = re.sub(r"\\{[a-z_]+\\}", "[^/]+", re.escape(arrow.path))
        found.setdefault(arrow.method, []).append(_Route(re.compile(expression), arrow))
    return found


class Gate:
    """Wraps one door's application."""

    def __init__(
        self, app: ASGIApp, foundation: Foundation, arrows: tuple[AnyArrow, ...], *, mutual: bool
    ) -> None:
        """arrows: all that end at this door; mutual: whether callers show a certificate."""
        limitless = {a.name for a in arrows if a.per_address} - set(foundation.address_limits)
        assert not limitless, f"no limit per address for {sorted(limitless)}"  # noqa: S101
        self.app, self.foundation, self.mutual = app, foundation, mutual
        self.arrows, self.routes = arrows, _routes(arrows)

    def _arrow(self, scope: Scope) -> AnyArrow | None:
        for route in self.routes.get(scope["method"], []):
            if route.pattern.fullmatch(scope["path"]):
                return route.arrow
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the caller, the size and the sandbox header, then let the application answer."""
        if scope["type"] != "http":
            return
        caller: Caller | None = scope.get(CALLER_SCOPE_KEY)
        arrow = self._arrow(scope)
        headers = dict(scope["headers"])
        correlation = _correlation(headers if self.mutual else {})
        started, status = time.perf_counter(), 0

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", []),
                    (CORRELATION_HEADER.encode(), correlation.encode()),
                ]
            await send(message)

        with acting(caller.name if caller else "payer", correlation), answering():
            try:
                await self._pass(scope, receive, send_noting_status, arrow, caller)
            finally:
                logger().info(
                    "answered",
                    arrow=arrow.name if arrow else "unknown",
                    status=status,
                    milliseconds=round((time.perf_counter() - started) * 1000, 1),
                )

    async def _pass(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        arrow: AnyArrow | None,
        caller: Caller | None,
    ) -> None:
        refusal = self._refusal(scope, arrow, caller)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        assert arrow is not None, "an unknown path is refused"  # noqa: S101
        faults = self.foundation.faults if self.foundation.sandbox else None
        if faults and faults.strikes(arrow.name, "before"):
            scope[DROP_SCOPE_KEY]()
            return
        drop_answer = False

        async def send_or_drop(message: Message) -> None:
            nonlocal drop_answer
            if message["type"] == "http.response.start" and faults:
                drop_answer = faults.strikes(arrow.name, "after")
                if drop_answer:
                    scope[DROP_SCOPE_KEY]()
            if not drop_answer:
                await send(message)

        await self._answer(scope, _Body(receive, arrow.body_limit_bytes), send_or_drop)

    async def _answer(self, scope: Scope, body: _Body, send: Send) -> None:
        begun = ended = False

        async def send_noting(message: Message) -> None:
            nonlocal begun, ended
            if message["type"] == "http.response.start":
                if body.is_too_large:
                    raise BodyTooLarge  # the framework caught the first one and calls it a 400
                begun = True
            await send(message)
            ended = message["type"] == "http.response.body" and not message.get("more_body")

        try:
            await self.app(scope, body.receive, send_noting)
        except BodyTooLarge:
            if begun:
                raise
            await body_too_large(body.limit_bytes).answer()(scope, body.receive, send)
        except Exception:
            logger().exception("unknown_exception")
            if begun and not ended:
                raise  # half an answer: the connection must break
            if not begun:
                await INTERNAL_ERROR.answer()(scope, body.receive, send)

    def _refusal(
        self, scope: Scope, arrow: AnyArrow | None, caller: Caller | None
    ) -> JSONResponse | None:
        """Refuse what must not reach the application; also a path that is no arrow's.

        The application might match a path more generously than we do (a line feed at its end), and
        then no list of callers would have been asked.
        """
        if self.mutual:
            if caller is None:
                return CALLER_UNKNOWN.answer()
            asked = (arrow,) if arrow else self.arrows
            if not any(a.admits(caller.name) for a in asked):
                return CALLER_NOT_ADMITTED.answer()
        if arrow is None:
            return (NO_SUCH_PATH if self._is_nowhere(scope) else METHOD_NOT_ALLOWED).answer()
        return (
            self._too_often(scope, arrow)
            or self._wrong_scenario(scope, arrow)
            or _wrong_length(scope, arrow)
        )

    def _too_often(self, scope: Scope, arrow: AnyArrow) -> JSONResponse | None:
        """Refuse with 429 `overloaded`: nothing was recorded, not even the body was read."""
        if not arrow.per_address:
            return None
        address, _ = scope.get("client") or (None, None)
        wait_seconds = self.foundation.address_limits[arrow.name].wait_seconds(address)
        if wait_seconds == 0:
            return None
        return TOO_OFTEN.answer(retry_after_seconds=wait_seconds)

    def _wrong_scenario(self, scope: Scope, arrow: AnyArrow) -> JSONResponse | None:
        if SCENARIO_HEADER not in dict(scope["headers"]):
            return None
        if not self.foundation.sandbox:
            return SCENARIO_OUTSIDE_SANDBOX.answer()
        if not arrow.takes_scenario:
            return SCENARIO_NOT_TAKEN.answer()
        return None

    def _is_nowhere(self, scope: Scope) -> bool:
        routes = [route for those in self.routes.values() for route in those]
        return not any(route.pattern.fullmatch(scope["path"]) for route in routes)


def _correlation(headers: dict[bytes, bytes]) -> str:
    """Take a caller's correlation id only where callers are known, and only if it is a UUID."""
    try:
        return str(UUID(headers[CORRELATION_HEADER.encode()].decode("ascii")))
    except (KeyError, ValueError):
        return str(new_id())


def _wrong_length(scope: Scope, arrow: AnyArrow) -> JSONResponse | None:
    length = dict(scope["headers"]).get(b"content-length", b"0")
    if not LENGTH.fullmatch(length) or int(length) > arrow.body_limit_bytes:
        return body_too_large(arrow.body_limit_bytes).answer()
    return None


class _Body:
    """Counts a body's bytes as they come; one without a length is cut off by an exception."""

    def __init__(self, receive: Receive, limit_bytes: int) -> None:
        self._receive, self.limit_bytes = receive, limit_bytes
        self._taken = 0

    @property
    def is_too_large(self) -> bool:
        return self._taken > self.limit_bytes

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._taken += len(message.get("body", b""))
            if self.is_too_large:
                raise BodyTooLarge
        return message
