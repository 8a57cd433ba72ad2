"""State machines as one table: (from, to) -> the name of what happened (DESIGN rule 5). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

S = TypeVar("S", bound=StrEnum)


class IllegalTransition(Exception):  # noqa: N818 - named as a fact
    """A move that the table does not know: a bug of ours, not the world's."""

    def __init__(self, source: StrEnum, target: StrEnum) -> None:
        """Name both states."""
        self.source, self.target = source, target
        super().__init__(f"{type(source).__name__}: {source} -> {target} is not in the table")


@dataclass(frozen=True)
class StateMachine(Generic[S]):
    """A first state, and every move that is allowed with the event that makes it."""

    initial: S
    events: Mapping[tuple[S, S], str]
    waiting: Mapping[S, str] = field(default_factory=dict)
    """Each state that waits, with the job that asks (rule 4)."""

    def event(self, source: S, target: S) -> str:
        """Return the event that moves source to target, or raise IllegalTransition."""
        try:
            return self.events[source, target]
        except KeyError:
            raise IllegalTransition(source, target) from None

    def terminal(self) -> frozenset[S]:
        """Return the states from which nothing moves."""
        sources = {source for source, _ in self.events}
        return frozenset(state for state in type(self.initial) if state not in sources)

    def unreachable(self) -> frozenset[S]:
        """Return the states to which nothing leads (empty in a sound table)."""
        targets = {target for _, target in self.events} | {self.initial}
        return frozenset(state for state in type(self.initial) if state not in targets)

    def mermaid(self) -> str:
        """Return the table as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        lines += [f"    {a} --> {b}: {event}" for (a, b), event in self.events.items()]
        lines += [f"    {state} --> [*]" for state in sorted(self.terminal())]
        return "\n".join(lines)
