"""A right question for every arrow of the centre's two doors, with five bills in force there."""

from __future__ import annotations

from datetime import date, timedelta

from deploy.installation import (
    BANKS,
    CATEGORY,
    INSTITUTION,
    MUNICIPALITY,
    TERMINAL,
    TERMINAL_USER,
)
from shared.files.billing import BillingHeader, BillingRecord, write_billing
from shared.files.codes import Proc
from shared.keys.payment_number import PaymentNumber, SlipType
from shared.kit.clock import tokyo_time
from shared.kit.logins import User, put_user
from shared.kit.money import ZERO_YEN, Yen
from shared.kit.standard_arrows import LogIn
from shared.wire.billing_uploads import READ_BILLING_FILE, UPLOAD_BILLING
from shared.wire.doors import LGWAN_ASP, LOG_IN, OPERATOR_ARROWS, WHOAMI, arrows_of
from shared.wire.file_collection import AT_CENTRE
from shared.wire.payeasy import CANCEL_RECEIPT, INQUIRE, NOTIFY, Inquire, Notify
from shared.wire.payeasy_bulk import NOTIFY_IN_BULK
from shared.wire.payeasy_totals import TELL_DAILY_TOTALS
from simulation.day_plan import move_clocks
from simulation.rehearsal import FIRST_DAY
from tests.contract.documented_doors import Questions, Right
from tests.support.mesh import TestMesh

BANK = BANKS[0]
BANK_CALLER = f"bank-{BANK}"
DUE, LIMIT = date(2025, 6, 30), date(2025, 8, 29)
CONFIRMATION = "4711"
ARROWS = (*arrows_of(LGWAN_ASP, "lgwan"), *arrows_of(LGWAN_ASP, "mpn"))


def payment_number(instalment: int) -> str:
    return PaymentNumber(SlipType.INSTALMENT, 2025, instalment, "123456789", 0).digits


def billing_record(instalment: int) -> BillingRecord:
    amount = Yen(33_138)
    return BillingRecord(
        proc=Proc.ADD,
        record_seq=instalment,
        institution_number=INSTITUTION,
        payment_number=payment_number(instalment),
        confirmation_number=CONFIRMATION,
        category=CATEGORY,
        amount_yen=amount,
        principal_yen=amount,
        late_charge_yen=ZERO_YEN,
        fee_yen=ZERO_YEN,
        due_date=DUE,
        limit_date=LIMIT,
        levy_year=2025,
        assessed_year=2025,
        instalment=instalment,
        account_code="0001",
        notice_number="123456789",
        issue=0,
        slip_type=SlipType.INSTALMENT,
        payer_name_kana="ﾃｽﾄ ﾀﾛｳ",
        description_kana="ｺｸﾐﾝｹﾝｺｳﾎｹﾝﾘﾖｳ",
        effective_from=FIRST_DAY,
        delete_reason=None,
    )


def billing_file(mesh: TestMesh) -> bytes:
    """Return an upload with the bills of five instalments, sealed as this ward seals."""
    header = BillingHeader(
        institution_number=INSTITUTION,
        category="000",
        created_on=FIRST_DAY,
        created_at_hhmmss="100000",
        file_sequence=1,
        effective_from=FIRST_DAY,
        institution_name_kana="ｼﾝｼﾞﾕｸｸ",
    )
    contract = mesh.resources[LGWAN_ASP].contract_of(MUNICIPALITY)
    records = [billing_record(number) for number in range(1, 6)]
    return write_billing(header, records, contract.tamper_key)


async def token(mesh: TestMesh, purpose: str = "session") -> str:
    arrow = LOG_IN[LGWAN_ASP, "lgwan"]
    password = mesh.installation.password_of(LGWAN_ASP, TERMINAL_USER)
    body = LogIn(user_id=TERMINAL_USER, password=password, purpose=purpose)
    return (await mesh.access.at(TERMINAL, arrow).ask(arrow, body)).token


async def put_bills_in_force(mesh: TestMesh) -> None:
    """Upload five bills, apply them at the cut-off, and go to the next morning."""
    await move_clocks(mesh.access, tokyo_time(FIRST_DAY, 10))
    terminal = mesh.access.at(TERMINAL, UPLOAD_BILLING)
    await terminal.ask(UPLOAD_BILLING, billing_file(mesh), token=await token(mesh))
    await move_clocks(mesh.access, tokyo_time(FIRST_DAY, 18))
    run = OPERATOR_ARROWS[LGWAN_ASP].run_job
    await mesh.access.operate(run, name="apply_billing_files")
    await move_clocks(mesh.access, tokyo_time(FIRST_DAY + timedelta(days=1), 10))


async def bank_is_there(mesh: TestMesh) -> Right:
    return Right(BANK_CALLER)


async def terminal_is_there(mesh: TestMesh) -> Right:
    return Right(TERMINAL)


