"""Take a commission back because of a fault: record, ask the card network, record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.card_agent.clients.card_network import CardNetwork
from services.card_agent.domain.authorisations import (
    Authorisation,
    AuthorisationState,
    UndoClose,
)
from services.card_agent.domain.contracts import Contracts
from services.card_agent.domain.refusals import (
    AuthorisationBeingConfirmed,
    AuthorisationIdReused,
    AuthorisationNotCommissioned,
    UndoAfterClose,
)
from services.card_agent.store.unit_of_work import UnitOfWork
from shared.kit.calendar import japanese_banks
from shared.kit.clock import TOKYO, Clock
from shared.kit.journal import ConcurrentUpdate
from shared.kit.logs import logger
from shared.kit.money import Yen
from shared.kit.peer import PeerNotDone, PeerOutcomeUnknown, PeerRefused

UNKNOWN = (AuthorisationState.ASKING, AuthorisationState.NETWORK_UNKNOWN)
BEGUN = (AuthorisationState.UNDOING, AuthorisationState.UNDONE)


@dataclass(frozen=True)
class Undoing:
    """What undoing needs; close: until when a commission may be undone."""

    contracts: Contracts
    clock: Clock
    close: UndoClose
    card_network: CardNetwork
    open_unit_of_work: Callable[[], UnitOfWork]


async def undo_authorisation(
    authorisation_id: UUID, municipality: str, amount_yen: Yen, fault: str, undoing: Undoing
) -> Authorisation:
    """Return the commission in UNDONE, committed. The same question again, the same answer.

    1. Commit UNDOING, from which no transfer order is written: from here on it will be undone.
    2. Make the network take its approval back, with no transaction open. 3. Commit UNDONE.
    Ends as MunicipalityUnknown, AuthorisationNotCommissioned (never asked, declined, closed),
    AuthorisationIdReused (another municipality or amount), UndoAfterClose (paid over, or too late:
    nothing is changed), or AuthorisationBeingConfirmed (the network is silent; ask again).
    """
    undoing.contracts.of(municipality)
    stored = await _begin(authorisation_id, municipality, amount_yen, fault, undoing)
    stored = await finish_undo(stored, undoing.card_network, undoing.open_unit_of_work)
    if stored.state is not AuthorisationState.UNDONE:
        raise AuthorisationBeingConfirmed
    return stored


async def _begin(
    authorisation_id: UUID, municipality: str, amount_yen: Yen, fault: str, undoing: Undoing
) -> Authorisation:
    """Commit UNDOING, or find that it was begun or finished before."""
    while True:
        async with undoing.open_unit_of_work() as work:
            stored = await work.authorisations.find(authorisation_id)
            if stored is None:
                raise AuthorisationNotCommissioned
            if (stored.municipality, stored.amount_yen) != (municipality, amount_yen):
                raise AuthorisationIdReused
            if stored.state in BEGUN:
                return stored
            _demand_in_time(stored, undoing)
            try:
                await work.authorisations.begin_undo(stored, fault)
            except ConcurrentUpdate:
                continue
            await work.commit()
            begun = await work.authorisations.find(authorisation_id)
            assert begun is not None  # noqa: S101 - it was there a moment ago, and rows stay
            return begun


def _demand_in_time(stored: Authorisation, undoing: Undoing) -> None:
    if stored.state in UNKNOWN:
        raise AuthorisationBeingConfirmed
    if stored.commission is None:
        raise AuthorisationNotCommissioned
    closes_on = undoing.close.date_of(stored.commission.authorised_on, japanese_banks())
    closes_at = datetime.combine(closes_on, undoing.close.at, tzinfo=TOKYO)
    remitted = stored.state is AuthorisationState.REMITTED
    if remitted or undoing.clock.now() >= closes_at:
        raise UndoAfterClose


async def finish_undo(
    stored: Authorisation,
    card_network: CardNetwork,
    open_unit_of_work: Callable[[], UnitOfWork],
) -> Authorisation:
    """Ask the network to reverse one in UNDOING; return the row as it stands then.

    A silent network leaves it UNDOING, to be asked again; harmless for two to do at once.
    """
    if stored.state is not AuthorisationState.UNDOING:
        return stored
    try:
        answer = await card_network.reverse(stored.id, stored.municipality)
    except (PeerNotDone, PeerOutcomeUnknown):
        return stored
    except PeerRefused as refusal:
        logger().error("reversal_refused", authorisation=str(stored.id), code=refusal.code)
        return stored
    async with open_unit_of_work() as work:
        try:
            await work.authorisations.finish_undo(stored, answer.at)
            await work.commit()
        except ConcurrentUpdate:
            pass  # somebody wrote the same answer down
    async with open_unit_of_work() as work:
        finished = await work.authorisations.find(stored.id)
    assert finished is not None  # noqa: S101 - rows stay
    return finished
