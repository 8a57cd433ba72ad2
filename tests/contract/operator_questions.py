"""A right question for every arrow of the four operators' doors."""

from __future__ import annotations

from datetime import date
from typing import Any

from deploy.installation import BANKS, MUNICIPALITY
from shared.kit.clock import tokyo_time
from shared.wire.centre_operation import (
    CENTRE_DOWN,
    LIST_CENTRE_EXCEPTIONS,
    PLAN_OUTAGE,
    UNLOCK_KEY,
)
from shared.wire.differences import AT_CARD_AGENT, AT_PROVIDER, UNDO_PAYMENT
from shared.wire.doors import (
    LGWAN_ASP,
    OPERATOR_ARROWS,
    SERVICES,
)
from shared.wire.fee_bills import LIST_FEE_BILLS
from shared.wire.payeasy import INQUIRE, Inquire
from shared.wire.sandbox_books import (
    CARD_NETWORK_BOOKS,
    COLLECTION_ACCOUNT,
    PAYERS_BANK_BOOKS,
    READ_WAITING_FILE,
    REPLACE_WAITING_FILE,
    WAITING_FILES,
)
from shared.wire.sandbox_remittances import CHARGE_BACK, PLAN_TROUBLE
from shared.wire.transfer_orders import FROM_CARD_AGENT, FROM_PROVIDER
from tests.contract.documented_doors import Right
from tests.contract.living_town import LAST, OPERATOR, Make, Town, fixed

# The operators' doors.


async def undo_payment(town: Town) -> Right:
    path = {"payment_id": str(await town.paid_by_card())}
    return Right(OPERATOR, path=path, body={"fault": "answer_lost"})


def resolving(arrows: Any) -> Make:
    async def make(town: Town) -> Right:
        path = {"difference_id": await town.difference(arrows, 0)}
        return Right(OPERATOR, path=path, body={"way": "explained", "document_number": "R7-1"})

    return make


async def _waiting_at_operator(town: Town) -> str:
    return str((await town.mesh.access.operate(WAITING_FILES)).files[-1].file_id)


async def read_waiting_file(town: Town) -> Right:
    return Right(OPERATOR, path={"file_id": await _waiting_at_operator(town)})


async def replace_waiting_file(town: Town) -> Right:
    path = {"file_id": await _waiting_at_operator(town)}
    return Right(OPERATOR, path=path, body=b"no receipts file")


async def charge_back(town: Town) -> Right:
    return Right(OPERATOR, body={"authorisation_id": str(town.commissions[0])})


async def unlock_key(town: Town) -> Right:
    """Let somebody try wrong numbers until the centre locks the key for that bank."""
    keys = town.slip().keys
    telegram = Inquire(
        institution_number=keys.institution_number,
        payment_number=keys.payment_number,
        confirmation_number="0000" if keys.confirmation_number != "0000" else "0001",
        category=keys.category,
        bank_code=BANKS[0],
        branch_code="001",
        medium="01",
        trace_number="T1",
        requested_at=town.mesh.resources[LGWAN_ASP].clock.now(),
    )
    client = town.mesh.access.at(f"bank-{BANKS[0]}", INQUIRE)
    while (await client.ask(INQUIRE, telegram)).result != "12":
        pass
    named = telegram.model_dump(
        include={"institution_number", "payment_number", "category", "bank_code"}
    )
    more = {"reason": "payer_identified", "document_number": "R7-2"}
    return Right(OPERATOR, body=named | more, is_repeatable=False)


def history_of(service: str) -> Make:
    """Return the question about a slip that was paid by card."""

    async def make(town: Town) -> Right:
        slip = town.paid[0]
        key = slip.keys.payment_number if service == LGWAN_ASP else slip.barcode
        return Right(OPERATOR, path={"key": key or ""})

    return make


def moving_clock(service: str) -> Make:
    """Return the question that moves a clock to noon, or leaves it where others have moved it."""

    async def make(town: Town) -> Right:
        instant = max(tokyo_time(LAST, 12), town.mesh.resources[service].foundation.clock.now())
        body = {"instant": instant.isoformat(), "mode": "frozen"}
        return Right(OPERATOR, body=body, is_repeatable=False)

    return make


def operating(service: str) -> dict[str, Make]:
    """Return the questions that every operator asks."""
    arrows = OPERATOR_ARROWS[service]
    user = {
        "door": "leased_line",
        "municipality": MUNICIPALITY,
        "roles": ["terminal"],
        "password": "a-long-enough-password",
    }
    fault = {"arrow": "an_arrow_that_is_none", "moment": "before", "times": 1}
    asked = fixed(Right(OPERATOR))
    return {each.name: asked for each in arrows.all()} | {
        arrows.move_clock.name: moving_clock(service),
        arrows.run_job.name: fixed(Right(OPERATOR, path={"name": A_JOB[service]})),
        arrows.run_jobs.name: fixed(Right(OPERATOR, body={"names": [A_JOB[service]]})),
        arrows.put_user.name: fixed(Right(OPERATOR, path={"user_id": "somebody"}, body=user)),
        arrows.history.name: history_of(service),
        arrows.plan_fault.name: fixed(Right(OPERATOR, body=fault)),
    }


A_JOB = {
    "card_agent": "settle_authorisations",
    "payment_provider": "settle_undos",
    "lgwan_asp": "build_preliminary_file",
    "ward_gateway": "reconcile",
}


OUTAGE = {
    "municipality": MUNICIPALITY,
    "starts_at": tokyo_time(date(2025, 8, 1), 1).isoformat(),
    "ends_at": tokyo_time(date(2025, 8, 1), 2).isoformat(),
}
TROUBLE = {
    "municipality": MUNICIPALITY,
    "value_date": "2025-06-20",
    "kind": "short",
    "yen": 100,
}
AT_OPERATORS: dict[str, Make] = {
    FROM_PROVIDER.name: fixed(Right("ward-bank", query={"value_date": "2025-06-10"})),
    FROM_CARD_AGENT.name: fixed(Right("ward-bank", query={"value_date": "2025-06-10"})),
    PAYERS_BANK_BOOKS.name: fixed(Right(OPERATOR)),
    CARD_NETWORK_BOOKS.name: fixed(Right(OPERATOR)),
    LIST_FEE_BILLS.name: fixed(Right(OPERATOR)),
    COLLECTION_ACCOUNT.name: fixed(Right(OPERATOR)),
    WAITING_FILES.name: fixed(Right(OPERATOR)),
    READ_WAITING_FILE.name: read_waiting_file,
    REPLACE_WAITING_FILE.name: replace_waiting_file,
    AT_PROVIDER.list_differences.name: fixed(Right(OPERATOR, query={"state": "open"})),
    AT_CARD_AGENT.list_differences.name: fixed(Right(OPERATOR, query={"state": "open"})),
    AT_PROVIDER.resolve_difference.name: resolving(AT_PROVIDER),
    AT_CARD_AGENT.resolve_difference.name: resolving(AT_CARD_AGENT),
    UNDO_PAYMENT.name: undo_payment,
    PLAN_TROUBLE.name: fixed(Right(OPERATOR, body=TROUBLE)),
    CHARGE_BACK.name: charge_back,
    UNLOCK_KEY.name: unlock_key,
    PLAN_OUTAGE.name: fixed(Right(OPERATOR, body=OUTAGE)),
    LIST_CENTRE_EXCEPTIONS.name: fixed(Right(OPERATOR)),
    CENTRE_DOWN.name: fixed(Right(OPERATOR, body={"down": False})),
    **{name: make for service in SERVICES for name, make in operating(service).items()},
}
