"""How a list is asked for in pages: after which id, and how many rows at most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Query

from shared.wire.ward_intranet import PAGE_ROWS_MAX

Limit = Annotated[int, Query(ge=1, le=PAGE_ROWS_MAX)]
AfterNumber = Annotated[int, Query(ge=0, le=2**31 - 1)]
K = TypeVar("K", UUID, int)


def next_after(keys: Sequence[K], limit: int) -> K | None:
    """Return the last key of a full page, None where the list has ended."""
    return keys[-1] if len(keys) == limit else None
