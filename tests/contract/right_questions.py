"""A right question for every arrow of the doors of agent, provider, ward and operators."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from itertools import count
from typing import Any

from sqlalchemy import text

from deploy.installation import MUNICIPALITY, REMITTERS, STAFF, TERMINAL, TERMINAL_USER
from shared.files.keisansho import write_keisansho
from shared.files.pay_ins import Taken, pay_in_lines
from shared.keys.channels import Channel
from shared.keys.payment_number import PaymentNumber, SlipType
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.kit.standard_arrows import LogIn, PutUser
from shared.wire import ward_intranet as ward
from shared.wire.billing_releases import (
    LIST_UPLOADS,
    PREPARE_UPLOADS,
    RELEASE_UPLOAD,
    WITHDRAW_UPLOAD,
    UploadView,
)
from shared.wire.card_authorisations import (
    AUTHORISE_CARD,
    LIST_COMMISSIONS,
    SETTLE_AUTHORISATION,
)
from shared.wire.card_tokens import MAKE_CARD_TOKEN
from shared.wire.card_undoing import REPORT_PAYMENTS, UNDO_AUTHORISATION
from shared.wire.deliveries import (
    ACKNOWLEDGE_DELIVERY,
    FETCH_DELIVERY,
    LIST_DELIVERIES,
    DeliveryView,
)
from shared.wire.doors import (
    LOG_IN,
    OPERATOR_ARROWS,
    PAYMENT_PROVIDER,
    WARD_GATEWAY,
    WHOAMI,
)
from shared.wire.fee_bills import TAKE_FEE_BILL
from shared.wire.file_collection import AT_CARD_AGENT as AGENT_FILES
from shared.wire.file_collection import AT_PROVIDER as PROVIDER_FILES
from shared.wire.file_collection import CollectionArrows
from shared.wire.mailing_gate import DEAD_KEYS, MAILING_GATE, RETRY_SLIP
from shared.wire.mobile_payments import (
    ACCEPT_TERMS,
    PAY_BY_BANK,
    PAY_BY_CARD,
    READ_PAYMENT,
    READ_SLIP,
    READ_TERMS,
    RETURN_FROM_BANK,
)
from shared.wire.paper_notices import TAKE_PAPER_NOTICES
from shared.wire.pay_in_statements import TAKE_PAY_IN_STATEMENT
from shared.wire.sandbox_bank import DECIDE_AT_BANK
from simulation.clerks import waiting_uploads
from simulation.rehearsal import FISCAL_YEAR, make_and_import_ward
from simulation.standard_system import make_ward
from tests.contract.documented_doors import Questions, Right
from tests.contract.living_town import LAST, PROVIDER, Make, Town, as_json, card_of, fixed
from tests.contract.operator_questions import AT_OPERATORS
from tests.integration.services.ward_gateway.ward_rows import bank_file, line
from tests.support.mesh import TestMesh

# The payers' doors.


async def read_slip(town: Town) -> Right:
    return Right(body={"barcode": town.slip().barcode})


async def accept_terms(town: Town) -> Right:
    version = (await town.mesh.access.at(None, READ_TERMS).ask(READ_TERMS)).version
    return Right(body={"acceptance_id": str(new_id()), "version": version})


async def pay_by_card(town: Town) -> Right:
    return Right(body=as_json(await town.paying_by_card()))


async def pay_by_bank(town: Town) -> Right:
    return Right(body=as_json(town.paying_by_bank()))


async def return_from_bank(town: Town) -> Right:
    return Right(path={"payment_id": str((await town.at_bank()).payment_id)})


async def read_payment(town: Town) -> Right:
    return Right(path={"payment_id": str(await town.paid_by_card())})


async def decide_at_bank(town: Town) -> Right:
    session = (await town.at_bank()).bank_session
    assert session is not None
    body = {"account_reference": "account-1", "decision": "approve"}
    return Right(path={"session": session.session}, body=body)


async def make_card_token(_: Town) -> Right:
    return Right(body=as_json(card_of(1000)))


# Files: the provider's for the wards, the agent's for the provider.


async def terminal_token(town: Town, purpose: str) -> str:
    arrow = LOG_IN[PAYMENT_PROVIDER, "leased_line"]
    body = LogIn(**terminal_login(town, purpose))
    return (await town.mesh.access.at(TERMINAL, arrow).ask(arrow, body)).token


def terminal_login(town: Town, purpose: str) -> dict[str, Any]:
    password = town.mesh.installation.password_of(PAYMENT_PROVIDER, TERMINAL_USER)
    return {"user_id": TERMINAL_USER, "password": password, "purpose": purpose}


def logging_in(service: str, door: str, caller: str, role: str) -> Make:
    """Return a log-in of a user whom nobody else needs: wrong passwords lock it."""

    async def make(town: Town) -> Right:
        user = PutUser(
            door=door, municipality=MUNICIPALITY, roles=(role,), password="a-long-enough-password"
        )
        await town.mesh.access.operate(
            OPERATOR_ARROWS[service].put_user, user, user_id="asked-often"
        )
        body = {"user_id": "asked-often", "password": user.password, "purpose": "session"}
        return Right(caller, body=body, is_repeatable=False)

    return make


async def _who(town: Town, arrows: CollectionArrows, purpose: str) -> tuple[str, str | None]:
    if arrows is AGENT_FILES:
        return PROVIDER, None
    return TERMINAL, await terminal_token(town, purpose)


async def _waiting(town: Town, arrows: CollectionArrows) -> tuple[str, str]:
    """Return id and hash of the oldest file that waits."""
    caller, token = await _who(town, arrows, "session")
    client = town.mesh.access.at(caller, arrows.list_files)
    file = (await client.ask(arrows.list_files, token=token)).files[0]
    return str(file.file_id), file.sha256


def listing(arrows: CollectionArrows) -> Make:
    async def make(town: Town) -> Right:
        return Right(*await _who(town, arrows, "session"))

    return make


def collecting(arrows: CollectionArrows) -> Make:
    async def make(town: Town) -> Right:
        file_id, _ = await _waiting(town, arrows)
        return Right(*await _who(town, arrows, "reception"), {"file_id": file_id})

    return make


def acknowledging(arrows: CollectionArrows) -> Make:
    async def make(town: Town) -> Right:
        file_id, sha256 = await _waiting(town, arrows)
        body = {"file_id": file_id, "sha256": sha256}
        who = await _who(town, arrows, "session")
        return Right(*who, {"file_id": file_id}, body=body)

    return make


def files(arrows: CollectionArrows) -> dict[str, Make]:
    return {
        arrows.list_files.name: listing(arrows),
        arrows.collect_file.name: collecting(arrows),
        arrows.acknowledge_file.name: acknowledging(arrows),
    }


# The agent's leased line.


async def authorise(town: Town) -> Right:
    return Right(PROVIDER, body=as_json(await town.authorising()))


async def settle(town: Town) -> Right:
    return await _about_a_commission(town, {})


async def undo_authorisation(town: Town) -> Right:
    return await _about_a_commission(town, {"fault": "answer_lost"})


async def _about_a_commission(town: Town, more: dict[str, str]) -> Right:
    asked = await town.commissioned()
    body = {"municipality": MUNICIPALITY, "amount_yen": int(asked.amount_yen)} | more
    return Right(PROVIDER, path={"authorisation_id": str(asked.authorisation_id)}, body=body)


async def report_payments(_: Town) -> Right:
    path = {"day": LAST.isoformat(), "revision": 1, "page": 1}
    return Right(PROVIDER, path=path, body={"payments": [], "is_last": True})


# The ward's intranet.


async def staff(
    town: Town,
    role: str,
    *,
    body: Any = None,
    path: dict[str, Any] | None = None,
    query: dict[str, Any] | None = None,
) -> Right:
    """Return a question of a member of staff who has just logged in."""
    terminal, _ = STAFF[role]
    arrow = LOG_IN[WARD_GATEWAY, "intranet"]
    client = town.mesh.access.at(terminal, arrow)
    token = (await client.ask(arrow, LogIn(**staff_login(town, role)))).token
    return Right(terminal, token, path or {}, query or {}, body)


def staff_login(town: Town, role: str) -> dict[str, Any]:
    _, user = STAFF[role]
    password = town.mesh.installation.password_of(WARD_GATEWAY, user)
    return {"user_id": user, "password": password, "purpose": "session"}


def by(role: str, body: Any = None, query: dict[str, Any] | None = None) -> Make:
    async def make(town: Town) -> Right:
        return await staff(town, role, body=body, query=query)

    return make


def gathering_statement() -> bytes:
    """Return the 計算書 of a pay-in of the gathering branch."""
    number = PaymentNumber(SlipType.INSTALMENT, FISCAL_YEAR, 1, "000000001", 1).biller_number
    return write_keisansho(
        pay_in_lines(
            [Taken(date(2025, 6, 3), number, Yen(1000))],
            municipality=MUNICIPALITY,
            channel=Channel.PAYEASY,
            remitter_code=REMITTERS["payeasy"][0],
            paid_in_on=date(2025, 6, 5),
        )
    )


REFUSED_AT_CENTRE = (
    "UPDATE billing_orders SET outcome = 'refused', error_code = 'E190' WHERE slip_id = :slip",
    "UPDATE slips SET state = 'REFUSED' WHERE id = :slip",
)
PAPER_NOTICE = {
    "bank_code": "0001",
    "branch_code": "123",
    "payment_number": "9999999999999999",
    "amount_yen": 1000,
    "paid_on": "2025-06-10",
    "paid_in_on": "2025-06-13",
    "stamp_number": "0042",
}
_FREE_NOTICES = count(2_000, 10)
NOT_FETCHED = """
UPDATE deliveries SET state = 'READY', acknowledged_at = NULL, content = 'a file'
WHERE id = (SELECT id FROM deliveries WHERE state = 'IMPORTED' LIMIT 1)
"""
FEE_BILL = {
    "bill_number": "B-2025-06",
    "channel": "mobile_banking",
    "item_fee_yen": 55,
    "amount_yen": 55,
    "lines": [{"collected_month": "2025-06-01", "receipt_count": 1}],
}


async def take_assessments(town: Town) -> Right:
    export = make_ward(9, 2, FISCAL_YEAR, first_notice=500)
    query = {
        "record_count": export.record_count,
        "total_yen": int(export.total_yen),
        "sha256": hashlib.sha256(export.content).hexdigest(),
    }
    return await staff(town, "system", body=export.content, query=query)


async def retry_slip(town: Town) -> Right:
    """Let the centre have refused a slip's bill: what its result file would have written here."""
    (*_, slip) = (await town.mesh.access.staff_asks("clerk", ward.LIST_SLIPS)).slips
    engine = town.mesh.resources[WARD_GATEWAY].foundation.engine
    async with engine.begin() as connection:
        for statement in REFUSED_AT_CENTRE:
            await connection.execute(text(statement), {"slip": slip.slip_id})
    right = await staff(town, "clerk", path={"slip_id": str(slip.slip_id)})
    return replace(right, is_repeatable=False)


