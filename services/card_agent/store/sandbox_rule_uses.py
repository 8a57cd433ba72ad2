"""How often each rule of the sandbox was used: one count for every copy of the card agent."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.card_agent.store.tables import SANDBOX_RULE_USES

C = SANDBOX_RULE_USES.c


class SandboxRuleUseStore:
    """Belongs to one open transaction; a use counts when that is committed."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def use(self, rule: str, times: int) -> bool:
        """Use a rule once; False if it was used so many times already. times: from 1."""
        first = insert(SANDBOX_RULE_USES).values(rule=rule, used=1)
        again = first.on_conflict_do_update(
            index_elements=[C.rule], set_={"used": C.used + 1}, where=C.used < times
        )
        used = await self._connection.execute(again.returning(C.rule))
        return used.one_or_none() is not None
