"""A door as a FastAPI application: routes made from arrows, logins, problem answers, and the gate.

Knows arrows and callers; what is asked behind the door is the organisation's own business.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.datastructures import Default
from fastapi.responses import JSONResponse, Response
from starlette.types import ASGIApp

from shared.kit.arrow import AnyArrow, Arrow, Binary, NoBody
from shared.kit.context import name_actor
from shared.kit.foundation import Foundation
from shared.kit.gate import Gate
from shared.kit.logins import log_in
from shared.kit.peer_names import CALLER_SCOPE_KEY, Caller, municipality_of
from shared.kit.problems import Problem, install_problem_answers
from shared.kit.refusals import Refusal
from shared.kit.standard_arrows import LoggedIn, LogIn, WhoAmI
from shared.kit.tokens import Login, TokenRefused

Endpoint = Callable[..., Awaitable[Any]]
PROBLEM: dict[int | str, dict[str, Any]] = {"default": {"model": Problem}}
"""The shape of every no; kit.documented says which there are."""


class RoleMissing(Refusal):
    """The user who is signed in does not have a role that may do this."""

    code = "role_missing"


class NotYourMunicipality(Refusal):
    """The certificate, the user and the request do not belong to one municipality."""

    code = "not_your_municipality"


class Door:
    """One door while it is put together: mount arrows, then take the ASGI application."""

    def __init__(
        self,
        foundation: Foundation,
        resources: Any,
        name: str,
        arrows: tuple[AnyArrow, ...],
        *,
        statuses: Mapping[str, int],
        mutual: bool = True,
    ) -> None:
        """arrows: every arrow that ends here; each must be mounted before `app` is taken."""
        self.foundation, self.name, self.arrows, self.mutual = foundation, name, arrows, mutual
        self.statuses = statuses
        title = f"{foundation.service}.{name}"
        self.api = FastAPI(
            title=title, version="1", docs_url=None, redoc_url=None, openapi_url=None
        )
        self.api.state.foundation = foundation
        self.api.state.resources = resources
        self.api.state.door = self
        install_problem_answers(self.api, statuses)
        self._mounted: set[str] = set()

    def mount(
        self, arrow: AnyArrow, endpoint: Endpoint, *, notes: Mapping[str, Any] | None = None
    ) -> None:
        """Put an endpoint behind an arrow; a sandbox arrow is left out unless in sandbox mode.

        notes: what its OpenAPI operation says beside what is made from arrow and endpoint.
        """
        assert arrow in self.arrows, f"{arrow.name} does not end at {self.name}"  # noqa: S101
        self._mounted.add(arrow.name)
        if arrow.sandbox_only and not self.foundation.sandbox:
            return
        binary = arrow.answer is Binary
        self.api.add_api_route(
            arrow.path,
            endpoint,
            methods=[arrow.method],
            name=arrow.name,
            operation_id=arrow.name,
            status_code=arrow.success,
            response_class=Response if binary else Default(JSONResponse),
            response_model=None if binary or arrow.answer is NoBody else arrow.answer,
            responses=PROBLEM,
            openapi_extra=dict(notes) if notes else None,
            dependencies=[Depends(_signed_in(arrow))] if arrow.sign_in else None,
        )

    def app(self) -> ASGIApp:
        """Return the finished door: every arrow mounted, the gate in front."""
        missing = {a.name for a in self.arrows} - self._mounted
        assert not missing, f"no endpoint behind {sorted(missing)}"  # noqa: S101
        return Gate(self.api, self.foundation, self.arrows, mutual=self.mutual)


def _signed_in(arrow: AnyArrow) -> Callable[[Request], Awaitable[None]]:
    async def check(request: Request) -> None:
        door: Door = request.app.state.door
        caller = caller_of(request)
        scheme, _, unverified_token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not unverified_token:
            raise TokenRefused
        login = door.foundation.tokens.check(
            unverified_token, door=door.name, thumbprint=caller.thumbprint
        )
        if login.purpose != arrow.sign_in:
            raise TokenRefused
        town = municipality_of(caller.name)
        if town is not None and town != login.municipality:
            raise NotYourMunicipality
        if arrow.roles and not login.roles & set(arrow.roles):
            raise RoleMissing
        name_actor(f"{caller.name}/{login.user_id}")
        request.state.login = login

    return check


def caller_of(request: Request) -> Caller:
    """Return the verified certificate's holder, as the TLS layer set it."""
    caller: Caller = request.scope[CALLER_SCOPE_KEY]
    return caller


async def _caller(request: Request) -> Caller:
    return caller_of(request)


async def login_of(request: Request) -> Login:
    """Return who is signed in; only behind an arrow with sign_in."""
    login: Login = request.state.login
    return login


async def town_of(request: Request) -> str:
    """Return the municipality that the certificate names, or refuse."""
    town = municipality_of(caller_of(request).name)
    if town is None:
        raise NotYourMunicipality
    return town


# All of these are coroutines: FastAPI runs a plain function in a thread of its own.
CallerDep = Annotated[Caller, Depends(_caller)]
LoginDep = Annotated[Login, Depends(login_of)]
TownDep = Annotated[str, Depends(town_of)]


def mount_whoami(door: Door, arrow: Arrow[NoBody, WhoAmI]) -> None:
    """Answer GET /whoami: who the door sees."""
    service, name = door.foundation.service, door.name

    async def whoami(request: Request) -> WhoAmI:
        caller: Caller | None = request.scope.get(CALLER_SCOPE_KEY)
        return WhoAmI(
            caller=caller.name if caller else "anonymous",
            network=caller.network.value if caller else "public",
            organisation=service,
            door=name,
            certificate_not_after=caller.not_after if caller else None,
        )

    door.mount(arrow, whoami)


def mount_log_in(door: Door, arrow: Arrow[LogIn, LoggedIn]) -> None:
    """Answer POST /sessions: a user ID and a password buy a token bound to the certificate."""
    foundation = door.foundation

    async def post_session(body: LogIn, caller: CallerDep) -> LoggedIn:
        login = await log_in(
            foundation.engine,
            foundation.tables.users,
            user_id=body.user_id,
            password=body.password,
            door=door.name,
            purpose=body.purpose,
        )
        town = municipality_of(caller.name)
        if town is not None and town != login.municipality:
            raise NotYourMunicipality
        issued = foundation.tokens.issue(login, door=door.name, thumbprint=caller.thumbprint)
        return LoggedIn(token=issued.text, expires_at=issued.expires_at)

    door.mount(arrow, post_session)