async def log_in(mesh: TestMesh) -> Right:
    """A user of its own: wrong passwords will lock it."""
    foundation = mesh.resources[LGWAN_ASP].foundation
    user = User("fuzzed-01", "lgwan", MUNICIPALITY, frozenset({"terminal"}))
    await put_user(foundation.engine, foundation.tables.users, user, "a password")
    body = {"user_id": user.user_id, "password": "a password", "purpose": "session"}
    return Right(TERMINAL, body=body, is_repeatable=False)


async def upload(mesh: TestMesh) -> Right:
    return Right(TERMINAL, await token(mesh), body=billing_file(mesh))


async def read_upload(mesh: TestMesh) -> Right:
    path = {"institution_number": INSTITUTION, "file_sequence": 1}
    return Right(TERMINAL, await token(mesh), path)


async def list_files(mesh: TestMesh) -> Right:
    return Right(TERMINAL, await token(mesh))


async def waiting_file(mesh: TestMesh) -> tuple[str, str]:
    """Return id and hash of the result of the upload, which waits at the centre."""
    arrow = AT_CENTRE.list_files
    listed = await mesh.access.at(TERMINAL, arrow).ask(arrow, token=await token(mesh))
    (file,) = listed.files
    return str(file.file_id), file.sha256


async def collect(mesh: TestMesh) -> Right:
    file_id, _ = await waiting_file(mesh)
    return Right(TERMINAL, await token(mesh, "reception"), {"file_id": file_id})


async def acknowledge(mesh: TestMesh) -> Right:
    file_id, sha256 = await waiting_file(mesh)
    body = {"file_id": file_id, "sha256": sha256}
    return Right(TERMINAL, await token(mesh), {"file_id": file_id}, body=body)


def asked(mesh: TestMesh, instalment: int) -> Inquire:
    return Inquire(
        institution_number=INSTITUTION,
        payment_number=payment_number(instalment),
        confirmation_number=CONFIRMATION,
        category=CATEGORY,
        bank_code=BANK,
        branch_code="001",
        medium="01",
        trace_number="T1",
        requested_at=now(mesh),
    )


def now(mesh: TestMesh):
    return mesh.resources[LGWAN_ASP].clock.now()


async def inquire(mesh: TestMesh) -> Right:
    return Right(BANK_CALLER, body=asked(mesh, 1).model_dump(mode="json"))


async def told(mesh: TestMesh, instalment: int, number: str) -> Notify:
    answer = await mesh.access.at(BANK_CALLER, INQUIRE).ask(INQUIRE, asked(mesh, instalment))
    assert answer.result == "00"
    return Notify(
        session_id=answer.session_id,
        bank_code=BANK,
        branch_code="001",
        trace_number="T1",
        receipt_number=number,
        amount_yen=answer.amount_yen,
        paid_at=now(mesh),
        medium="01",
    )


async def notify(mesh: TestMesh) -> Right:
    return Right(BANK_CALLER, body=(await told(mesh, 2, "R2")).model_dump(mode="json"))


async def cancel(mesh: TestMesh) -> Right:
    question = await told(mesh, 3, "R3")
    assert (await mesh.access.at(BANK_CALLER, NOTIFY).ask(NOTIFY, question)).result == "00"
    day = now(mesh).date().isoformat()
    body = {"bank_code": BANK, "receipt_number": "R3", "paid_on": day, "reason": 1}
    return Right(BANK_CALLER, body=body)


async def notify_in_bulk(mesh: TestMesh) -> Right:
    payment = {
        "institution_number": INSTITUTION,
        "payment_number": payment_number(4),
        "confirmation_number": CONFIRMATION,
        "category": CATEGORY,
        "branch_code": "001",
        "trace_number": "T4",
        "receipt_number": "R4",
        "amount_yen": 33_138,
        "paid_at": now(mesh).isoformat(),
        "medium": "05",
    }
    return Right(BANK_CALLER, body={"bank_code": BANK, "notifications": [payment]})


async def tell_daily_totals(mesh: TestMesh) -> Right:
    body = {
        "bank_code": BANK,
        "institution_number": INSTITUTION,
        "paid_on": now(mesh).date().isoformat(),
        "receipt_count": 1,
        "amount_yen": 33_138,
    }
    return Right(BANK_CALLER, body=body)


RIGHT: Questions = {
    WHOAMI[LGWAN_ASP, "lgwan"].name: terminal_is_there,
    LOG_IN[LGWAN_ASP, "lgwan"].name: log_in,
    UPLOAD_BILLING.name: upload,
    READ_BILLING_FILE.name: read_upload,
    AT_CENTRE.list_files.name: list_files,
    AT_CENTRE.collect_file.name: collect,
    AT_CENTRE.acknowledge_file.name: acknowledge,
    WHOAMI[LGWAN_ASP, "mpn"].name: bank_is_there,
    INQUIRE.name: inquire,
    NOTIFY.name: notify,
    CANCEL_RECEIPT.name: cancel,
    NOTIFY_IN_BULK.name: notify_in_bulk,
    TELL_DAILY_TOTALS.name: tell_daily_totals,
}
