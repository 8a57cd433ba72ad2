"""A right question for every arrow of the ward's intranet door, asked by the staff who may."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date
from itertools import count
from typing import Any

from sqlalchemy import text

from deploy.installation import DEBIT_CLIENT_CODE, MUNICIPALITY, REMITTERS, STAFF
from shared.files.choutei import (
    BY_DIRECT_DEBIT,
    BY_SLIP,
    Assessment,
    choutei_totals,
    load_choutei,
    write_choutei,
)
from shared.files.codes import Proc
from shared.files.keisansho import write_keisansho
from shared.files.pay_ins import Taken, pay_in_lines
from shared.keys.channels import Channel
from shared.keys.debit_customer import DebitCustomer
from shared.keys.payment_number import PaymentNumber, SlipType
from shared.kit.money import Yen
from shared.kit.standard_arrows import LogIn
from shared.wire import ward_intranet as ward
from shared.wire.billing_releases import (
    LIST_UPLOADS,
    PREPARE_UPLOADS,
    RELEASE_UPLOAD,
    WITHDRAW_UPLOAD,
    UploadView,
)
from shared.wire.corrections import LIST_CORRECTIONS
from shared.wire.debit_results import (
    LIST_DEBIT_RESULT_FILES,
    LIST_DEBIT_RESULTS,
    TAKE_DEBIT_RESULTS,
)
from shared.wire.deliveries import (
    ACKNOWLEDGE_DELIVERY,
    FETCH_DELIVERY,
    LIST_DELIVERIES,
    DeliveryView,
)
from shared.wire.doors import (
    LOG_IN,
    WARD_GATEWAY,
)
from shared.wire.fee_bills import TAKE_FEE_BILL
from shared.wire.mailing_gate import DEAD_KEYS, MAILING_GATE, RETRY_SLIP
from shared.wire.paper_notices import TAKE_PAPER_NOTICES, WITHDRAW_PAPER_NOTICE, TakePaperNotices
from shared.wire.pay_in_statements import TAKE_PAY_IN_STATEMENT
from simulation.clerks import waiting_uploads
from simulation.rehearsal import FISCAL_YEAR, make_and_import_ward
from simulation.standard_system import make_ward
from tests.contract.documented_doors import Right
from tests.contract.living_town import LAST, Make, Town
from tests.integration.services.ward_gateway.debit_files import DONE, debit, debits_file
from tests.integration.services.ward_gateway.ward_rows import bank_file, line


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
    "payment_number": PaymentNumber(SlipType.INSTALMENT, FISCAL_YEAR, 1, "999999999", 1).digits,
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
    listed = await town.mesh.access.staff_asks("clerk", ward.LIST_SLIPS, query={"unpaid": "true"})
    slip = next(s for s in listed.slips if s.centre_state == "HELD")
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


async def withdraw_paper_notice(town: Town) -> Right:
    """Let a clerk have read an amount off wrong; another clerk takes it back."""
    wrong = PAPER_NOTICE | {"stamp_number": "0043", "amount_yen": 10_000}
    body = TakePaperNotices.model_validate_json(json.dumps({"notices": [wrong]}))
    await town.mesh.access.staff_asks("clerk", TAKE_PAPER_NOTICES, body)
    return await staff(town, "second_clerk", body={"notice": wrong, "reason": "misread"})


async def hand_in(town: Town, rows: list[Assessment]) -> None:
    """Let the standard system hand claims in, or corrections of them."""
    numbered = [replace(row, record_no=n) for n, row in enumerate(rows, start=1)]
    content = write_choutei(numbered)
    totals = choutei_totals(content, numbered)
    query = {"record_count": totals.count, "total_yen": totals.total_yen, "sha256": totals.sha256}
    await town.mesh.access.staff_asks("system", ward.TAKE_ASSESSMENTS, content, query=query)


async def new_claims(town: Town) -> list[Assessment]:
    """Let there be the claims of one more household, all of them on direct debit."""
    export = make_ward(9, 1, FISCAL_YEAR, first_notice=next(_FREE_NOTICES))
    rows = [
        replace(row, payment_method=BY_DIRECT_DEBIT) for row in load_choutei(export.content).records
    ]
    await hand_in(town, rows)
    return rows


async def debit_results(town: Town) -> bytes:
    """Return a bank's file: one debit done, one failed, one of a claim that nobody knows."""
    done, failed, *_ = await new_claims(town)
    return debits_file(
        debit(_customer(done), done.amount_yen, DONE),
        debit(_customer(failed), failed.amount_yen),
        debit(1, 1000),
        client_code=DEBIT_CLIENT_CODE,
        day=LAST,
    )


def _customer(row: Assessment) -> str:
    return DebitCustomer(row.levy_year, row.notice_number, row.instalment).digits


async def take_debit_results(town: Town) -> Right:
    return await staff(town, "clerk", body=await debit_results(town))


async def list_debit_results(town: Town) -> Right:
    content = await debit_results(town)
    taken = await town.mesh.access.staff_asks("clerk", TAKE_DEBIT_RESULTS, content)
    return await staff(town, "clerk", path={"file_hash": taken.sha256})


async def list_corrections(town: Town) -> Right:
    """Let a claim have gone from direct debit to slips."""
    row = (await new_claims(town))[0]
    changed = replace(row, proc=Proc.CHANGE, correction_count=1, payment_method=BY_SLIP)
    await hand_in(town, [changed])
    return await staff(town, "clerk")


async def list_statement_lines(town: Town) -> Right:
    statement = await town.town.statement()
    return await staff(town, "clerk", path={"statement_id": str(statement.statement_id)})


async def decide_trustee(town: Town) -> Right:
    found = await town.town.open_exceptions()
    (number,) = (each.subject_id for each in found if each.code == "trustee_in_default")
    body = {"commission_number": number, "document_number": "R7-3", "decided_on": str(LAST)}
    return await staff(town, "supervisor", body=body)


AT_THE_INTRANET: dict[str, Make] = {
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
    WITHDRAW_PAPER_NOTICE.name: withdraw_paper_notice,
    TAKE_DEBIT_RESULTS.name: take_debit_results,
    LIST_DEBIT_RESULT_FILES.name: by("clerk"),
    LIST_DEBIT_RESULTS.name: list_debit_results,
    LIST_CORRECTIONS.name: list_corrections,
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
