"""Everything that the card agent holds while it lives, built once and without opening anything.

The key of the card hashes ends here: what goes on is a function that holds it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from sqlalchemy.ext.asyncio import AsyncEngine

from services.card_agent.clients.card_network import CardNetwork
from services.card_agent.domain.authorisations import UndoClose
from services.card_agent.domain.card_memory import CardMemory
from services.card_agent.domain.cards import card_hmac
from services.card_agent.domain.contracts import Contract, Contracts, load_contracts
from services.card_agent.domain.sandbox_rules import Rule, load_rules
from services.card_agent.sandbox.card_networks import CardNetworks
from services.card_agent.settings import Settings
from services.card_agent.store.tables import FOUNDATION
from services.card_agent.store.unit_of_work import UnitOfWork
from services.card_agent.usecases.authorise_card import AskingCards
from services.card_agent.usecases.settle_authorisation import Settling
from services.card_agent.usecases.undo_authorisation import Undoing
from shared.kit.address_limits import AddressLimit
from shared.kit.clock import Clock
from shared.kit.database import open_engine
from shared.kit.envelope import seal
from shared.kit.foundation import Foundation
from shared.kit.peer import PeerAddress, PeerClient
from shared.kit.peer_lines import PlainClient
from shared.kit.tokens import TokenIssuer
from shared.wire.card_tokens import MAKE_CARD_TOKEN

SERVICE = "card_agent"
CARD_NETWORK = "card_network"
GRACE = timedelta(seconds=2)  # beyond the networks' deadline, before a row counts as unknown
_SANDBOX_ADDRESS = PeerAddress("https://card-network.sandbox.test", "card-network.sandbox.test")


@dataclass(frozen=True)
class Resources:
    """What use cases are given; no field of it is a key, and no repr of it shows a card."""

    foundation: Foundation
    open_unit_of_work: Callable[[], UnitOfWork]
    contracts: Contracts
    card_memory: CardMemory = field(repr=False)
    card_network: CardNetwork
    asking_for: timedelta
    hmac_of: Callable[[str], str] = field(repr=False)
    undo_close: UndoClose

    @property
    def clock(self) -> Clock:
        """Return business time."""
        return self.foundation.clock

    @property
    def asking(self) -> AskingCards:
        """Return what asking about a card needs."""
        return AskingCards(
            contracts=self.contracts,
            card_memory=self.card_memory,
            card_network=self.card_network,
            asking_for=self.asking_for,
            sandbox=self.foundation.sandbox,
            open_unit_of_work=self.open_unit_of_work,
            clock=self.clock,
        )

    @property
    def settling(self) -> Settling:
        """Return what settling needs."""
        return Settling(self.contracts, self.card_network, self.open_unit_of_work)

    @property
    def undoing(self) -> Undoing:
        """Return what undoing needs."""
        return Undoing(
            contracts=self.contracts,
            clock=self.clock,
            close=self.undo_close,
            card_network=self.card_network,
            open_unit_of_work=self.open_unit_of_work,
        )

    def seal_to_ward(self, content: bytes, contract: Contract) -> bytes:
        """Seal bytes so that only that contract's ward can read them."""
        return seal(content, dict(contract.ward_public_jwk))

    async def start(self) -> None:
        """Nothing to finish: a question left open may be another copy's; its deadline decides."""

    async def close(self) -> None:
        """Close the networks' connections, then the engine."""
        await self.card_network.close()
        await self.foundation.close()


def build_resources(
    settings: Settings,
    *,
    engine: AsyncEngine | None = None,
    clock: Clock | None = None,
    peer_clients: Mapping[str, PeerClient] | None = None,
) -> Resources:
    """Build everything, open nothing; peer_clients: `card_network`, in place of the sandbox's."""
    foundation = Foundation(
        service=SERVICE,
        engine=engine or _engine(settings),
        clock=clock or settings.clock(),
        tokens=TokenIssuer(SERVICE, settings.token_key()),
        tables=FOUNDATION,
        sandbox=settings.sandbox,
        address_limits={MAKE_CARD_TOKEN.name: AddressLimit(settings.card_tokens_per_minute)},
    )
    open_unit_of_work = partial(UnitOfWork, foundation.engine, foundation.clock)
    hmac_of = partial(card_hmac, settings.card_hmac_key())
    client = (peer_clients or {}).get(CARD_NETWORK) or _network_client(
        settings, foundation, open_unit_of_work, hmac_of
    )
    deadline = settings.network_deadline_seconds
    return Resources(
        foundation=foundation,
        open_unit_of_work=open_unit_of_work,
        contracts=load_contracts(settings.contracts_file.read_text("utf-8")),
        card_memory=CardMemory(settings.cards_in_memory),
        card_network=CardNetwork(client, deadline_seconds=deadline),
        asking_for=timedelta(seconds=deadline) + GRACE,
        hmac_of=hmac_of,
        undo_close=UndoClose(settings.undo_close_business_days, settings.undo_close_time),
    )


def _engine(settings: Settings) -> AsyncEngine:
    return open_engine(
        settings.database_url.get_secret_value(), pool_size=settings.database_pool_size
    )


def _rules(settings: Settings) -> tuple[Rule, ...]:
    if settings.sandbox_rules is None:
        return ()
    return load_rules(settings.sandbox_rules.read_text("utf-8"))


def _network_client(
    settings: Settings,
    foundation: Foundation,
    open_unit_of_work: Callable[[], UnitOfWork],
    hmac_of: Callable[[str], str],
) -> PeerClient:
    """Return the way to the networks: over TLS, or to those of the sandbox."""
    if settings.card_network is not None:
        return settings.card_network.client()
    networks = CardNetworks(
        open_unit_of_work,
        foundation.clock,
        hmac_of,
        foundation.faults,
        rules=_rules(settings),
        slow_seconds=settings.network_deadline_seconds + GRACE.total_seconds(),
    )
    return PeerClient(PlainClient(transport=networks), _SANDBOX_ADDRESS)
