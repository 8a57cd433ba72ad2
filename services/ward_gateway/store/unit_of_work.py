"""One transaction over the ward's books, with one store for each noun."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine

from services.ward_gateway.store.assessments import AssessmentStore
from services.ward_gateway.store.billing_orders import BillingOrderStore
from services.ward_gateway.store.billing_uploads import BillingUploadStore
from services.ward_gateway.store.claim_histories import ClaimHistoryStore
from services.ward_gateway.store.clearings import ClearingStore
from services.ward_gateway.store.commissions import CommissionStore
from services.ward_gateway.store.corrections import CorrectionStore
from services.ward_gateway.store.dead_keys import DeadKeyStore
from services.ward_gateway.store.debit_results import DebitResultStore
from services.ward_gateway.store.deliveries import DeliveryStore
from services.ward_gateway.store.deposits import DepositStore
from services.ward_gateway.store.dunning_holds import DunningHoldStore
from services.ward_gateway.store.erasures import ErasureStore
from services.ward_gateway.store.exceptions import ExceptionStore
from services.ward_gateway.store.fee_bills import FeeBillStore
from services.ward_gateway.store.fundings import FundingStore
from services.ward_gateway.store.holds import HoldStore
from services.ward_gateway.store.intakes import IntakeStore
from services.ward_gateway.store.key_standings import KeyStandingStore
from services.ward_gateway.store.paper_notices import PaperNoticeStore
from services.ward_gateway.store.pay_in_statements import PayInStatementStore
from services.ward_gateway.store.receipts import ReceiptStore
from services.ward_gateway.store.sequences import SequenceStore
from services.ward_gateway.store.slip_runs import SlipRunStore
from services.ward_gateway.store.slips import SlipStore
from services.ward_gateway.store.statements import StatementStore
from services.ward_gateway.store.tables import FOUNDATION
from services.ward_gateway.store.trustees import TrusteeStore
from shared.kit.clock import Clock
from shared.kit.database import UnitOfWork as BaseUnitOfWork


class UnitOfWork(BaseUnitOfWork):
    """Leaving without commit() rolls back; each store works on this transaction's connection."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        super().__init__(engine, clock, FOUNDATION.journal)

    @property
    def assessments(self) -> AssessmentStore:
        """調定."""
        return AssessmentStore(self.connection, self.journal)

    @property
    def corrections(self) -> CorrectionStore:
        """更正."""
        return CorrectionStore(self.connection, self.journal)

    @property
    def debit_results(self) -> DebitResultStore:
        """口座振替結果."""
        return DebitResultStore(self.connection, self.journal)

    @property
    def slips(self) -> SlipStore:
        """納付書."""
        return SlipStore(self.connection, self.journal)

    @property
    def slip_runs(self) -> SlipRunStore:
        """What claims still owe, beside what their newest slips say."""
        return SlipRunStore(self.connection)

    @property
    def billing_uploads(self) -> BillingUploadStore:
        """請求データ as sent to the centre."""
        return BillingUploadStore(self.connection, self.journal)

    @property
    def intakes(self) -> IntakeStore:
        """取込."""
        return IntakeStore(self.connection, self.journal)

    @property
    def receipts(self) -> ReceiptStore:
        """収納."""
        return ReceiptStore(self.connection, self.journal)

    @property
    def commissions(self) -> CommissionStore:
        """納付の受託, as 丙 reports it."""
        return CommissionStore(self.connection, self.journal)

    @property
    def sequences(self) -> SequenceStore:
        """The last file of each kind that was registered."""
        return SequenceStore(self.connection, self.journal)

    @property
    def erasures(self) -> ErasureStore:
        """When each temporary copy was erased."""
        return ErasureStore(self.connection, self.journal)

    @property
    def deposits(self) -> DepositStore:
        """入金."""
        return DepositStore(self.connection, self.journal)

    @property
    def fundings(self) -> FundingStore:
        """Which deposit funds which receipt."""
        return FundingStore(self.connection, self.journal)

    @property
    def clearings(self) -> ClearingStore:
        """消込."""
        return ClearingStore(self.connection, self.journal)

    @property
    def exceptions(self) -> ExceptionStore:
        """What a clerk must look at."""
        return ExceptionStore(self.connection, self.journal)

    @property
    def statements(self) -> StatementStore:
        """The ward's books at one moment."""
        return StatementStore(self.connection, self.journal)

    @property
    def holds(self) -> HoldStore:
        """Receipts that clear nothing for now."""
        return HoldStore(self.connection, self.journal)

    @property
    def trustees(self) -> TrusteeStore:
        """Decisions about card agents that did not pay."""
        return TrusteeStore(self.connection, self.journal)

    @property
    def dunning_holds(self) -> DunningHoldStore:
        """What keeps instalments off dunning."""
        return DunningHoldStore(self.connection)

    @property
    def pay_in_statements(self) -> PayInStatementStore:
        """計算書."""
        return PayInStatementStore(self.connection, self.journal)

    @property
    def fee_bills(self) -> FeeBillStore:
        """手数料請求."""
        return FeeBillStore(self.connection, self.journal)

    @property
    def billing_orders(self) -> BillingOrderStore:
        """What is asked of the centre, record by record."""
        return BillingOrderStore(self.connection, self.journal)

    @property
    def key_standings(self) -> KeyStandingStore:
        """How each slip's key stands, in facts."""
        return KeyStandingStore(self.connection)

    @property
    def dead_keys(self) -> DeadKeyStore:
        """Windows in which a dead key could still be paid."""
        return DeadKeyStore(self.connection)

    @property
    def paper_notices(self) -> PaperNoticeStore:
        """済通."""
        return PaperNoticeStore(self.connection, self.journal)

    @property
    def claim_histories(self) -> ClaimHistoryStore:
        """What was assessed on claims at a time."""
        return ClaimHistoryStore(self.connection)

    @property
    def deliveries(self) -> DeliveryStore:
        """Files that go on to 標準システム."""
        return DeliveryStore(self.connection, self.journal)
