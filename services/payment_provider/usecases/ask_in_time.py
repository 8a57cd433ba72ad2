"""Ask a peer within the payer's own request: again only if nothing was done, and never past the
deadline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from shared.kit.clock import machine_now
from shared.kit.peer import PeerNotDone, deadline

A = TypeVar("A")
MARGIN = timedelta(seconds=1)
"""Machine time between the asker's own deadline and the moment at which others may settle."""


@dataclass(frozen=True)
class Patience:
    """How often and how long a payment is asked for, in machine time (settings)."""

    tries: int = 3
    seconds: float = 5.0
    pause_seconds: float = 0.2

    def asking_until(self) -> datetime:
        """Return the machine instant past which a payment still ASKING counts as unknown."""
        return machine_now() + timedelta(seconds=self.seconds) + MARGIN


async def ask_in_time(question: Callable[[], Awaitable[A]], patience: Patience) -> A:
    """Ask, with the same id again while the peer did nothing (DESIGN rule 3).

    Raises PeerNotDone after the last try, PeerRefused, or PeerOutcomeUnknown (the deadline too).
    """
    async with deadline(patience.seconds):
        for attempt in range(1, patience.tries + 1):
            try:
                return await question()
            except PeerNotDone:
                if attempt == patience.tries:
                    raise
                await asyncio.sleep(patience.pause_seconds * attempt)
    raise AssertionError("unreachable: the last try returns or raises")
