"""Make an authorisation answer, or close its id for ever (DESIGN rule 3): nothing stays unknown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from services.card_agent.clients.card_network import CardNetwork
from services.card_agent.domain.authorisations import Authorisation, AuthorisationState
from services.card_agent.domain.contracts import Contracts
from services.card_agent.domain.refusals import AuthorisationBeingConfirmed, AuthorisationIdReused
from services.card_agent.store.unit_of_work import UnitOfWork
from services.card_agent.usecases.record_network_answers import (
    record_network_answer,
    record_silence,
)
from shared.kit.clock import machine_now
from shared.kit.money import Yen
from shared.kit.peer import PeerNotDone, PeerOutcomeUnknown, PeerRefused

STILL_OPEN = (
    AuthorisationState.ASKING,
    AuthorisationState.NETWORK_UNKNOWN,
    AuthorisationState.UNDOING,
)


@dataclass(frozen=True)
class Settling:
    """What settling needs."""

    contracts: Contracts
    card_network: CardNetwork
    open_unit_of_work: Callable[[], UnitOfWork]


async def settle_authorisation(
    authorisation_id: UUID, municipality: str, amount_yen: Yen, settling: Settling
) -> Authorisation:
    """Return the authorisation in a state that answers: a commission, a no, or closed for ever.

    A commission that was undone answers as closed does; one that is being undone is still open.

    1. An unknown id is closed by a row of its own: a question that comes later loses at the
    primary key. 2. One that is asking, or about which the network is silent, is asked about once
    its deadline is over. Ends as MunicipalityUnknown, AuthorisationIdReused (another municipality
    or amount), or AuthorisationBeingConfirmed (ask again).
    """
    settling.contracts.of(municipality)
    stored = await _stored_or_closed(authorisation_id, municipality, amount_yen, settling)
    if (stored.municipality, stored.amount_yen) != (municipality, amount_yen):
        raise AuthorisationIdReused
    if stored.is_unknown(machine_now()):
        stored = await ask_what_became_of(stored, settling)
    if stored.state in STILL_OPEN:
        raise AuthorisationBeingConfirmed
    return stored


async def _stored_or_closed(
    authorisation_id: UUID, municipality: str, amount_yen: Yen, settling: Settling
) -> Authorisation:
    async with settling.open_unit_of_work() as work:
        stored = await work.authorisations.find(authorisation_id)
        if stored is None:
            store = work.authorisations
            if await store.close_unasked(authorisation_id, municipality, amount_yen):
                await work.commit()
    if stored is not None:
        return stored
    async with settling.open_unit_of_work() as work:
        stored = await work.authorisations.find(authorisation_id)
    if stored is None:
        raise AuthorisationBeingConfirmed
    return stored


async def ask_what_became_of(stored: Authorisation, settling: Settling) -> Authorisation:
    """Ask the network about an unknown authorisation; return the row as it stands then.

    Its deadline is over, so it counts as unknown whoever asked; a network that is silent again
    leaves it NETWORK_UNKNOWN, to be asked about later.
    """
    if stored.state is AuthorisationState.ASKING:
        stored = await record_silence(
            stored.id,
            AuthorisationState.NETWORK_UNKNOWN,
            open_unit_of_work=settling.open_unit_of_work,
        )
    if stored.state is not AuthorisationState.NETWORK_UNKNOWN:
        return stored
    try:
        answer = await settling.card_network.settle(stored.id, stored.municipality)
    except (PeerNotDone, PeerOutcomeUnknown, PeerRefused):
        return stored
    return await record_network_answer(
        stored.id,
        answer,
        contracts=settling.contracts,
        open_unit_of_work=settling.open_unit_of_work,
    )
