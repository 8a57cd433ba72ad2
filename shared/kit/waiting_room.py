"""So many at a time; the others wait a moment, and are told to come back if it takes longer.

Used before anything is recorded, so that `overloaded` keeps its promise (DESIGN rule 3): under
overload a call takes as long as this lets it wait, and never longer because more people come.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.kit.problems import Overloaded


class WaitingRoom:
    """Places for `at_once`, given in the order of coming; seconds of machine time are waited."""

    def __init__(self, at_once: int, *, seconds: float) -> None:
        """Hold every place free."""
        self._places = asyncio.Semaphore(at_once)
        self._seconds = seconds

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold a place while the block runs; Overloaded if none is free in time."""
        try:
            async with asyncio.timeout(self._seconds if self._places.locked() else None):
                await self._places.acquire()
        except TimeoutError:
            raise Overloaded from None
        try:
            yield
        finally:
            self._places.release()
