"""The project's own text, parsed: half a million small objects, none of them garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="package", autouse=True)
def _nothing_is_garbage() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()
