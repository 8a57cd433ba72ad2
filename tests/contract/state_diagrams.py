"""Prints docs/states.md from the state tables: `python -m tests.contract.state_diagrams`.

Finds every StateMachine of every service's domain by itself; knows none of them by name.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared.kit.states import StateMachine
from shared.wire.doors import SERVICES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "states.md"
HEAD = """\
# States

Every record that waits for somebody has its states and moves in one table of its service's
`domain/`; only the store's `advance` moves a row, and only along an arrow of these pictures.
This page is printed from the tables by `python -m tests.contract.state_diagrams`; a test
compares it with them.
"""


def machines(service: str) -> Iterator[tuple[str, str, StateMachine[Any]]]:
    """Yield (module, name, machine) of every state table of a service's domain, in that order."""
    package = importlib.import_module(f"services.{service}.domain")
    seen: dict[int, list[tuple[str, str, StateMachine[Any]]]] = {}
    for each in sorted(info.name for info in pkgutil.iter_modules(package.__path__)):
        module = importlib.import_module(f"{package.__name__}.{each}")
        for name, value in sorted(vars(module).items()):
            if isinstance(value, StateMachine):
                seen.setdefault(id(value), []).append((each, name, value))
    yield from sorted((_at_home(places) for places in seen.values()), key=lambda found: found[:2])


def _at_home(
    places: list[tuple[str, str, StateMachine[Any]]],
) -> tuple[str, str, StateMachine[Any]]:
    """Return where a table was made and not only imported: beside its states, if it is there."""
    of_states = type(places[0][2].initial).__module__.rpartition(".")[2]
    return next((place for place in places if place[0] == of_states), places[0])


def page() -> str:
    """Return docs/states.md as the tables make it now."""
    return HEAD + "".join(_chapter(service) for service in SERVICES)


def _chapter(service: str) -> str:
    drawn = (_section(*each) for each in machines(service))
    return f"\n## {service}\n" + "".join(drawn)


def _section(module: str, name: str, machine: StateMachine[Any]) -> str:
    title = f"\n### {module}: {type(machine.initial).__name__} (`{name}`)\n"
    asks = "".join(
        f"- {state} waits for the job `{job}`\n" for state, job in machine.waiting.items()
    )
    return f"{title}\n```mermaid\n{machine.mermaid()}\n```\n" + (f"\n{asks}" if asks else "")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