async def waiting_upload(town: Town) -> UploadView:
    """Let a clerk prepare a file of what is new; earlier ones that still wait are withdrawn."""
    access = town.mesh.access
    waiting = await waiting_uploads(access)
    for upload in sorted(waiting, key=lambda one: one.file_sequence, reverse=True):
        await access.staff_asks("clerk", WITHDRAW_UPLOAD, upload_id=upload.upload_id)
    await make_and_import_ward(access, 9, 2, first_notice=next(_FREE_NOTICES))
    await access.staff_asks("clerk", PREPARE_UPLOADS)
    (upload,) = await waiting_uploads(access)
    return upload


async def release_upload(town: Town) -> Right:
    upload = await waiting_upload(town)
    path = {"upload_id": str(upload.upload_id)}
    return await staff(town, "second_clerk", path=path, body={"sha256": upload.sha256})


async def withdraw_upload(town: Town) -> Right:
    upload = await waiting_upload(town)
    return await staff(town, "clerk", path={"upload_id": str(upload.upload_id)})


async def delivery(town: Town) -> DeliveryView:
    """Let the standard system not have come yet for one file: as if nobody had acknowledged it."""
    engine = town.mesh.resources[WARD_GATEWAY].foundation.engine
    async with engine.begin() as connection:
        await connection.execute(text(NOT_FETCHED))
    return (await town.mesh.access.staff_asks("system", LIST_DELIVERIES)).deliveries[0]


