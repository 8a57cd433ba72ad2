"""One transaction over the centre's books, with one store for each noun."""

from __future__ import annotations

from collections.abc import Callable

from services.lgwan_asp.store.bank_totals import BankTotalStore
from services.lgwan_asp.store.billing_files import BillingFileStore
from services.lgwan_asp.store.bills import BillStore
from services.lgwan_asp.store.exceptions import ExceptionStore
from services.lgwan_asp.store.inquiry_sessions import InquirySessionStore
from services.lgwan_asp.store.notifications import NotificationStore
from services.lgwan_asp.store.outages import OutageStore
from services.lgwan_asp.store.outgoing_files import OutgoingFileStore
from services.lgwan_asp.store.receipts import ReceiptStore
from services.lgwan_asp.store.slow_banks import SlowBankStore
from services.lgwan_asp.store.unposted_notifications import UnpostedNotificationStore
from shared.kit.database import UnitOfWork as BaseUnitOfWork


class UnitOfWork(BaseUnitOfWork):
    """The centre's stores in one transaction; commit() inside the use case."""

    @property
    def billing_files(self) -> BillingFileStore:
        """Uploads and their records."""
        return BillingFileStore(self.connection, self.journal)

    @property
    def bills(self) -> BillStore:
        """Keys, and wrong confirmation numbers."""
        return BillStore(self.connection)

    @property
    def sessions(self) -> InquirySessionStore:
        """Inquiry sessions."""
        return InquirySessionStore(self.connection)

    @property
    def receipts(self) -> ReceiptStore:
        """Receipts."""
        return ReceiptStore(self.connection, self.journal)

    @property
    def outgoing_files(self) -> OutgoingFileStore:
        """Files that wait for a terminal."""
        return OutgoingFileStore(self.connection, self.journal)

    @property
    def exceptions(self) -> ExceptionStore:
        """What a clerk must look at."""
        return ExceptionStore(self.connection, self.journal)

    @property
    def notifications(self) -> NotificationStore:
        """What our books say about a bank's notification."""
        return NotificationStore(self.connection)

    @property
    def unposted(self) -> UnpostedNotificationStore:
        """Money that a bank told us of and that has no receipt."""
        return UnpostedNotificationStore(self.connection, self.exceptions)

    @property
    def outages(self) -> OutageStore:
        """Hours without service."""
        return OutageStore(self.connection)

    @property
    def slow_banks(self) -> SlowBankStore:
        """Banks that guess, and keys that were unlocked."""
        return SlowBankStore(self.connection)

    @property
    def bank_totals(self) -> BankTotalStore:
        """What banks told of their days."""
        return BankTotalStore(self.connection, self.journal)


OpenUnitOfWork = Callable[[], UnitOfWork]
