"""What a request or a job of the provider may use: built once per process, opening nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from sqlalchemy.ext.asyncio import AsyncEngine

from services.payment_provider.clients.card_agent import CardAgentClient
from services.payment_provider.clients.payers_bank import PayersBankClient
from services.payment_provider.domain.contracts import Contracts, load_contracts
from services.payment_provider.domain.terms import TermsInTime, load_terms
from services.payment_provider.sandbox.payers_banks import payers_banks_client
from services.payment_provider.settings import Settings
from services.payment_provider.store.tables import FOUNDATION
from services.payment_provider.store.unit_of_work import OpenUnitOfWork, UnitOfWork
from services.payment_provider.usecases.ask_in_time import Patience
from services.payment_provider.usecases.books import Books
from services.payment_provider.usecases.undo_payment import Undoers, undoers
from shared.kit.address_limits import AddressLimit
from shared.kit.clock import Clock
from shared.kit.database import open_engine
from shared.kit.foundation import Foundation
from shared.kit.peer import PeerClient
from shared.kit.tokens import TokenIssuer
from shared.kit.waiting_room import WaitingRoom
from shared.wire.doors import CARD_AGENT, PAYMENT_PROVIDER
from shared.wire.mobile_payments import READ_SLIP


@dataclass(frozen=True)
class Resources:
    """The provider's books, its peers and its patience.

    payers_bank is None outside the sandbox: then no bank takes part in app banking.
    """

    foundation: Foundation
    open_unit_of_work: OpenUnitOfWork
    contracts: Contracts
    terms: TermsInTime
    card_agent: CardAgentClient
    payers_bank: PayersBankClient | None
    patience: Patience
    card_payments: WaitingRoom

    @property
    def books(self) -> Books:
        """Return what every use case works on."""
        return Books(self.open_unit_of_work, self.contracts, self.foundation.clock, self.terms)

    @property
    def undoers(self) -> Undoers:
        """Return who takes payments back, by channel."""
        return undoers(self.card_agent, self.payers_bank)

    async def start(self) -> None:
        """Finish nothing: what an earlier process left ASKING is past its deadline soon, and the
        settlement jobs ask about it; a start alone proves nothing (DESIGN rule 3).
        """

    async def close(self) -> None:
        """Close the clients and the engine."""
        await self.card_agent.close()
        if self.payers_bank is not None:
            await self.payers_bank.close()
        await self.foundation.close()


def build_resources(
    settings: Settings,
    *,
    engine: AsyncEngine | None = None,
    clock: Clock | None = None,
    peer_clients: Mapping[str, PeerClient] | None = None,
) -> Resources:
    """Build everything from settings; tests hand in an engine, a clock, clients by name."""
    if engine is None:
        url = settings.database_url.get_secret_value()
        engine = open_engine(url, pool_size=settings.database_pool_size)
    foundation = Foundation(
        service=PAYMENT_PROVIDER,
        engine=engine,
        clock=clock or settings.clock(),
        tokens=TokenIssuer(PAYMENT_PROVIDER, settings.token_key()),
        tables=FOUNDATION,
        sandbox=settings.sandbox,
        address_limits={READ_SLIP.name: AddressLimit(settings.slip_readings_per_minute)},
    )
    open_unit_of_work = partial(UnitOfWork, engine, foundation.clock)
    handed_in = peer_clients or {}
    return Resources(
        foundation=foundation,
        open_unit_of_work=open_unit_of_work,
        contracts=load_contracts(settings.contracts_file.read_text(encoding="utf-8")),
        terms=load_terms(settings.terms_file.read_text(encoding="utf-8")),
        card_agent=CardAgentClient(handed_in.get(CARD_AGENT) or settings.card_agent.client()),
        payers_bank=_payers_bank(settings, foundation, open_unit_of_work),
        patience=Patience(settings.asking_tries, settings.asking_seconds),
        card_payments=WaitingRoom(
            settings.card_payments_at_once, seconds=settings.card_payment_wait_seconds
        ),
    )


def _payers_bank(
    settings: Settings, foundation: Foundation, open_unit_of_work: OpenUnitOfWork
) -> PayersBankClient | None:
    if not settings.sandbox:
        return None
    peer = payers_banks_client(open_unit_of_work, foundation.clock, foundation.faults)
    return PayersBankClient(peer, settings.connected_banks)