async def fetch_delivery(town: Town) -> Right:
    return await staff(town, "system", path={"file_id": str((await delivery(town)).file_id)})


async def acknowledge_delivery(town: Town) -> Right:
    one = await delivery(town)
    body = {"file_id": str(one.file_id), "sha256": one.sha256}
    return await staff(town, "system", path={"file_id": str(one.file_id)}, body=body)


async def list_statement_lines(town: Town) -> Right:
    statement = await town.town.statement()
    return await staff(town, "clerk", path={"statement_id": str(statement.statement_id)})


async def decide_trustee(town: Town) -> Right:
    found = await town.town.open_exceptions()
    (number,) = (each.subject_id for each in found if each.code == "trustee_in_default")
    body = {"commission_number": number, "document_number": "R7-3", "decided_on": str(LAST)}
    return await staff(town, "supervisor", body=body)


PUBLIC = fixed(Right())
MAKERS: dict[str, Make] = {
    WHOAMI["card_agent", "payers"].name: PUBLIC,
    WHOAMI["payment_provider", "payers"].name: PUBLIC,
    WHOAMI["card_agent", "leased_line"].name: fixed(Right(PROVIDER)),
    WHOAMI["payment_provider", "leased_line"].name: fixed(Right(TERMINAL)),
    WHOAMI["ward_gateway", "intranet"].name: fixed(Right(STAFF["clerk"][0])),
    LOG_IN["payment_provider", "leased_line"].name: logging_in(
        PAYMENT_PROVIDER, "leased_line", TERMINAL, "terminal"
    ),
    LOG_IN["ward_gateway", "intranet"].name: logging_in(
        WARD_GATEWAY, "intranet", STAFF["clerk"][0], "clerk"
    ),
    MAKE_CARD_TOKEN.name: make_card_token,
    READ_SLIP.name: read_slip,
    READ_TERMS.name: PUBLIC,
    ACCEPT_TERMS.name: accept_terms,
    PAY_BY_CARD.name: pay_by_card,
    PAY_BY_BANK.name: pay_by_bank,
    RETURN_FROM_BANK.name: return_from_bank,
    READ_PAYMENT.name: read_payment,
    DECIDE_AT_BANK.name: decide_at_bank,
    **files(PROVIDER_FILES),
    **files(AGENT_FILES),
    AUTHORISE_CARD.name: authorise,
    SETTLE_AUTHORISATION.name: settle,
    LIST_COMMISSIONS.name: fixed(
        Right(PROVIDER, query={"municipality": MUNICIPALITY, "day": "2025-06-03"})
    ),
    UNDO_AUTHORISATION.name: undo_authorisation,
    REPORT_PAYMENTS.name: report_payments,
    **AT_OPERATORS,
    ward.TAKE_ASSESSMENTS.name: take_assessments,
    ward.ISSUE_SLIPS.name: by("clerk", {"fiscal_year": FISCAL_YEAR}),
    ward.LIST_SLIPS.name: by("clerk"),
    ward.TAKE_BANK_STATEMENT.name: by("treasury", bank_file(line(1, 1000, day=LAST))),
    TAKE_PAY_IN_STATEMENT.name: by("treasury", gathering_statement()),
    MAILING_GATE.name: by("clerk", query={"posting_date": "2025-06-20"}),
    PREPARE_UPLOADS.name: by("clerk"),
    LIST_UPLOADS.name: by("clerk", query={"state": "ACCEPTED"}),
    RELEASE_UPLOAD.name: release_upload,
    WITHDRAW_UPLOAD.name: withdraw_upload,
    DEAD_KEYS.name: by("clerk", query={"first": "2025-06-01", "last": "2025-06-12"}),
    RETRY_SLIP.name: retry_slip,
    TAKE_FEE_BILL.name: by("clerk", FEE_BILL),
    TAKE_PAPER_NOTICES.name: by("clerk", {"notices": [PAPER_NOTICE]}),
    LIST_DELIVERIES.name: by("system"),
    FETCH_DELIVERY.name: fetch_delivery,
    ACKNOWLEDGE_DELIVERY.name: acknowledge_delivery,
    ward.RECONCILE.name: by("treasury"),
    ward.LIST_RECEIPTS.name: by("clerk"),
    ward.LIST_EXCEPTIONS.name: by("clerk"),
    ward.LIST_INTAKES.name: by("clerk"),
    ward.MAKE_STATEMENT.name: by("clerk", {"fiscal_year": FISCAL_YEAR}),
    ward.LIST_STATEMENT_LINES.name: list_statement_lines,
    ward.DECIDE_TRUSTEE.name: decide_trustee,
    ward.LIST_DUNNING_HOLDS.name: by("clerk"),
}


def questions(town: Town) -> Questions:
    """Return the right questions, each to be made when its turn comes."""

    def bound(make: Make) -> Callable[[TestMesh], Awaitable[Right]]:
        async def ask(_: TestMesh) -> Right:
            return await make(town)

        return ask

    return {name: bound(make) for name, make in MAKERS.items()}
