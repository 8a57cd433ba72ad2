"""What libraries do again for every test, and need to do once: the same, with less work."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Any, get_args

import fastapi._compat.v2 as fields
from pydantic import TypeAdapter

_ADAPTERS: dict[tuple[Any, ...], TypeAdapter[Any]] = {}


def make_libraries_quick() -> None:
    """Spare what each application, each request and each test would pay for."""
    fields.TypeAdapter = _adapter
    # httpx2 looks for it along the whole path at every request, and it is not installed.
    sys.modules.setdefault("sniffio", None)
    # asyncio puts a handler of its own in the place of Python's around every test, and what
    # `signal` says of a handler bears the test's whole outcome, written out.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    signal.default_int_handler(number, frame)


def _adapter(annotated: Any, *, config: Any = None) -> TypeAdapter[Any]:
    """Return pydantic's adapter of a field; a service's doors ask for the same in every test.

    It is of the type and of what stands beside it, last of which is a description that FastAPI
    makes anew. That says all of itself but for a maker of defaults.
    """
    kind, *beside, described = get_args(annotated)
    if config is not None or described.default_factory is not None:
        return TypeAdapter(annotated, config=config)
    key = (kind, repr(kind), *beside, repr(described))
    try:
        known = _ADAPTERS.get(key)
    except TypeError:  # something beside it has no hash
        return TypeAdapter(annotated)
    if known is None:
        known = _ADAPTERS[key] = TypeAdapter(annotated)
    return known
