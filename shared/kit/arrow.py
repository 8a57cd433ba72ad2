"""An arrow: one question that one organisation may ask another, as data. Knows no question itself.

Routes, clients, lists of callers, body limits and contract documents are all made from arrows.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict

KIB = 1024


class Wire(BaseModel):
    """A body that travels between organisations: frozen, and nothing in it that is not agreed."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class NoBody(Wire):
    """The question (or answer) has no body."""


class Binary(Wire):
    """The body is a file: bytes as they are, application/octet-stream."""


Q = TypeVar("Q", bound=BaseModel)
A = TypeVar("A", bound=BaseModel)
Method = Literal["GET", "POST", "PUT"]


@dataclass(frozen=True)
class Arrow(Generic[Q, A]):
    """Who may ask whom what, at which door, and how it may be refused.

    callers are patterns of certificate names (none on a public door); refusals are the problem
    codes that mean "no, and nothing was done" (DESIGN rule 3), unknowns those that are no no: the
    outcome is not known, the same question finds out; sign_in names the purpose of the
    login token that is needed, or None where the certificate is enough; roles are those of which
    the user must have one (none named: any). per_address: a client address may ask this only so
    often (kit.address_limits). takes_scenario: a Sandbox-Scenario header means something here.
    """

    name: str
    callee: str
    door: str
    method: Method
    path: str
    question: type[Q]
    answer: type[A]
    callers: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    sign_in: Literal["session", "reception"] | None = None
    roles: tuple[str, ...] = ()
    success: int = 200
    body_limit_bytes: int = 16 * KIB
    sandbox_only: bool = False
    per_address: bool = False
    takes_scenario: bool = False
    unknowns: tuple[str, ...] = ()

    def admits(self, caller_name: str) -> bool:
        """Say whether a certificate of that name may ask this."""
        return any(fnmatchcase(caller_name, pattern) for pattern in self.callers)

    def url(self, **values: object) -> str:
        """Return the path with its {placeholders} filled in; a value stays within its segment."""
        return self.path.format(**{name: quote(str(v), safe="") for name, v in values.items()})


AnyArrow = Arrow[Any, Any]


def arrows_at(arrows: tuple[AnyArrow, ...], callee: str, door: str) -> tuple[AnyArrow, ...]:
    """Return the arrows that end at one door of one organisation."""
    return tuple(a for a in arrows if a.callee == callee and a.door == door)
