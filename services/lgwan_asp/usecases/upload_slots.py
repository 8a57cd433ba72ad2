"""How many uploads one copy of the centre checks and stores at once: each may be a year's bills.

Knows no file; who finds no room is told to come later, and nothing was recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from shared.kit.problems import Overloaded


@dataclass
class UploadSlots:
    """Room for `at_once` uploads."""

    at_once: int
    _taken: int = 0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a place; Overloaded if there is none."""
        if self._taken >= self.at_once:
            raise Overloaded
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1
