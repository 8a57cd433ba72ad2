"""What the provider does unasked, by name: settle, report, order transfers, fetch, compare, tell,
bill.

Each job asks the books what is due now; run twice, the second run finds nothing to do.
"""

from __future__ import annotations

from datetime import time

from services.payment_provider.domain.bank_payments import SETTLE_BANKS
from services.payment_provider.domain.card_payments import SETTLE_CARDS
from services.payment_provider.domain.comparisons import COMPARE
from services.payment_provider.domain.receipts import BUILD_FILES
from services.payment_provider.domain.undos import SETTLE_UNDOS
from services.payment_provider.resources import Resources
from services.payment_provider.usecases.build_receipts_files import build_receipts_files
from services.payment_provider.usecases.compare_commissions import compare_commissions
from services.payment_provider.usecases.fetch_agent_reports import fetch_agent_reports
from services.payment_provider.usecases.report_payments import report_payments
from services.payment_provider.usecases.settle_bank_payments import settle_bank_payments
from services.payment_provider.usecases.settle_card_payments import settle_card_payments
from services.payment_provider.usecases.settle_undos import settle_undos
from services.payment_provider.usecases.write_fee_bills import write_fee_bills
from services.payment_provider.usecases.write_transfer_orders import write_transfer_orders
from shared.kit.jobs import Counts, Job, Registry, registry

SETTLE_EVERY_SECONDS = 60


async def _settle_cards(res: Resources) -> Counts:
    return await settle_card_payments(res.books, card_agent=res.card_agent)


async def _settle_banks(res: Resources) -> Counts:
    return await settle_bank_payments(res.books, payers_bank=res.payers_bank)


async def _build_files(res: Resources) -> Counts:
    return await build_receipts_files(res.books)


async def _fetch_reports(res: Resources) -> Counts:
    return await fetch_agent_reports(res.books, card_agent=res.card_agent)


async def _compare(res: Resources) -> Counts:
    return await compare_commissions(res.books, card_agent=res.card_agent)


async def _report_payments(res: Resources) -> Counts:
    return await report_payments(res.books, card_agent=res.card_agent)


async def _settle_undos(res: Resources) -> Counts:
    return await settle_undos(res.books, res.undoers)


async def _write_orders(res: Resources) -> Counts:
    return await write_transfer_orders(res.books)


async def _write_fee_bills(res: Resources) -> Counts:
    return await write_fee_bills(res.books)


JOBS: Registry = registry(
    Job(
        SETTLE_CARDS,
        _settle_cards,
        "ask the card agent about every card payment whose answer is missing",
        every_seconds=SETTLE_EVERY_SECONDS,
    ),
    Job(
        SETTLE_BANKS,
        _settle_banks,
        "ask the payers' banks about every bank payment whose answer is missing",
        every_seconds=SETTLE_EVERY_SECONDS,
    ),
    Job(
        SETTLE_UNDOS,
        _settle_undos,
        "ask again about every undo whose peer has not answered",
        every_seconds=SETTLE_EVERY_SECONDS,
    ),
    Job(
        BUILD_FILES,
        _build_files,
        "write the receipts files: 速報 of what is new, 確報 of what is due, 速報取消",
        at=time(6, 0),
    ),
    Job(
        COMPARE,
        _compare,
        "compare our card receipts with the card agent's commissions",
        at=time(6, 15),
        every_day=True,
    ),
    Job(
        "report_payments",
        _report_payments,
        "tell the card agent which card payments we have",
        at=time(6, 20),
        every_day=True,
    ),
    Job(
        "fetch_agent_reports",
        _fetch_reports,
        "take the card agent's sealed reports for the wards",
        at=time(6, 30),
    ),
    Job(
        "write_transfer_orders",
        _write_orders,
        "order today's transfers of app-banking money",
        at=time(7, 0),
    ),
    Job(
        "write_fee_bills",
        _write_fee_bills,
        "bill each municipality for last month's app-banking receipts, from the 10th",
        at=time(7, 30),
    ),
)
