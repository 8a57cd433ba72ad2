"""One transaction over the provider's books, with one store for each noun."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncEngine

from services.payment_provider.store.comparisons import ComparisonStore, PaymentListStore
from services.payment_provider.store.fee_bills import FeeBillStore
from services.payment_provider.store.files import FileStore
from services.payment_provider.store.payments import PaymentStore
from services.payment_provider.store.receipts import ReceiptStore
from services.payment_provider.store.sandbox_debits import SandboxDebitStore
from services.payment_provider.store.sandbox_sessions import SandboxSessionStore
from services.payment_provider.store.tables import FOUNDATION
from services.payment_provider.store.terms_acceptances import TermsAcceptanceStore
from services.payment_provider.store.transfer_orders import TransferOrderStore
from services.payment_provider.store.undos import UndoStore
from shared.kit.clock import Clock
from shared.kit.database import UnitOfWork as BaseUnitOfWork


class UnitOfWork(BaseUnitOfWork):
    """Leaving without commit() rolls back; each store works on this transaction's connection."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        super().__init__(engine, clock, FOUNDATION.journal)

    @property
    def payments(self) -> PaymentStore:
        """納付."""
        return PaymentStore(self.connection, self.journal)

    @property
    def receipts(self) -> ReceiptStore:
        """収納."""
        return ReceiptStore(self.connection, self.journal)

    @property
    def files(self) -> FileStore:
        """What waits for the wards' terminals."""
        return FileStore(self.connection, self.journal)

    @property
    def transfer_orders(self) -> TransferOrderStore:
        """What was ordered to be paid into municipalities' accounts."""
        return TransferOrderStore(self.connection, self.journal, self.clock)

    @property
    def comparisons(self) -> ComparisonStore:
        """What was compared with the card agent's books."""
        return ComparisonStore(self.connection, self.journal, self.clock)

    @property
    def sandbox_debits(self) -> SandboxDebitStore:
        """The payers' banks' books, in sandbox mode."""
        return SandboxDebitStore(self.connection)

    @property
    def sandbox_sessions(self) -> SandboxSessionStore:
        """The payers' banks' sessions, in sandbox mode."""
        return SandboxSessionStore(self.connection)

    @property
    def terms_acceptances(self) -> TermsAcceptanceStore:
        """Who accepted which terms of use: ids, not people."""
        return TermsAcceptanceStore(self.connection)

    @property
    def undos(self) -> UndoStore:
        """Payments that are taken back."""
        return UndoStore(self.connection, self.journal)

    @property
    def payment_lists(self) -> PaymentListStore:
        """What the card agent was told that we have."""
        return PaymentListStore(self.connection, self.journal, self.clock)

    @property
    def fee_bills(self) -> FeeBillStore:
        """What municipalities were billed."""
        return FeeBillStore(self.connection, self.journal, self.clock)


OpenUnitOfWork = Callable[[], UnitOfWork]
