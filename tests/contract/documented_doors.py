"""A door is asked everything that its contract allows, and much that it does not (schemathesis).

The doors really listen: every question travels over TLS, with its caller's certificate and token.
For every arrow a right question must reach its success; then come generated ones, each mixed with
parts of the right one, so that they get past the first check. Whatever is asked, the answer is one
that the contract documents: never a 5xx, and no problem code without an example at its status.
To put a door under this, write its right questions (see payeasy_questions.py):

    RIGHT: Questions = {ARROW.name: async (mesh) -> Right(caller=..., token=..., body=...), ...}

    @pytest.mark.parametrize("arrow", arrows_of(SERVICE, DOOR), ids=named)
    def test_...(fuzzed, arrow): fuzzed.ask(arrow, RIGHT[arrow.name])

with a module fixture `fuzzed` made by `fuzzed_mesh`. A right question is made once for its arrow,
and sent before and after the generated ones, so it must be repeatable: what it needs (a token, a
file, a session) it gets from the mesh by itself.

The suite asks a few generated questions of each kind. By hand it asks as many as one likes, and
then also makes a failing one smaller:

    MESH_FUZZ_EXAMPLES=200 MESH_FUZZ_SHRINK=1 MESH_FUZZ_FIGURES=out.jsonl \
        pytest -n 0 tests/contract -k schemathesis

and then writes a line for each door: its operations, its answers by status.
"""

from __future__ import annotations

import json
import logging
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol, TypeVar

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from deploy.cli.contract_documents import contract_documents
from shared.kit.arrow import AnyArrow, Binary, NoBody
from shared.kit.logs import set_up_logs
from shared.kit.problems import PROBLEM_JSON
from shared.kit.standard_arrows import NO_NUL
from shared.wire.doors import ARROWS, DOORS, door_place
from tests.support.databases import Databases, Shelf
from tests.support.mesh import TestMesh
from tests.support.served_mesh import PATIENCE_SECONDS, served_mesh

