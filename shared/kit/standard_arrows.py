"""The questions that every organisation answers in one way: who am I, log in, and the operator's.

Bodies and arrows as data; each door makes its own copies of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from shared.kit.arrow import Arrow, NoBody, Wire
from shared.kit.clock import ClockMode

OPERATOR = ("operator",)
OPERATOR_AND_MONITOR = ("operator", "monitor")


NO_NUL = r"^[^\x00]*$"
"""Any text that a database can hold."""
Word = Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]
"""A name that we gave: of a door, of a role."""


class WhoAmI(Wire):
    """Who the door says is calling: the peer question of `mesh status`."""

    caller: str
    network: str
    organisation: str
    door: str
    certificate_not_after: datetime | None


class LogIn(Wire):
    """A user ID and a password; purpose `reception` buys the token that alone may collect."""

    user_id: str = Field(max_length=64, pattern=NO_NUL)
    password: str = Field(max_length=256, repr=False)
    purpose: Literal["session", "reception"] = "session"


class LoggedIn(Wire):
    """A token of 15 machine minutes, bound to the certificate that it was bought with."""

    token: str
    expires_at: datetime


class Health(Wire):
    """A sign of life, and whether this process stands in sandbox mode."""

    organisation: str
    sandbox: bool
    business_at: datetime
    machine_at: datetime


class ClockReading(Wire):
    """Where the business clock stands."""

    now: datetime
    mode: ClockMode


class MoveClock(Wire):
    """Move the business clock to an absolute instant."""

    instant: datetime
    mode: ClockMode = ClockMode.FROZEN


class JobListed(Wire):
    """A job of the registry."""

    name: str
    about: str


class JobsListed(Wire):
    """Every job of this organisation."""

    jobs: tuple[JobListed, ...]


class JobRan(Wire):
    """A job was run once; what it counted."""

    name: str
    counts: dict[str, int]


class RunJobs(Wire):
    """Run these jobs in this order, each once; in the sandbox, move the clock to an instant first.

    One question in the place of many: a driver that walks a year asks it some thousand times.
    """

    names: tuple[str, ...] = Field(max_length=32)
    instant: datetime | None = None


class JobsRan(Wire):
    """Each job was run once; what each counted, in the order asked."""

    ran: tuple[JobRan, ...]


class HistoryLine(Wire):
    """One move of one record."""

    at: datetime
    organisation: str
    record: str
    id: str
    from_state: str
    to_state: str
    event: str


class HistoryLines(Wire):
    """The moves of every record that a key leads to, in order."""

    lines: tuple[HistoryLine, ...]


class PutUser(Wire):
    """Add a user of a door, or give one a new password and roles."""

    door: Word
    municipality: str = Field(pattern=r"^\d{6}$")
    roles: tuple[Word, ...] = Field(max_length=16)
    password: str = Field(min_length=12, max_length=256, repr=False)


class UserPut(Wire):
    """The user can log in."""

    user_id: str


class PeerCheck(Wire):
    """One peer question, asked as a function."""

    caller: str
    peer: str
    question: str
    ok: bool
    milliseconds: int
    detail: str


class PeerChecks(Wire):
    """Every peer question of this organisation."""

    checks: tuple[PeerCheck, ...]


class RefusedConnections(Wire):
    """Connections that the TLS layer ended, by door and reason."""

    doors: dict[str, dict[str, int]]


class PlanFault(Wire):
    """Drop the connection of the next calls of an arrow, before or after they were handled."""

    arrow: str
    moment: Literal["before", "after"]
    times: int = Field(default=1, ge=1, le=1000)


class FaultPlanned(Wire):
    """The fault will strike."""

    arrow: str


def whoami_arrow(callee: str, door: str, callers: tuple[str, ...]) -> Arrow[NoBody, WhoAmI]:
    """GET /whoami at one door."""
    return Arrow(f"{callee}_{door}_whoami", callee, door, "GET", "/whoami", NoBody, WhoAmI, callers)


def log_in_arrow(callee: str, door: str, callers: tuple[str, ...]) -> Arrow[LogIn, LoggedIn]:
    """POST /sessions at one door."""
    return Arrow(
        f"{callee}_{door}_log_in",
        callee,
        door,
        "POST",
        "/sessions",
        LogIn,
        LoggedIn,
        callers,
        refusals=("login_refused",),
        success=201,
    )


def _run_jobs_arrow(callee: str) -> Arrow[RunJobs, JobsRan]:
    return Arrow(
        f"{callee}_run_jobs",
        callee,
        "operator",
        "POST",
        "/job-runs",
        RunJobs,
        JobsRan,
        OPERATOR,
        ("job_unknown", "clock_moved_backwards", "sandbox_only"),
    )


class OperatorArrows:
    """The operator door's questions of one organisation."""

    def __init__(self, callee: str) -> None:
        """Make this organisation's copies."""
        at = (callee, "operator")
        self.run_jobs = _run_jobs_arrow(callee)
        name = callee.__add__
        self.health = Arrow(
            name("_health"), *at, "GET", "/health", NoBody, Health, OPERATOR_AND_MONITOR
        )
        self.whoami = whoami_arrow(*at, ("operator", "monitor", "ward-bank"))
        self.read_clock = Arrow(
            name("_read_clock"), *at, "GET", "/clock", NoBody, ClockReading, OPERATOR
        )
        self.move_clock = Arrow(
            name("_move_clock"),
            *at,
            "PUT",
            "/clock",
            MoveClock,
            ClockReading,
            OPERATOR,
            ("clock_moved_backwards", "sandbox_only"),
            sandbox_only=True,
        )
        self.list_jobs = Arrow(name("_jobs"), *at, "GET", "/jobs", NoBody, JobsListed, OPERATOR)
        self.run_job = Arrow(
            name("_run_job"),
            *at,
            "POST",
            "/jobs/{name}/runs",
            NoBody,
            JobRan,
            OPERATOR,
            ("job_unknown",),
        )
        self.put_user = Arrow(
            name("_put_user"), *at, "PUT", "/users/{user_id}", PutUser, UserPut, OPERATOR
        )
        self.peers = Arrow(name("_peers"), *at, "GET", "/peers", NoBody, PeerChecks, OPERATOR)
        self.refused_connections = Arrow(
            name("_refused_connections"),
            *at,
            "GET",
            "/refused-connections",
            NoBody,
            RefusedConnections,
            OPERATOR_AND_MONITOR,
        )
        self.history = Arrow(
            name("_history"),
            *at,
            "GET",
            "/history/{key}",
            NoBody,
            HistoryLines,
            OPERATOR,
            sandbox_only=True,
        )
        self.plan_fault = Arrow(
            name("_plan_fault"),
            *at,
            "POST",
            "/sandbox/faults",
            PlanFault,
            FaultPlanned,
            OPERATOR,
            success=201,
            sandbox_only=True,
        )

    def all(self) -> tuple[Arrow, ...]:  # type: ignore[type-arg]
        """Return every operator arrow of this organisation."""
        return tuple(v for v in vars(self).values() if isinstance(v, Arrow))
