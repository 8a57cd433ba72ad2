"""Turn a card into a token that is good for one purchase; the number stays in memory."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime

from services.card_agent.domain import card_tokens
from services.card_agent.domain.card_memory import CardMemory
from services.card_agent.domain.card_tokens import CardToken
from services.card_agent.domain.cards import Brand, read_card
from services.card_agent.domain.contracts import Contracts
from services.card_agent.store.unit_of_work import UnitOfWork
from shared.kit.clock import Clock, machine_now
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.kit.problems import Overloaded


async def make_card_token(
    *,
    municipality: str,
    amount_yen: Yen,
    card_number: str,
    expiry_year: int,
    expiry_month: int,
    scenario: str | None = None,
    contracts: Contracts,
    clock: Clock,
    card_memory: CardMemory,
    hmac_of: Callable[[str], str],
    open_unit_of_work: Callable[[], UnitOfWork],
) -> tuple[str, Brand, datetime]:
    """Return the token, the brand, and the machine instant at which the token ends.

    1. read the card against business today, 2. commit the token's hash, what it is bound to and
    the number's keyed hash, 3. keep the number in this process's memory.
    scenario: what the sandbox's network shall do with the purchase, by name.
    Ends as ScenarioUnknown, MunicipalityUnknown, AgentNotDesignated, CardNumberInvalid,
    BrandNotTaken, CardExpired, or Overloaded when the memory is full; then nothing is kept. A
    commit that fails leaves no number.
    """
    chosen = card_tokens.read_scenario(scenario)
    contracts.demand_designated(municipality, clock.today())
    card = read_card(card_number, expiry_year, expiry_month, clock.today())
    text = secrets.token_urlsafe(card_tokens.SECRET_BYTES)
    now = machine_now()
    token = CardToken(
        id=new_id(),
        token_hash=card_tokens.token_hash(text),
        municipality=municipality,
        amount_yen=amount_yen,
        brand=card.brand,
        card_hmac=hmac_of(card.number),
        expires_at=now + card_tokens.LIFETIME,
        scenario=chosen,
    )
    if not card_memory.keep(token.token_hash, card, token.expires_at, now):
        raise Overloaded
    try:
        async with open_unit_of_work() as work:
            await work.card_tokens.add(token)
            await work.commit()
    except BaseException:  # nobody will ever hold this token
        card_memory.take(token.token_hash, now)
        raise
    return text, token.brand, token.expires_at
