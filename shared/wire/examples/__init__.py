"""An example of every question that succeeds, and of its answer, as they go over the wire.

One JSON file for each door, with its arrows by name; what travels as bytes stands in `files`. Data
only: the contract documents show them, and a test holds them to the bodies' own rules.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.kit.arrow import AnyArrow

FOLDER = Path(__file__).parent
FILES = FOLDER / "files"


@dataclass(frozen=True)
class Example:
    """A question and the answer to it: JSON values; None where there is no body, or a file's bytes.

    path and query: the values of its path and query parameters by name.
    """

    path: Mapping[str, str | int] = field(default_factory=dict)
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: Any = None
    answer: Any = None


def example_of(arrow: AnyArrow) -> Example | None:
    """Return an arrow's example, or None if it has none."""
    found = examples_at(arrow.callee, arrow.door).get(arrow.name)
    return None if found is None else Example(**found)


def examples_at(service: str, door: str) -> dict[str, dict[str, Any]]:
    """Return the fields of every example at a door, by arrow name."""
    path = place_of(service, door)
    found: dict[str, dict[str, Any]] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


def place_of(service: str, door: str) -> Path:
    """Return where a door's examples stand."""
    return FOLDER / f"{service}.{door}.json"


def question_file(arrow: AnyArrow) -> Path:
    """Return where the example of a question that is a file stands."""
    return FILES / f"{arrow.name}.question"


def answer_file(arrow: AnyArrow) -> Path:
    """Return where the example of an answer that is a file stands."""
    return FILES / f"{arrow.name}.answer"
