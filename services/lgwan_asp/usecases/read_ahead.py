"""While one piece is being worked on, the next is made in a thread: the event loop stays free."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from typing import TypeVar

T = TypeVar("T")


async def ahead(pieces: Iterator[T]) -> AsyncGenerator[T]:
    """Give the pieces in order, each made while the one before it is used; one at most is ahead.

    What making a piece raises is raised here. Close it (aclosing), so that no thread is left.
    """
    coming = _next(pieces)
    try:
        while piece := await coming:
            coming = _next(pieces)
            yield piece[0]
    finally:
        await asyncio.gather(coming, return_exceptions=True)


def _next(pieces: Iterator[T]) -> asyncio.Task[tuple[T, ...]]:
    """Begin to make the next piece; nothing if there is none."""
    return asyncio.create_task(
        asyncio.to_thread(lambda: tuple(piece for piece in (next(pieces, None),) if piece))
    )
