"""The centre in one process: three doors, two wards, some banks, and billing files to hand in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial

import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import text

from services.lgwan_asp.app import create_app
from services.lgwan_asp.resources import Resources, build_resources
from services.lgwan_asp.settings import Settings
from shared.files.billing import BillingHeader, BillingRecord, write_billing
from shared.files.billing_results import BillingResult, load_billing_results
from shared.files.centre_receipts import CentreReceipt, load_centre_receipts
from shared.files.codes import Proc
from shared.keys.payment_number import PaymentNumber, SlipType, confirmation_number
from shared.kit.clock import MeshClock, tokyo_time
from shared.kit.logins import User, put_user
from shared.kit.money import ZERO_YEN, Yen
from shared.kit.peer import PeerClient
from shared.kit.peer_names import Network
from shared.kit.standard_arrows import LogIn
from shared.wire.billing_uploads import READ_BILLING_FILE, UPLOAD_BILLING, BillingFileState
from shared.wire.doors import LOG_IN, OPERATOR_ARROWS
from shared.wire.file_collection import (
    AT_CENTRE,
    BILLING_RESULT,
    RECEIPTS_PAYEASY,
    AcknowledgeFile,
    FileListed,
)
from shared.wire.payeasy import (
    CANCEL_RECEIPT,
    INQUIRE,
    NOTIFY,
    CancelReceipt,
    Inquire,
    InquiryAnswer,
    Notify,
)
from tests.support.network import TestNetwork

SERVICE = "lgwan_asp"
PASSWORD = "terminal-password-1"
CONFIRMATION_KEY = bytes(range(32))
DOOR = {
    "host": "127.0.0.1",
    "port": 0,
    "certificate": "unused.pem",
    "key": "unused.key",
}


@dataclass(frozen=True)
class Ward:
    """A municipality as the tests know it."""

    municipality: str
    institution: str
    tamper_key: bytes
    banks: tuple[str, ...]

    def contract(self) -> dict[str, object]:
        return {
            "municipality": self.municipality,
            "institution_number": self.institution,
            "category": "341",
            "institution_name_kana": "ﾃｽﾄｸ",
            "tamper_key_hex": self.tamper_key.hex(),
            "appointed_banks": list(self.banks),
            "payin_business_days": 2,
            "inquiry_session_minutes": 10,
            "cutoff": "17:00",
            "effective_time": "07:00",
        }


WARD_A = Ward("131041", "13104", b"a" * 32, ("0001", "0002"))
WARD_B = Ward("131059", "13105", b"b" * 32, ("0001",))


@dataclass(frozen=True)
class Slip:
    """One bill as the ward sends it; payment number and confirmation number follow from it."""

    notice: int = 1
    instalment: int = 1
    issue: int = 0
    amount_yen: int = 12_300
    ward: Ward = WARD_A
    limit_date: date = date(2025, 8, 29)
    effective_from: date = date(2025, 6, 3)

    @property
    def payment_number(self) -> str:
        notice = f"{self.notice:09d}"
        return PaymentNumber(SlipType.INSTALMENT, 2025, self.instalment, notice, self.issue).digits

    @property
    def confirmation_number(self) -> str:
        return confirmation_number(CONFIRMATION_KEY, self.payment_number)

    def record(self, proc: Proc = Proc.ADD, reason: int | None = None) -> BillingRecord:
        return BillingRecord(
            proc=proc,
            record_seq=1,
            institution_number=self.ward.institution,
            payment_number=self.payment_number,
            confirmation_number=self.confirmation_number,
            category="341",
            amount_yen=Yen(self.amount_yen),
            principal_yen=Yen(self.amount_yen),
            late_charge_yen=ZERO_YEN,
            fee_yen=ZERO_YEN,
            due_date=date(2025, 6, 30),
            limit_date=self.limit_date,
            levy_year=2025,
            assessed_year=2025,
            instalment=self.instalment,
            account_code="0001",
            notice_number=f"{self.notice:09d}",
            issue=self.issue,
            slip_type=SlipType.INSTALMENT,
            payer_name_kana="ﾃｽﾄ ﾀﾛｳ",
            description_kana="ｺｸﾐﾝｹﾝｺｳﾎｹﾝﾘﾖｳ",
            effective_from=self.effective_from,
            delete_reason=reason,
        )


def billing_file(
    records: Sequence[BillingRecord], sequence: int = 1, ward: Ward = WARD_A, key: bytes = b""
) -> bytes:
    """Write an upload; records are numbered anew."""
    header = BillingHeader(
        institution_number=ward.institution,
        category="000",
        created_on=date(2025, 6, 2),
        created_at_hhmmss="100000",
        file_sequence=sequence,
        effective_from=date(2025, 6, 3),
        institution_name_kana="ﾃｽﾄｸ",
    )
    numbered = [_numbered(record, n) for n, record in enumerate(records, start=1)]
    return write_billing(header, numbered, key or ward.tamper_key)


def _numbered(record: BillingRecord, number: int) -> BillingRecord:
    values = {name: getattr(record, name) for name in record.__dataclass_fields__}
    return BillingRecord(**(values | {"record_seq": number}))


@dataclass
class Centre:
    """The centre's doors, and the callers who stand before them."""

    resources: Resources
    clock: MeshClock
    net: TestNetwork
    tokens: dict[tuple[str, str], str] = field(default_factory=dict)

    def at(self, day: date, hour: int = 10, minute: int = 0) -> None:
        """Move business time (never backwards: a test would lie)."""
        instant = tokyo_time(day, hour, minute)
        assert instant >= self.clock.instant
        self.clock.instant = instant

    def terminal(self, ward: Ward = WARD_A) -> PeerClient:
        name = f"ward-{ward.municipality}-terminal-01"
        return self.net.client(name, SERVICE, "lgwan", Network.LGWAN)

    def bank(self, code: str = "0001") -> PeerClient:
        return self.net.client(f"bank-{code}", SERVICE, "mpn", Network.MPN)

    def operator(self) -> PeerClient:
        return self.net.client("operator", SERVICE, "operator", Network.OPERATOR)

    async def token(self, ward: Ward = WARD_A, purpose: str = "session") -> str:
        if (ward.municipality, purpose) not in self.tokens:
            body = LogIn(
                user_id=f"terminal-{ward.municipality}", password=PASSWORD, purpose=purpose
            )
            answer = await self.terminal(ward).ask(LOG_IN[SERVICE, "lgwan"], body)
            self.tokens[ward.municipality, purpose] = answer.token
        return self.tokens[ward.municipality, purpose]

    async def upload(self, content: bytes, ward: Ward = WARD_A) -> BillingFileState:
        token = await self.token(ward)
        return await self.terminal(ward).ask(UPLOAD_BILLING, content, token=token)

    async def billing_state(self, sequence: int, ward: Ward = WARD_A) -> BillingFileState:
        return await self.terminal(ward).ask(
            READ_BILLING_FILE,
            token=await self.token(ward),
            institution_number=ward.institution,
            file_sequence=sequence,
        )

    async def run(self, job: str) -> dict[str, int]:
        arrow = OPERATOR_ARROWS[SERVICE].run_job
        return (await self.operator().ask(arrow, name=job)).counts

    async def publish(self, *slips: Slip, sequence: int = 1, ward: Ward = WARD_A) -> None:
        """Upload adds on a business day, apply them at the cut-off, stand at 10:00 next day."""
        await self.upload(billing_file([s.record() for s in slips], sequence, ward), ward)
        day = self.clock.today()
        self.at(day, 18)
        await self.run("apply_billing_files")
        self.at(day + timedelta(days=1))

    async def inquire(self, slip: Slip, bank: str = "0001", **more: str) -> InquiryAnswer:
        values = {
            "institution_number": slip.ward.institution,
            "payment_number": slip.payment_number,
            "confirmation_number": slip.confirmation_number,
            "category": "341",
            "bank_code": bank,
            "branch_code": "001",
            "medium": "01",
            "trace_number": "T1",
        }
        question = Inquire(**(values | more), requested_at=self.clock.now())
        return await self.bank(bank).ask(INQUIRE, question)

    def notification(
        self, answer: InquiryAnswer, number: str = "R1", bank: str = "0001", **more: object
    ) -> Notify:
        values = {
            "session_id": answer.session_id,
            "bank_code": bank,
            "branch_code": "001",
            "trace_number": "T1",
            "receipt_number": number,
            "amount_yen": answer.amount_yen,
            "paid_at": self.clock.now(),
            "medium": "01",
        }
        return Notify(**(values | more))

    async def notify(self, question: Notify) -> str:
        return (await self.bank(question.bank_code).ask(NOTIFY, question)).result

    async def pay(self, slip: Slip, number: str = "R1", bank: str = "0001") -> None:
        """Inquire and notify; both must end 00."""
        answer = await self.inquire(slip, bank)
        assert answer.result == "00"
        assert await self.notify(self.notification(answer, number, bank)) == "00"

    async def cancel(
        self, number: str = "R1", bank: str = "0001", on: date | None = None, reason: int = 1
    ) -> str:
        question = CancelReceipt(
            bank_code=bank,
            receipt_number=number,
            paid_on=on or self.clock.today(),
            reason=reason,
        )
        return (await self.bank(bank).ask(CANCEL_RECEIPT, question)).result

    async def files(self, ward: Ward = WARD_A) -> list[FileListed]:
        token = await self.token(ward)
        return list((await self.terminal(ward).ask(AT_CENTRE.list_files, token=token)).files)

    async def collect(self, file: FileListed, ward: Ward = WARD_A) -> bytes:
        token = await self.token(ward, "reception")
        return await self.terminal(ward).fetch(
            AT_CENTRE.collect_file, token=token, file_id=file.file_id
        )

    async def acknowledge(self, file: FileListed, ward: Ward = WARD_A, **more: str) -> datetime:
        body = AcknowledgeFile(**({"file_id": file.file_id, "sha256": file.sha256} | more))
        answer = await self.terminal(ward).ask(
            AT_CENTRE.acknowledge_file,
            body,
            token=await self.token(ward),
            file_id=file.file_id,
        )
        return answer.acknowledged_at

    async def results(self, ward: Ward = WARD_A) -> list[BillingResult]:
        """Collect and acknowledge the one result file that waits."""
        (file,) = [f for f in await self.files(ward) if f.kind == BILLING_RESULT]
        loaded = load_billing_results(await self.collect(file, ward))
        assert loaded.problems == []
        await self.acknowledge(file, ward)
        return loaded.records

    async def receipts(self, ward: Ward = WARD_A) -> list[CentreReceipt]:
        """Collect and acknowledge every receipts file that waits, oldest first."""
        found = []
        for file in await self.files(ward):
            if file.kind != RECEIPTS_PAYEASY:
                continue
            content = await self.collect(file, ward)
            loaded = load_centre_receipts(content, ward.tamper_key)
            assert loaded.problems == []
            assert loaded.header is not None
            assert loaded.header.file_sequence == file.sequence
            await self.acknowledge(file, ward)
            found += loaded.records
        return found

    async def rows(self, query: str) -> list[tuple]:
        """Look into the books directly."""
        async with self.resources.foundation.engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(query))]


@pytest.fixture
def settings(tmp_path) -> Settings:
    contracts = tmp_path / "contracts.json"
    contracts.write_text(json.dumps([WARD_A.contract(), WARD_B.contract()]), encoding="utf-8")
    key = tmp_path / "token.key"
    key.write_bytes(b"k" * 32)
    return Settings(
        database_url=SecretStr("postgresql+asyncpg://unused"),
        token_key_file=key,
        contracts_file=contracts,
        sandbox=True,
        lgwan=DOOR,
        mpn=DOOR,
        operator=DOOR,
    )


@pytest_asyncio.fixture
async def centre(databases, settings, clock) -> Centre:
    engine = await databases.engine(SERVICE)
    resources = build_resources(settings, engine=engine, clock=clock)
    net = TestNetwork()
    for door in ("lgwan", "mpn", "operator"):
        net.join_when_asked(SERVICE, door, partial(create_app, resources, door))
    for ward in (WARD_A, WARD_B):
        user = User(
            f"terminal-{ward.municipality}", "lgwan", ward.municipality, frozenset({"terminal"})
        )
        await put_user(engine, resources.foundation.tables.users, user, PASSWORD)
    return Centre(resources, clock, net)
