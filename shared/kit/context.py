"""What a log line, an audit row and a call to a peer all carry: one correlation id, and who acts.

Set at the door or by a job's runner, read anywhere below; never passed by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

CORRELATION_HEADER = "correlation-id"

_correlation_id: ContextVar[str] = ContextVar("correlation_id", default="-")
_actor: ContextVar[str] = ContextVar("actor", default="-")


def correlation_id() -> str:
    """Return the correlation id of the current request or job run ("-" outside of one)."""
    return _correlation_id.get()


def actor() -> str:
    """Return who acts: a certificate's name, "name/user", or "job:NAME"."""
    return _actor.get()


def name_actor(name: str) -> None:
    """Say, once it is known (after a login token was checked), who acts in this request."""
    _actor.set(name)


@contextmanager
def acting(name: str, correlation: str) -> Iterator[None]:
    """Run a block as somebody, under one correlation id."""
    actor_token, correlation_token = _actor.set(name), _correlation_id.set(correlation)
    try:
        yield
    finally:
        _actor.reset(actor_token)
        _correlation_id.reset(correlation_token)
