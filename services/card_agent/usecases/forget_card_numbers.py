"""Forget card numbers whose time is over. Knows only this process's memory."""

from __future__ import annotations

from collections.abc import Mapping

from services.card_agent.domain.card_memory import CardMemory
from shared.kit.clock import machine_now


async def forget_card_numbers(card_memory: CardMemory) -> Mapping[str, int]:
    """Forget what has expired in machine time; return how many were forgotten and are left."""
    forgotten = card_memory.forget_expired(machine_now())
    return {"forgotten": forgotten, "held": len(card_memory)}
