"""How the tests make readers take records together, or one by one, whatever the file's length."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.files.blocks import BlockRules

ALWAYS_TOGETHER = 1
ALWAYS_SINGLY = 10**9


@contextmanager
def runs_from(records: int) -> Iterator[None]:
    """Within this context, so many data records in a row are taken together."""
    usual = BlockRules.run_min
    BlockRules.run_min = records
    try:
        yield
    finally:
        BlockRules.run_min = usual
