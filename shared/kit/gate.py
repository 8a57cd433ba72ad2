"""The gate of a door: who may pass, how large a body may be, and one line in the log for each call.

Pure ASGI around the door's application. The caller comes from the TLS layer, never from a header.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from uuid import UUID

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.kit.arrow import AnyArrow
from shared.kit.context import CORRELATION_HEADER, acting
from shared.kit.foundation import Foundation
from shared.kit.ids import new_id
from shared.kit.logs import logger
from shared.kit.peer_names import CALLER_SCOPE_KEY, DROP_SCOPE_KEY, Caller
from shared.kit.problems import problem_answer

SCENARIO_HEADER = b"sandbox-scenario"
UNKNOWN_PATH_BODY_LIMIT_BYTES = 16 * 1024


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

        with acting(caller.name if caller else "payer", correlation):
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
            await problem_answer(*refusal)(scope, receive, send)
            return
        faults = self.foundation.faults if self.foundation.sandbox else None
        if arrow and faults and faults.strikes(arrow.name, "before"):
            scope[DROP_SCOPE_KEY]()
            return
        limit = arrow.body_limit_bytes if arrow else UNKNOWN_PATH_BODY_LIMIT_BYTES
        drop_answer = False

        async def send_or_drop(message: Message) -> None:
            nonlocal drop_answer
            if message["type"] == "http.response.start" and arrow and faults:
                drop_answer = faults.strikes(arrow.name, "after")
                if drop_answer:
                    scope[DROP_SCOPE_KEY]()
            if not drop_answer:
                await send(message)

        await self._answer(scope, _limited(receive, limit), send_or_drop)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def send_noting_start(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, send_noting_start)
        except BodyTooLarge:
            answer = problem_answer(
                413, "body_too_large", "The body is larger than this door takes."
            )
            await answer(scope, receive, send)
        except Exception:
            logger().exception("unknown_exception")
            if begun:
                raise
            detail = "Something failed here; quote the correlation id."
            await problem_answer(500, "internal_error", detail)(scope, receive, send)

    def _refusal(
        self, scope: Scope, arrow: AnyArrow | None, caller: Caller | None
    ) -> tuple[int, str, str] | None:
        if self.mutual:
            if caller is None:
                return 403, "caller_unknown", "This door asks for a certificate."
            asked = (arrow,) if arrow else self.arrows
            if not any(a.admits(caller.name) for a in asked):
                return 403, "caller_not_admitted", "This certificate is not on this door's list."
        headers = dict(scope["headers"])
        if SCENARIO_HEADER in headers and not self.foundation.sandbox:
            return 400, "sandbox_only", "Sandbox-Scenario is for processes in sandbox mode."
        limit = arrow.body_limit_bytes if arrow else UNKNOWN_PATH_BODY_LIMIT_BYTES
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > limit:
            return 413, "body_too_large", f"The body is larger than {limit} bytes."
        return None


def _correlation(headers: dict[bytes, bytes]) -> str:
    """Take a caller's correlation id only where callers are known, and only if it is one of ours."""
    try:
        return str(UUID(headers[CORRELATION_HEADER.encode()].decode("ascii")))
    except (KeyError, ValueError):
        return str(new_id())


def _limited(receive: Receive, limit_bytes: int) -> Receive:
    """Count the bytes as they come; a body without a length is cut off by an exception."""
    taken = 0

    async def receive_counting() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > limit_bytes:
                raise BodyTooLarge
        return message

    return receive_counting
