"""A bank tells in bulk what its counters took (一括): each payment is decided on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from services.lgwan_asp.domain.contracts import Contracts
from services.lgwan_asp.domain.counter_payments import (
    EXCEPTION_OF,
    CounterBill,
    CounterCode,
    CounterPayment,
    result_of,
    result_of_repeat,
)
from services.lgwan_asp.domain.inquiries import BillKey
from services.lgwan_asp.domain.receipts import Notification, PaidBill, receipt_of
from services.lgwan_asp.domain.unposted_notifications import Unposted, subject_of
from services.lgwan_asp.store.unit_of_work import OpenUnitOfWork, UnitOfWork
from shared.kit.clock import Clock
from shared.kit.ids import new_id
from shared.kit.logs import logger

PORTION = 100
"""Payments of one transaction: a crash undoes at most so many, and the bank sends all again."""


async def notify_in_bulk(
    bank_code: str,
    payments: Sequence[CounterPayment],
    *,
    contracts: Contracts,
    open_unit_of_work: OpenUnitOfWork,
    clock: Clock,
) -> list[CounterCode]:
    """Record counter payments of one bank; return a result for each, in their order.

    For each portion: read receipts and bills; decide (domain.counter_payments); write receipts, or
    keep the money as unposted with an exception; commit. Every payment ends with a code of its own,
    and none stops another. A payment that has a receipt is never posted again, so the whole batch
    may be repeated, also after an answer was lost or a crash left it half done.
    """
    results: list[CounterCode] = []
    for start in range(0, len(payments), PORTION):
        portion = payments[start : start + PORTION]
        async with open_unit_of_work() as work:
            counter = await _open(work, bank_code, portion, contracts, clock)
            results += await counter.take(portion)
            await work.commit()
    missed = sum(code is not CounterCode.OK for code in results)
    if missed:
        logger().warning("counter_payments_not_recorded", bank=bank_code, count=missed)
    return results


async def _open(
    work: UnitOfWork,
    bank_code: str,
    portion: Sequence[CounterPayment],
    contracts: Contracts,
    clock: Clock,
) -> _Counter:
    notifications = work.notifications
    return _Counter(
        work,
        contracts,
        clock,
        bills=await notifications.bills_of({payment.key for payment in portion}),
        stored=dict(await notifications.stored_with(bank_code, {p.identity for p in portion})),
        complained=await notifications.complained_of(
            {subject_of(payment.notification) for payment in portion}
        ),
    )


@dataclass
class _Counter:
    """One portion in one transaction, and what our books said when it began."""

    work: UnitOfWork
    contracts: Contracts
    clock: Clock
    bills: Mapping[BillKey, CounterBill]
    stored: dict[tuple[str, date], tuple[Notification, PaidBill]]
    complained: set[str]
    unposted: list[Unposted] = field(default_factory=list)

    async def take(self, portion: Sequence[CounterPayment]) -> list[CounterCode]:
        """Write receipts first, then what has none, each in the order of identities.

        That order is the same in every batch, so that two of them never wait for each other.
        """
        in_order = sorted(range(len(portion)), key=lambda number: portion[number].identity)
        codes = {number: await self._take(portion[number]) for number in in_order}
        for unposted in self.unposted:
            await self.work.unposted.add(unposted, self.clock.now())
        return [codes[number] for number in range(len(portion))]

    async def _take(self, payment: CounterPayment) -> CounterCode:
        if payment.identity in self.stored:
            return self._repeated(payment)
        bill = self.bills.get(payment.key)
        contract = self.contracts.of_institution(payment.key.institution_number)
        code = result_of(
            payment,
            bill,
            appointed_banks=contract.appointed_banks if contract else None,
            now=self.clock.now(),
        )
        if bill is None or code is not CounterCode.OK:
            town = contract.municipality if contract else ""
            self.unposted.append(
                Unposted(payment.notification, EXCEPTION_OF[code], town, payment.key)
            )
            return code
        return await self._post(payment, bill.bill)

    async def _post(self, payment: CounterPayment, bill: PaidBill) -> CounterCode:
        notification = payment.notification
        receipt = receipt_of(new_id(), bill, notification, self.clock.now())
        if not await self.work.receipts.add(receipt):
            bank = notification.bank_code
            raced = await self.work.notifications.stored_with(bank, [payment.identity])
            self.stored.update(raced)
            return self._repeated(payment)
        self.stored[payment.identity] = (notification, bill)
        if subject_of(notification) in self.complained:
            await self.work.unposted.mend(notification)
        return CounterCode.OK

    def _repeated(self, payment: CounterPayment) -> CounterCode:
        stored, bill = self.stored[payment.identity]
        code = result_of_repeat(payment, stored, bill)
        if code is not CounterCode.OK:
            key, town = payment.key, bill.municipality
            self.unposted.append(Unposted(payment.notification, EXCEPTION_OF[code], town, key))
        return code
