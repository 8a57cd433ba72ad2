"""Refusals: answers of the business, not faults of the machine (DESIGN rule 12). Knows no HTTP.

A refusal is a class named as a fact; its docstring is its message, its code goes over the wire
and is never renamed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """The request is refused."""

    code: ClassVar[str] = "refused"

    def __init__(
        self, detail: str | None = None, *, problems: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        """Refuse with the class's message, or with a more exact one without personal data."""
        self.detail = detail or (type(self).__doc__ or "").strip()
        self.problems = tuple(problems)
        super().__init__(self.detail)

    @classmethod
    def every_class(cls) -> list[type[Refusal]]:
        """Return this class's subclasses, all the way down."""
        found: list[type[Refusal]] = []
        for child in cls.__subclasses__():
            found += [child, *child.every_class()]
        return found
