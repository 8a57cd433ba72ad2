"""Every no that one arrow can get at its door, by status, with an example of each code.

For contract documents: made from the arrow, its organisation's statuses and the refusals' own
docstrings. Knows no organisation.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from shared.kit.arrow import AnyArrow
from shared.kit.context import acting
from shared.kit.door_app import NotYourMunicipality, RoleMissing
from shared.kit.door_protocol import problem_body
from shared.kit.problems import (
    CALLER_NOT_ADMITTED,
    CALLER_UNKNOWN,
    INTERNAL_ERROR,
    KIT_STATUSES,
    MALFORMED_BODY,
    METHOD_NOT_ALLOWED,
    NO_SUCH_PATH,
    PROBLEM_JSON,
    SCENARIO_NOT_TAKEN,
    SCENARIO_OUTSIDE_SANDBOX,
    TITLES,
    TOO_OFTEN,
    Overloaded,
    Said,
    body_too_large,
)
from shared.kit.refusals import Refusal
from shared.kit.standard_arrows import LogIn
from shared.kit.tls import RefusalReason
from shared.kit.tokens import TokenRefused

CORRELATION = "0b6f5f9e-52a4-4a3e-9d0c-6a1f0c2d7e11"
BEFORE_ANY_ROUTE = (
    Said(400, RefusalReason.MALFORMED_REQUEST.value, "Bad Request"),
    Said(408, RefusalReason.TOO_SLOW.value, "Request Timeout"),
    Said(431, RefusalReason.HEAD_TOO_LARGE.value, "Request Header Fields Too Large"),
)
"""What the protocol says by itself, of bytes that are no request yet."""
SCHEMA = {"$ref": "#/components/schemas/Problem"}


def problem_responses(
    arrow: AnyArrow, statuses: Mapping[str, int], *, mutual: bool, is_asked_something: bool
) -> dict[str, dict[str, Any]]:
    """Return the OpenAPI responses of every no, by status.

    statuses: the organisation's own codes; mutual: whether its door asks for a certificate;
    is_asked_something: whether the question has a body, or values in its path or query. KeyError
    for a code that no refusal of this organisation has.
    """
    said = {one.code: one for one in _own(arrow, statuses)}
    every = [*said.values(), *_gate(arrow, mutual=mutual), *BEFORE_ANY_ROUTE]
    if is_asked_something:
        every.append(MALFORMED_BODY)
    by_status = groupby(sorted(every, key=lambda one: one.status), key=lambda one: one.status)
    return {str(status): _response(status, list(group)) for status, group in by_status}


def _own(arrow: AnyArrow, statuses: Mapping[str, int]) -> Iterator[Said]:
    """Yield the refusals of the organisation behind the door; 409 is the rule."""
    table, details = {**KIT_STATUSES, **statuses}, details_of(arrow.callee)
    for code in (*arrow.refusals, *arrow.unknowns):
        yield Said(table.get(code, 409), code, details[code])


def details_of(service: str) -> dict[str, str]:
    """Return the message of every refusal that a service can give, by code: its docstring."""
    homes = (f"services.{service}.", "shared.kit.")
    ours = (each for each in Refusal.every_class() if each.__module__.startswith(homes))
    found: dict[str, str] = {}
    for each in ours:
        found.setdefault(each.code, each().detail)
    return found


def _gate(arrow: AnyArrow, *, mutual: bool) -> Iterator[Said]:
    """Yield what the gate, the login and the server say, whatever is asked."""
    yield from (NO_SUCH_PATH, METHOD_NOT_ALLOWED, INTERNAL_ERROR, _said(Overloaded))
    yield body_too_large(arrow.body_limit_bytes)
    yield SCENARIO_OUTSIDE_SANDBOX
    if not arrow.takes_scenario:
        yield SCENARIO_NOT_TAKEN
    if mutual:
        yield from (CALLER_UNKNOWN, CALLER_NOT_ADMITTED)
    if arrow.per_address:
        yield TOO_OFTEN
    if arrow.sign_in:
        yield _said(TokenRefused)
    if arrow.sign_in or arrow.question is LogIn:
        yield _said(NotYourMunicipality)
    if arrow.roles:
        yield _said(RoleMissing)


def _said(refusal: type[Refusal]) -> Said:
    return Said(KIT_STATUSES[refusal.code], refusal.code, refusal().detail)


def _response(status: int, group: list[Said]) -> dict[str, Any]:
    # Of two with one code the first is shown: the organisation's own, not the gate's.
    examples = {
        one.code: {"summary": one.detail, "value": _example(one)} for one in reversed(group)
    }
    title = TITLES.get(status) or group[0].detail
    return {
        "description": f"{title}: {', '.join(examples)}.",
        "content": {PROBLEM_JSON: {"schema": SCHEMA, "examples": examples}},
    }


def _example(one: Said) -> Any:
    """Return the problem as it goes over the wire."""
    if one in BEFORE_ANY_ROUTE:
        return json.loads(problem_body(one.status, one.code, one.detail, "-"))
    with acting("contract", CORRELATION):
        return json.loads(bytes(one.answer().body))
