"""Problem answers (RFC 9457): one shape for every no, from one table of codes to statuses.

A malformed body is 422 and never repeats what was sent; an unknown exception is 500 with no detail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from shared.kit.context import correlation_id
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


def no_such_path() -> JSONResponse:
    """Answer a path that stands in no contract."""
    return problem_answer(404, "no_such_path", TITLES[404])


def method_not_allowed() -> JSONResponse:
    """Answer a method that the path's contract does not know."""
    return problem_answer(405, "method_not_allowed", TITLES[405])


def internal_error() -> JSONResponse:
    """Answer an exception that nobody expected; the log has the rest."""
    return problem_answer(500, "internal_error", "Something failed here; quote the correlation id.")


def install_problem_answers(app: FastAPI, statuses: Mapping[str, int]) -> None:
    """Answer every refusal, malformed body and unknown path of a door in the one shape.

    statuses: this organisation's codes; a refusal whose code stands in no table is a 409.
    """
    table = {**KIT_STATUSES, **statuses}

    async def refused(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Refusal)  # noqa: S101 - registered for Refusal only
        return problem_answer(table.get(error.code, 409), error.code, error.detail, error.problems)

    async def malformed(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it only
        found = [{"field": _field(e), "code": e["type"]} for e in error.errors()]
        return problem_answer(
            422, "malformed_body", "The request does not fit its contract.", found
        )

    async def by_status(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for it only
        own = {404: no_such_path, 405: method_not_allowed}.get(error.status_code)
        title = TITLES.get(error.status_code, "Refused")
        return own() if own else problem_answer(error.status_code, "refused", title)

    async def failed(_: Request, __: Exception) -> JSONResponse:
        return internal_error()

    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, by_status)
    app.add_exception_handler(Exception, failed)


def _field(found: Mapping[str, Any]) -> str:
    """Name the field of our contract; a name that is not ours was sent, so it is left out."""
    place = [str(part) for part in found["loc"]]
    return ".".join(place[:-1] if found["type"] == "extra_forbidden" else place)
