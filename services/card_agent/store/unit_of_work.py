"""One transaction over the card agent's books, with one store for each noun."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine

from services.card_agent.store.authorisations import AuthorisationStore
from services.card_agent.store.card_tokens import CardTokenStore
from services.card_agent.store.differences import DifferenceStore, PaymentListStore
from services.card_agent.store.network_books import NetworkBookStore
from services.card_agent.store.remittance_troubles import RemittanceTroubleStore
from services.card_agent.store.reports import ReportStore
from services.card_agent.store.sandbox_rule_uses import SandboxRuleUseStore
from services.card_agent.store.tables import FOUNDATION
from services.card_agent.store.transfer_orders import TransferOrderStore
from services.card_agent.store.waiting_files import WaitingFileStore
from shared.kit.clock import Clock
from shared.kit.database import UnitOfWork as BaseUnitOfWork


class UnitOfWork(BaseUnitOfWork):
    """Leaving without commit() rolls back; each store works on this transaction's connection."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        super().__init__(engine, clock, FOUNDATION.journal)

    @property
    def card_tokens(self) -> CardTokenStore:
        """What was handed out for cards."""
        return CardTokenStore(self.connection, self.journal, self.clock)

    @property
    def authorisations(self) -> AuthorisationStore:
        """与信照会 and 納付の受託."""
        return AuthorisationStore(self.connection, self.journal, self.clock)

    @property
    def transfer_orders(self) -> TransferOrderStore:
        """代理納付."""
        return TransferOrderStore(self.connection, self.journal, self.clock)

    @property
    def reports(self) -> ReportStore:
        """What the wards have been told."""
        return ReportStore(self.connection)

    @property
    def waiting_files(self) -> WaitingFileStore:
        """Sealed files that wait for the provider."""
        return WaitingFileStore(self.connection, self.journal, self.clock)

    @property
    def network_books(self) -> NetworkBookStore:
        """The card networks' books (sandbox)."""
        return NetworkBookStore(self.connection)

    @property
    def sandbox_rule_uses(self) -> SandboxRuleUseStore:
        """How often the sandbox's rules were used."""
        return SandboxRuleUseStore(self.connection)

    @property
    def payment_lists(self) -> PaymentListStore:
        """What the provider says that it has."""
        return PaymentListStore(self.connection, self.journal, self.clock)

    @property
    def differences(self) -> DifferenceStore:
        """Where its list and our commissions do not agree."""
        return DifferenceStore(self.connection, self.journal, self.clock)

    @property
    def remittance_troubles(self) -> RemittanceTroubleStore:
        """What is to go wrong with 代理納付 (sandbox)."""
        return RemittanceTroubleStore(self.connection, self.journal, self.clock)
