"""Where a bank that guesses waits: some machine seconds before each answer, few at once.

Kept for each copy of the centre; knows no inquiry, holds no connection, and records nothing.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from shared.kit.problems import Overloaded


@dataclass
class SlowLane:
    """seconds: of the machine, for each inquiry; at_once: inquiries of one bank that may wait."""

    seconds: float
    at_once: int
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    _waiting: Counter[str] = field(default_factory=Counter)

    async def wait(self, bank_code: str) -> None:
        """Hold an inquiry back; Overloaded if as many of that bank wait already."""
        if self._waiting[bank_code] >= self.at_once:
            raise Overloaded
        self._waiting[bank_code] += 1
        try:
            await self.pause(self.seconds)
        finally:
            self._waiting[bank_code] -= 1
