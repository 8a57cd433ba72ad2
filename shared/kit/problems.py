"""Problem answers (RFC 9457): one shape for every no, from one table of codes to statuses.

A malformed body is 422 and never repeats what was sent; an unknown exception is 500 with no detail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from shared.kit.context import correlation_id, is_untouched
from shared.kit.refusals import Refusal

PROBLEM_JSON = "application/problem+json"
TITLES = {
    400: "Bad request",
    401: "Log in first",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Refused",
    413: "Too large",
    422: "Malformed",
    429: "Too many requests",
    500: "Internal error",
    503: "Unavailable",
}
UNREADABLE_BODY = 400
"""What FastAPI makes of a body that is no UTF-8; our doors refuse nothing by this status."""
KIT_STATUSES: Mapping[str, int] = {
    "token_refused": 401,
    "login_refused": 401,
    "role_missing": 403,
    "not_your_municipality": 403,
    "clock_moved_backwards": 409,
    "sandbox_only": 400,
    "job_unknown": 404,
    "overloaded": 503,
}


class Problem(BaseModel):
    """An RFC 9457 problem document with a stable code."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    correlation_id: str
    problems: list[dict[str, Any]] | None = None


class Overloaded(Refusal):
    """Too much to do at the moment; nothing was recorded, send the same request again later."""

    code = "overloaded"


class SandboxOnly(Refusal):
    """This exists in sandbox mode only, and this process was not started in it."""

    code = "sandbox_only"


def problem_answer(
    status: int,
    code: str,
    detail: str,
    problems: Sequence[Mapping[str, Any]] = (),
    *,
    retry_after_seconds: int = 1,
) -> JSONResponse:
    """Build a problem answer; a 429 or 503 says after how many seconds to come back."""
    content: dict[str, Any] = {
        "type": f"urn:mesh:problem:{code}",
        "title": TITLES.get(status, "Refused"),
        "status": status,
        "detail": detail,
        "code": code,
        "correlation_id": correlation_id(),
    }
    if problems:
        content["problems"] = [dict(p) for p in problems]
    headers = {"retry-after": str(retry_after_seconds)} if status in {429, 503} else None
    return JSONResponse(content, status, headers=headers, media_type=PROBLEM_JSON)


@dataclass(frozen=True)
class Said:
    """One no that every door says in the same words: the doors answer it, contracts document it."""

    status: int
    code: str
    detail: str

    def answer(self, *, retry_after_seconds: int = 1) -> JSONResponse:
        """Build the answer."""
        return problem_answer(
            self.status, self.code, self.detail, retry_after_seconds=retry_after_seconds
        )


NO_SUCH_PATH = Said(404, "no_such_path", TITLES[404])
METHOD_NOT_ALLOWED = Said(405, "method_not_allowed", TITLES[405])
INTERNAL_ERROR = Said(500, "internal_error", "Something failed here; quote the correlation id.")
MALFORMED_BODY = Said(422, "malformed_body", "The request does not fit its contract.")
CALLER_UNKNOWN = Said(403, "caller_unknown", "This door asks for a certificate.")
CALLER_NOT_ADMITTED = Said(
    403, "caller_not_admitted", "This certificate is not on this door's list."
)
SCENARIO_OUTSIDE_SANDBOX = Said(
    400, "sandbox_only", "Sandbox-Scenario is for processes in sandbox mode."
)
SCENARIO_NOT_TAKEN = Said(
    400, "scenario_not_taken", "Sandbox-Scenario means nothing here; it is not ignored."
)
TOO_OFTEN = Said(
    429,
    "overloaded",
    "Too many of these from one address; nothing was recorded, come back later.",
)


def body_too_large(limit_bytes: int) -> Said:
    """Say that a body is larger than its arrow allows."""
    return Said(413, "body_too_large", f"The body is larger than {limit_bytes} bytes.")


def malformed_body(problems: Sequence[Mapping[str, Any]] = ()) -> JSONResponse:
    """Answer a body that does not fit its contract; nothing of it is repeated."""
    return problem_answer(422, MALFORMED_BODY.code, MALFORMED_BODY.detail, problems)


def install_problem_answers(app: FastAPI, statuses: Mapping[str, int]) -> None:
    """Answer every refusal, malformed body and unknown path of a door in the one shape.

    statuses: this organisation's codes; a refusal whose code stands in no table is a 409.
    """
    table = {**KIT_STATUSES, **statuses}

    async def refused(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Refusal)  # noqa: S101 - registered for Refusal only
        return problem_answer(table.get(error.code, 409), error.code, error.detail, error.problems)

    async def no_connection(request: Request, error: Exception) -> JSONResponse:
        if not is_untouched():  # `overloaded` promises that nothing was recorded
            raise error
        return await refused(request, Overloaded())

    async def malformed(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it only
        return malformed_body([{"field": _field(e), "code": e["type"]} for e in error.errors()])

    async def by_status(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for it only
        own = {404: NO_SUCH_PATH, 405: METHOD_NOT_ALLOWED}.get(error.status_code)
        if error.status_code == UNREADABLE_BODY:
            return malformed_body()
        title = TITLES.get(error.status_code, "Refused")
        return own.answer() if own else problem_answer(error.status_code, "refused", title)

    async def failed(_: Request, __: Exception) -> JSONResponse:
        return INTERNAL_ERROR.answer()

    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(NoFreeConnection, no_connection)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, by_status)
    app.add_exception_handler(Exception, failed)


def _field(found: Mapping[str, Any]) -> str:
    """Name the field of our contract; a name that is not ours was sent, so it is left out."""
    place = [str(part) for part in found["loc"]]
    return ".".join(place[:-1] if found["type"] == "extra_forbidden" else place)
