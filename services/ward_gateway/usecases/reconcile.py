"""Reconcile: match deposits with confirmed receipts, and say what does not fit.

Knows no bank file and no heap; what fits is the domain's matter.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from services.ward_gateway.domain.deposits import Deposit, find_in_bank_lines, net_of_reversals
from services.ward_gateway.domain.exceptions import ExceptionCode, Finding
from services.ward_gateway.domain.fee_bills import ItemFees
from services.ward_gateway.domain.holds import is_late
from services.ward_gateway.domain.matching import Matching, groups_to_match, match_channels
from services.ward_gateway.domain.pay_in_statements import (
    StatedFrom,
    find_statement_differences,
    statement_only,
)
from services.ward_gateway.domain.reconciliation import (
    ReconciliationRules,
    find_excess,
    find_late,
    find_unconfirmed,
    find_without_commission,
    find_without_receipt,
)
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.apply_holds import apply_holds
from services.ward_gateway.usecases.clear_receipts import clear_assessments
from services.ward_gateway.usecases.take_fee_bill import compare_fee_bills
from shared.keys.regimes import TRUSTEE_LAW_FROM
from shared.kit.calendar import BusinessCalendar, japanese_banks
from shared.kit.clock import Clock, tokyo_time

DEFAULT_RULES = ReconciliationRules()
SETTLED_HERE = (
    ExceptionCode.DEPOSIT_EXCESS,
    ExceptionCode.DEPOSIT_UNIDENTIFIED,
    ExceptionCode.REVERSAL_UNMATCHED,
    ExceptionCode.FUNDS_LATE,
    ExceptionCode.PRELIMINARY_WITHOUT_CONFIRMED,
    ExceptionCode.COMMISSION_WITHOUT_RECEIPT,
    ExceptionCode.RECEIPT_WITHOUT_COMMISSION,
    ExceptionCode.TRUSTEE_IN_DEFAULT,
    ExceptionCode.PROXY_NOT_PAID,
    ExceptionCode.PAY_IN_STATEMENT_MISSING,
    ExceptionCode.PAY_IN_STATEMENT_DIFFERS,
    ExceptionCode.FEE_BILL_DIFFERS,
)


@dataclass(frozen=True)
class Reconciliation:
    """What one run did: deposits now wholly matched, receipts now funded, exceptions now opened."""

    deposits_matched: int
    receipts_funded: int
    exceptions_opened: int


async def reconcile(
    *,
    open_unit_of_work: Callable[[], UnitOfWork],
    clock: Clock,
    calendar: BusinessCalendar | None = None,
    rules: ReconciliationRules = DEFAULT_RULES,
    trustee_from: date | None = TRUSTEE_LAW_FROM,
    statements_from: StatedFrom | None = None,
    item_fees_yen: ItemFees | None = None,
) -> Reconciliation:
    """Match what is unsettled and bring the exceptions up to date, in one transaction.

    Steps: take turns with other reconciliations; sum up what is owed and what came of each channel
    and day; match anew the days that do not agree, and late money with what is late; write the
    differences; move receipts to FUNDED or, where money was withdrawn, back; put receipts on hold
    or release them (BOOKS §1.2); clear again what both touch, in one round; settle the exceptions
    of every kind that this use case knows: new causes open one, a cause that is gone closes it. It
    ends one way, however often it is repeated.
    trustee_from: the card agent's designation. statements_from: since when which channel's money
    brings a 計算書; each is compared with the confirmed receipts of its pay-in (BOOKS §1.12).
    item_fees_yen: the agreed fees, by which bills are compared.
    """
    calendar = calendar or japanese_banks()
    async with open_unit_of_work() as work:
        await work.fundings.lock()
        matched = await _match(work, clock.today())
        held = await apply_holds(work, trustee_from, clock.today())
        await clear_assessments(work, matched.claims | set(held.claims))
        findings = await _find(work, clock, calendar, rules)
        findings += [
            *await _compare_pay_ins(work, matched.matchings, statements_from or {}, clock, calendar)
        ]
        findings += [*held.findings, *await compare_fee_bills(work, item_fees_yen or {})]
        opened = 0
        touched = {finding.code for finding in findings} | await work.exceptions.open_codes()
        for code in (c for c in SETTLED_HERE if c in touched):
            own = [finding for finding in findings if finding.code == code]
            opened += await work.exceptions.settle(code, own)
        await work.commit()
    return Reconciliation(matched.deposits, matched.funded, opened)


@dataclass(frozen=True)
class _Matched:
    """What was open, how many deposits and receipts became whole, and the claims of late money.

    What late money pays is worked out anew: its receipt counts as paid when it came (BOOKS §1.2).
    """

    matchings: Sequence[Matching] = ()
    deposits: int = 0
    funded: int = 0
    claims: frozenset[UUID] = frozenset()


async def _match(work: UnitOfWork, today: date) -> _Matched:
    """Match what is open and write the differences; the caller clears the claims."""
    groups = groups_to_match(await work.fundings.balances())
    if not groups:
        return _Matched()
    receipts = await work.fundings.receipts_of(groups)
    deposits = await work.fundings.deposits_of(groups)
    standing = net_of_reversals(deposits).standing
    matchings = match_channels(receipts, standing)
    whole_before = await work.fundings.whole_deposits([d.id for d in standing])
    await work.fundings.replace(
        [receipt.id for receipt in receipts],
        [deposit.id for deposit in deposits],
        (row for matching in matchings for row in matching.fundings),
    )
    await work.fundings.withdraw([i for matching in matchings for i in matching.short])
    funded = await work.fundings.fund([i for matching in matchings for i in matching.funded])
    late = [receipt.id for receipt in receipts if is_late(receipt, today)]
    claims = frozenset(await work.receipts.assessments_of(late))
    whole = _newly_whole(standing, matchings, whole_before)
    return _Matched(matchings, whole, funded, claims)


def _newly_whole(
    standing: Iterable[Deposit], matchings: Iterable[Matching], before: Collection[UUID]
) -> int:
    left_over = {deposit.id for matching in matchings for deposit, _ in matching.excess}
    return sum(d.id not in left_over and d.id not in before for d in standing)


async def _compare_pay_ins(
    work: UnitOfWork,
    matchings: Iterable[Matching],
    statements_from: StatedFrom,
    clock: Clock,
    calendar: BusinessCalendar,
) -> list[Finding]:
    """Hold the 計算書 against what was matched; return too much money, and differing statements."""
    compared = await work.pay_in_statements.compared()
    excess = [pair for matching in matchings for pair in matching.excess]
    stated = statement_only(excess, {one.group: one.awaited_yen for one in compared})
    return [
        *find_excess(excess, stated),
        *find_statement_differences(compared, statements_from, clock.today(), calendar),
    ]


async def _find(
    work: UnitOfWork, clock: Clock, calendar: BusinessCalendar, rules: ReconciliationRules
) -> list[Finding]:
    """Return everything but the leftovers of matched groups."""
    today = clock.today()
    patience = tokyo_time(today - timedelta(days=rules.preliminary_days))
    netted = net_of_reversals(await work.deposits.all())
    return [
        *find_in_bank_lines(netted),
        *find_late(await work.fundings.late(today)),
        *find_unconfirmed(await work.fundings.unconfirmed(patience)),
        *find_without_receipt(
            await work.fundings.commissions_without_receipt(), today, calendar, rules
        ),
        *find_without_commission(await work.fundings.receipts_without_commission()),
    ]