T = TypeVar("T")
EXAMPLES = int(os.environ.get("MESH_FUZZ_EXAMPLES", "2"))
"""Generated questions for each arrow and mode."""
FIGURES = os.environ.get("MESH_FUZZ_FIGURES")
PHASES = (Phase.generate, *((Phase.shrink,) if "MESH_FUZZ_SHRINK" in os.environ else ()))
"""A failure is made smaller only by hand: it takes minutes, and the question is shown anyway."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@dataclass(frozen=True)
class Right:
    """A question that succeeds. caller: its certificate's name, None at a public door.

    is_repeatable: whether it succeeds once more after everything that was asked in between.
    """

    caller: str | None = None
    token: str | None = None
    path: Mapping[str, str | int] = field(default_factory=dict)
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: Any = None
    is_repeatable: bool = True


Questions = Mapping[str, Callable[[TestMesh], Awaitable[Right]]]


class UndocumentedAnswerError(AssertionError):
    """A door answered what its contract does not say."""


class Runner(Protocol):
    """The loop in which a mesh lives."""

    def run(self, step: Coroutine[Any, Any, T], /) -> T:
        """Run a step to its end and return what it returns."""
        ...


Send = Callable[[AnyArrow, Right, Case], Response]
"""Carries a question to the arrow's door, as the right question's caller, with its token."""


@dataclass
class Fuzzed:
    """A mesh, its contracts, the loop in which it lives, and how a question travels to it."""

    runner: Runner
    mesh: TestMesh
    documents: Mapping[str, Any]
    carry: Send
    statuses: dict[str, list[int]] = field(default_factory=dict)
    """Of every answer, by arrow."""
    schemas: dict[str, Any] = field(default_factory=dict)

    def ask(
        self,
        arrow: AnyArrow,
        make_right: Callable[[TestMesh], Awaitable[Right]],
        *,
        examples: int = EXAMPLES,
    ) -> None:
        """Ask an arrow rightly, then in every way that its contract allows or forbids, and again.

        Raises UndocumentedAnswerError, or schemathesis' own failures, with the question in it.
        """
        right = self.runner.run(make_right(self.mesh))
        operation = self._operation(arrow)
        self.succeed(arrow, right)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            if mode is GenerationMode.NEGATIVE and not _can_be_wrong(arrow, operation):
                continue
            self._ask_generated(arrow, operation.as_strategy(generation_mode=mode), right, examples)
        if right.is_repeatable:
            self.succeed(arrow, right)

    def figures(self) -> Iterator[dict[str, Any]]:
        """Yield of each door that was asked: its operations, and its answers by status."""
        asked = [arrow for arrow in ARROWS if arrow.name in self.statuses]
        for place in DOORS:
            here = [a for a in asked if (a.callee, a.door) == (place.service, place.name)]
            answers = Counter(status for arrow in here for status in self.statuses[arrow.name])
            if here:
                door = f"{place.service}.{place.name}"
                yield {
                    "door": door,
                    "operations": len(here),
                    "answers": dict(sorted(answers.items())),
                }

    def _operation(self, arrow: AnyArrow) -> Any:
        door = f"{arrow.callee}.{arrow.door}"
        if door not in self.schemas:
            self.schemas[door] = schemathesis.openapi.from_dict(self.documents[door])
        return self.schemas[door][arrow.path][arrow.method]

    def succeed(self, arrow: AnyArrow, right: Right) -> Response:
        """Ask rightly, and return the success; UndocumentedAnswerError if there is none."""
        operation = self._operation(arrow)
        kind = {"media_type": _media_type(right.body)} if right.body is not None else {}
        case = operation.Case(
            path_parameters={name: str(value) for name, value in right.path.items()},
            query=dict(right.query),
            **({"body": right.body} | kind if right.body is not None else {}),
        )
        answer = self._send(arrow, case, right)
        if answer.status_code != arrow.success:
            message = f"{arrow.name}: {answer.status_code} {answer.text[:500]}"
            raise UndocumentedAnswerError(message)
        self._check(arrow, case, answer)
        return answer

    def _ask_generated(
        self, arrow: AnyArrow, strategy: st.SearchStrategy[Case], right: Right, examples: int
    ) -> None:
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=PHASES,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=strategy, data=st.data())
        def every(case: Case, data: st.DataObject) -> None:
            _mix_in(case, right, data)
            self._check(arrow, case, self._send(arrow, case, right))

        every()

    def _send(self, arrow: AnyArrow, case: Case, right: Right) -> Response:
        case.headers = {name: value for name, value in case.headers.items() if _travels(value)}
        answer = self.carry(arrow, right, case)
        self.statuses.setdefault(arrow.name, []).append(answer.status_code)
        return answer

    def _check(self, arrow: AnyArrow, case: Case, answer: Response) -> None:
        if answer.status_code >= HTTPStatus.BAD_REQUEST:
            _demand_a_problem(arrow, self._operation(arrow), answer)
        case.validate_response(answer, checks=CHECKS)


def _can_be_wrong(arrow: AnyArrow, operation: Any) -> bool:
    """Say whether a question can break its contract: any bytes are a file, any text is a key."""
    named = operation.definition.raw.get("parameters", [])
    return any(not _is_any_text(each["schema"]) for each in named) or (
        arrow.question not in {Binary, NoBody}
    )


def _is_any_text(schema: Mapping[str, Any]) -> bool:
    """Say whether whatever stands in a path fits; a NUL cannot be made to stand there."""
    limits = {name: schema[name] for name in set(schema) - {"title", "maxLength"}}
    return limits in ({"type": "string"}, {"type": "string", "pattern": NO_NUL})


def _media_type(body: object) -> str:
    return "application/octet-stream" if isinstance(body, bytes) else "application/json"


def _travels(value: object) -> bool:
    """Say whether a header's value can be sent at all; what cannot leaves the client unsent."""
    return isinstance(value, str) and value.isascii() and value.isprintable()


