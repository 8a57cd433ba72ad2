"""Asks the right question of every arrow that has no example yet, and writes both sides down.

    python -m tests.contract.gather_examples

What stands in shared/wire/examples stays, so that a contract changes only where a door does; to
have an example anew, take it out of its file first.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.cli.openapi import as_text
from shared.kit.arrow import AnyArrow, Binary, NoBody
from shared.kit.logs import set_up_logs
from shared.wire.examples import (
    FILES,
    answer_file,
    example_of,
    examples_at,
    place_of,
    question_file,
)
from shared.wire.payeasy_examples import ANSWERS
from tests.contract.asking_order import ASKED
from tests.contract.documented_doors import Fuzzed, Questions, Right, fuzzed_mesh
from tests.contract.living_town import Town
from tests.contract.payeasy_questions import ARROWS as AT_THE_CENTRE
from tests.contract.payeasy_questions import RIGHT, put_bills_in_force
from tests.contract.right_questions import questions
from tests.support.databases import Shelf, SuiteServer

SHOWN_MAX = 2
"""Lines of a list that are enough to see what stands in it."""
NOT_SHOWN = {"token": "the-token-that-was-issued"}


def lacking(arrows: Iterable[AnyArrow]) -> list[AnyArrow]:
    """Return those of the arrows that have no example."""
    return [a for a in arrows if a.name not in ANSWERS and example_of(a) is None]


def gather() -> list[str]:
    """Write an example for every arrow that lacks one; return their names."""
    set_up_logs("tests")
    suite = SuiteServer.prepare()
    try:
        suite.start()
        with tempfile.TemporaryDirectory(prefix="mesh-examples-") as folder:
            stage = Stage(suite, Shelf(), Path(folder))
            return [*_of_the_centre(stage), *_of_the_others(stage)]
    finally:
        suite.stop()


@dataclass(frozen=True)
class Stage:
    """Where meshes are put up for a while."""

    suite: SuiteServer
    shelf: Shelf
    folder: Path

    def mesh(self, name: str) -> AbstractContextManager[Fuzzed]:
        """Put one up."""
        server = (self.suite.home, self.suite.server)
        return fuzzed_mesh(server, self.shelf, self.folder / name)


def _of_the_centre(stage: Stage) -> list[str]:
    wanted = lacking(AT_THE_CENTRE)
    if not wanted:
        return []
    with stage.mesh("centre") as fuzzed:
        fuzzed.runner.run(put_bills_in_force(fuzzed.mesh))
        return _write(fuzzed, wanted, RIGHT)


def _of_the_others(stage: Stage) -> list[str]:
    wanted = lacking(ASKED)
    if not wanted:
        return []
    with stage.mesh("town") as fuzzed:
        town = fuzzed.runner.run(Town.found(fuzzed.mesh))
        return _write(fuzzed, wanted, questions(town))


def _write(fuzzed: Fuzzed, arrows: list[AnyArrow], right_questions: Questions) -> list[str]:
    for arrow in arrows:
        right = fuzzed.runner.run(right_questions[arrow.name](fuzzed.mesh))
        answer = fuzzed.succeed(arrow, right)
        example = _question(arrow, right)
        if arrow.answer is Binary:
            answer_file(arrow).write_bytes(answer.content)
        elif arrow.answer is not NoBody:
            example["answer"] = _short(json.loads(answer.content))
        known = examples_at(arrow.callee, arrow.door) | {arrow.name: example}
        place_of(arrow.callee, arrow.door).write_text(as_text(known), encoding="utf-8")
    return [arrow.name for arrow in arrows]


def _question(arrow: AnyArrow, right: Right) -> dict[str, Any]:
    example: dict[str, Any] = {}
    for name, values in (("path", right.path), ("query", right.query)):
        if values:
            example[name] = dict(values)
    if arrow.question is Binary:
        FILES.mkdir(exist_ok=True)
        question_file(arrow).write_bytes(right.body)
    elif right.body is not None:
        example["body"] = right.body
    return example


def _short(value: Any) -> Any:
    """Return a JSON value with its lists cut to what shows their shape."""
    if isinstance(value, list):
        return [_short(each) for each in value[:SHOWN_MAX]]
    if isinstance(value, Mapping):
        return {key: NOT_SHOWN.get(key, _short(each)) for key, each in value.items()}
    return value


if __name__ == "__main__":
    sys.stdout.write("".join(f"{name}\n" for name in gather()) or "none was lacking\n")
