"""What a log line, an audit row and a call to a peer all carry: one correlation id, and who acts.

Set at the door or by a job's runner, read anywhere below; never passed by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

CORRELATION_HEADER = "correlation-id"

_correlation_id: ContextVar[str] = ContextVar("correlation_id", default="-")
_actor: ContextVar[str] = ContextVar("actor", default="-")


@dataclass
class _Deeds:
    """What the request in hand has done; shared with every task that it starts."""

    lasting: bool = False


_deeds: ContextVar[_Deeds | None] = ContextVar("deeds", default=None)


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


@contextmanager
def answering() -> Iterator[None]:
    """Run a block that answers one request: nothing of it is lasting yet."""
    token = _deeds.set(_Deeds())
    try:
        yield
    finally:
        _deeds.reset(token)


def note_lasting() -> None:
    """Say that the request in hand may have left a trace: it commits, or asks a peer."""
    deeds = _deeds.get()
    if deeds is not None:
        deeds.lasting = True


def is_untouched() -> bool:
    """Say whether the request in hand has left no trace so far; False outside of a request."""
    deeds = _deeds.get()
    return deeds is not None and not deeds.lasting