def _mix_in(case: Case, right: Right, data: st.DataObject) -> None:
    """Put parts of the right question in the place of generated ones, part by part, by chance."""
    for place, good in (("path_parameters", right.path), ("query", right.query)):
        generated = getattr(case, place)
        for name, value in good.items():
            if generated and name in generated and data.draw(st.booleans()):
                generated[name] = str(value)
    if isinstance(right.body, bytes):
        case.body = data.draw(_like(right.body) | st.just(case.body))
    elif right.body is not None:
        case.body = _mixed(case.body, right.body, data)


def _mixed(generated: Any, good: Any, data: st.DataObject) -> Any:
    """Mix two JSON values: objects field by field, lists item by item."""
    if isinstance(generated, dict) and isinstance(good, dict):
        kept = {
            name: _mixed(generated[name], value, data) if name in generated else value
            for name, value in good.items()
            if data.draw(st.booleans())
        }
        return {**generated, **kept}
    if isinstance(generated, list) and isinstance(good, list) and generated and good:
        return [_mixed(each, good[0], data) for each in generated[:3]]
    return good if data.draw(st.booleans()) else generated


@st.composite
def _like(draw: st.DrawFn, right: bytes) -> bytes:
    """Return a file that is right but for one place: bytes changed, taken out, or put in."""
    at = draw(st.integers(0, max(0, len(right) - 1)))
    taken, put = draw(st.integers(0, 300)), draw(st.binary(max_size=300))
    return right[:at] + put + right[at + taken :]


def _demand_a_problem(arrow: AnyArrow, operation: Any, answer: Response) -> None:
    """Demand a problem document with a code that the contract has an example of, at that status."""
    if answer.headers.get("content-type") != [PROBLEM_JSON]:
        raise UndocumentedAnswerError(f"{arrow.name}: {answer.status_code} is no problem document")
    code, said = answer.json()["code"], operation.definition.raw["responses"]
    documented = said.get(str(answer.status_code), {}).get("content", {}).get(PROBLEM_JSON, {})
    if code not in documented.get("examples", {}):
        raise UndocumentedAnswerError(f"{arrow.name}: {answer.status_code} {code}")


def bearer(right: Right) -> dict[str, str]:
    """Return the header that shows a right question's token, if it has one."""
    return {} if right.token is None else {"authorization": f"Bearer {right.token}"}


@cache
def documents_to_ask_by() -> Mapping[str, Any]:
    """Return every door's document, made once: schemathesis may do with it what it likes."""
    return contract_documents()


@contextmanager
def only_failures_logged() -> Iterator[None]:
    """Leave out a line for each answer: the doors' thread would print it between two tests."""
    set_up_logs("tests", level=logging.WARNING)
    try:
        yield
    finally:
        set_up_logs("tests")


@contextmanager
def fuzzed_mesh(database_server: Any, shelf: Shelf, folder: Path) -> Iterator[Fuzzed]:
    """Serve a mesh for one module's tests: databases of its own, and every door's contract."""
    home, server = database_server
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    databases = Databases(home, server, worker, shelf)
    with only_failures_logged(), served_mesh(databases, folder) as served:

        def over_tls(arrow: AnyArrow, right: Right, case: Case) -> Response:
            session = served.session(right.caller, arrow.callee, arrow.door)
            return case.call(
                base_url=served.url(door_place(arrow.callee, arrow.door)),
                session=session,
                verify=session.verify,  # schemathesis would say True for us
                headers=bearer(right),
                timeout=PATIENCE_SECONDS,
            )

        fuzzed = Fuzzed(served.background, served.mesh, documents_to_ask_by(), over_tls)
        yield fuzzed
        if FIGURES is not None:
            with Path(FIGURES).open("a") as lines:
                lines.writelines(f"{json.dumps(each)}\n" for each in fuzzed.figures())
