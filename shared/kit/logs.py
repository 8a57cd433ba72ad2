"""Structured logs: a JSON line per event, with both times and correlation id; no personal data."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from shared.kit.clock import Clock, machine_now
from shared.kit.context import actor, correlation_id

EventDict = MutableMapping[str, Any]
_READY: list[Any] = []


def set_up_logs(service: str, clock: Clock | None = None) -> None:
    """Send every log line of this process, the libraries' included, to stderr as JSON."""

    def stamp(_: Any, __: str, event: EventDict) -> EventDict:
        event["service"] = service
        event["machine_at"] = machine_now().isoformat()
        if clock is not None:
            event["business_at"] = clock.now().isoformat()
        event["correlation_id"] = correlation_id()
        event["actor"] = actor()
        return event

    shared_steps: list[structlog.types.Processor] = [structlog.processors.add_log_level, stamp]
    structlog.configure(
        processors=[*shared_steps, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared_steps,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _without_details,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    _READY[:] = [structlog.get_logger().bind()]
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for noisy in ("httpx2", "httpcore2", "uvicorn.access", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _without_details(_: Any, __: str, event: EventDict) -> EventDict:
    """Leave out PostgreSQL's DETAIL lines: they repeat the values of the row that was refused."""
    if "exception" in event:
        lines = str(event["exception"]).splitlines()
        event["exception"] = "\n".join(x for x in lines if not x.lstrip().startswith("DETAIL:"))
    return event


def logger() -> Any:
    """Return a logger whose lines carry what set_up_logs stamps on them; made only once."""
    return _READY[0] if _READY else structlog.get_logger()
