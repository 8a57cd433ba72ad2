"""A ward gateway over a fresh database, with two partners at the wire and staff at its door."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest_asyncio
from joserfc.jwk import ECKey
from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.installation import SAME_ROLE
from services.ward_gateway.app import create_app
from services.ward_gateway.jobs.registry import JOBS
from services.ward_gateway.jobs.upload import prepare_billing, send_released
from services.ward_gateway.resources import Resources, build_resources
from services.ward_gateway.settings import Settings, TerminalSettings
from services.ward_gateway.store import tables
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.release_upload import release_upload
from shared.files.choutei import Assessment, write_choutei
from shared.files.codes import DataType, Proc
from shared.files.mobile_regi_receipts import Receipt, ReceiptsHeader, write_receipts
from shared.keys.channels import Channel
from shared.keys.payment_number import SlipType
from shared.kit.clock import MeshClock
from shared.kit.jobs import run_job
from shared.kit.logins import User, put_user
from shared.kit.peer import PeerClient
from shared.kit.peer_names import Network
from shared.kit.service_settings import DoorSettings, PeerSettings
from shared.kit.standard_arrows import LogIn
from shared.wire import ward_intranet as wire
from shared.wire.doors import LOG_IN
from tests.integration.services.ward_gateway.partners import Partner, fresh_password
from tests.support.databases import as_written
from tests.support.network import TestNetwork

TOWN = "131041"
TAMPER_KEY = bytes(range(32))
CONTRACT = {
    "municipality": TOWN,
    "name_kana": "ｼﾝｼﾞﾕｸｸ",
    "maker_code": "912345",
    "company_code": "00001",
    "institution_number": "13104",
    "category": "341",
    "confirmation_key_hex": bytes(range(32)).hex(),
    "confirmation_digits": 4,
    "tamper_key_hex": TAMPER_KEY.hex(),
    "remitters": {
        "0000000001": "mobile_banking",
        "0000000002": "mobile_credit",
        "0000000003": "payeasy",
    },
    "slip_limit_days": 60,
    "slip_limit_latest_month_day": "05-15",
    "trustee_from": "2022-01-04",
    "pay_in_statements_from": {},
    "item_fees_yen": {"mobile_banking": 55},
    "debit_client_code": "0000131041",
}
STAFF = {
    "clerk": "staff-01",
    "second_clerk": "staff-02",
    "treasury": "treasury-01",
    "system": "ward-system-01",
    "supervisor": "supervisor-01",
}
SECOND_USER = "second_clerk-user"


class Killed(BaseException):
    """The process ended here."""


@dataclass
class Ward:
    """The ward under test, and the world around it."""

    resources: Resources
    engine: AsyncEngine
    network: TestNetwork
    provider: Partner
    centre: Partner
    clock: MeshClock
    folder: Path
    sealing_key: dict[str, Any]
    build: Callable[[], Resources]
    passwords: dict[str, str]
    tokens: dict[str, str] = field(default_factory=dict)

    async def run(self, job: str) -> dict[str, int]:
        """Run a job as the operator does; before an upload people do their part as every day."""
        before = {}
        if job == "upload_billing":
            before = await run_job(JOBS["prepare_billing"], self.resources, self.engine)
            await self.release()
        return {**before, **await run_job(JOBS[job], self.resources, self.engine)}

    async def release(self) -> None:
        """Let a second person release every file that waits for one."""
        opened = self.resources.open_unit_of_work
        async with opened() as work:
            waiting = await work.billing_uploads.unreleased()
        for one in waiting:
            await release_upload(
                opened, one.id, user_id=SECOND_USER, sha256=one.sha256, changes=True
            )

    async def upload(self, resources: Resources) -> dict[str, int]:
        """Prepare, release and send, in a process with these resources."""
        counts = dict(await prepare_billing(resources))
        await self.release()
        return {**counts, **await send_released(resources)}

    async def start_again(self) -> None:
        """Be a new process: nothing in memory is left, leftovers are finished."""
        self.resources = self.build()
        await self.resources.start()

    def dies(self, *, after_commits: int, before: bool = False) -> Resources:
        """Return resources of a process that ends right after (or right before) a commit."""
        left = [after_commits]

        class Dying(UnitOfWork):
            async def commit(self) -> None:
                if before and left[0] == 0:
                    raise Killed
                await super().commit()
                left[0] -= 1
                if not before and left[0] == 0:
                    raise Killed

        made = self.build()
        engine, clock = made.foundation.engine, made.foundation.clock
        return replace(made, open_unit_of_work=partial(Dying, engine, clock))

    async def rows(self, table: Table) -> list[Any]:
        """Return every row of a table."""
        async with self.engine.connect() as connection:
            return list((await connection.execute(as_written(table))).all())

    async def count(self, table: Table) -> int:
        """Count a table's rows."""
        async with self.engine.connect() as connection:
            return int((await connection.execute(select(func.count()).select_from(table))).scalar())

    async def exceptions(self) -> list[str]:
        """Return the codes of open exceptions."""
        rows = await self.rows(tables.EXCEPTIONS)
        return sorted(row.code for row in rows if row.state == "OPEN")

    def copies(self) -> list[Path]:
        """Return every temporary copy of both terminals."""
        return sorted(self.folder.glob("copies-*/*"))

    def staff(self, role: str) -> PeerClient:
        """Return the client of somebody's terminal."""
        return self.network.client(STAFF[role], "ward_gateway", "intranet", Network.INTRANET)

    async def token(self, role: str) -> str:
        """Log somebody in at the intranet door, once."""
        if role not in self.tokens:
            body = LogIn(user_id=f"{role}-user", password=self.passwords[role])
            answer = await self.staff(role).ask(LOG_IN["ward_gateway", "intranet"], body)
            self.tokens[role] = answer.token
        return self.tokens[role]

    async def ask(self, role: str, arrow: Any, question: Any = None, **more: Any) -> Any:
        """Ask at the intranet door as somebody of that role."""
        return await self.staff(role).ask(arrow, question, token=await self.token(role), **more)

    async def take(self, content: bytes, count: int, total_yen: int) -> Any:
        """Hand an assessments file in, with its totals."""
        query = {
            "record_count": count,
            "total_yen": total_yen,
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        return await self.ask("system", wire.TAKE_ASSESSMENTS, content, query=query)

    async def with_slips(self, *amounts: int) -> list[Any]:
        """Take claims of these amounts, issue their slips, and return the slips by notice."""
        rows = [claim(n, amount) for n, amount in enumerate(amounts, start=1)]
        await self.take(write_choutei(rows), len(rows), sum(amounts))
        await self.ask("clerk", wire.ISSUE_SLIPS, wire.IssueSlips(fiscal_year=2025))
        page = await self.ask("clerk", wire.LIST_SLIPS)
        return sorted(page.slips, key=lambda slip: slip.notice_number)

    def offer_receipts(
        self,
        number: int,
        *receipts: Receipt,
        channel: Channel = Channel.MOBILE_BANKING,
        **said: Any,
    ) -> Any:
        """Let a file of Mobile Regi receipts wait at the provider."""
        content = receipts_file(number, receipts)
        total = sum(receipt.amount_yen for receipt in receipts)
        kind = f"receipts_{channel}"
        return self.provider.offer(kind, number, content, len(receipts), total, **said)


def claim(number: int, amount: int, **more: Any) -> Assessment:
    """Return one well-made row of choutei.csv."""
    values = {
        "record_no": number,
        "proc": Proc.ADD,
        "fiscal_year": 2025,
        "assessed_year": 2025,
        "levy_year": 2025,
        "notice_number": f"{number:09d}",
        "history_number": 1,
        "instalment": 1,
        "account_code": "0001",
        "collection_method": 1,
        "payment_method": 1,
        "year_class": 1,
        "assessment_id": f"A-{number}",
        "correction_count": 0,
        "reason_code": "",
        "assessed_on": date(2025, 6, 2),
        "amount_yen": amount,
        "medical_yen": amount,
        "support_yen": 0,
        "care_yen": 0,
        "child_yen": 0,
        "late_charge_yen": 0,
        "fee_yen": 0,
        "due_date": date(2025, 6, 30),
        "limit_date": date(2025, 8, 29),
        "slip_type": SlipType.INSTALMENT,
        "issue": 0,
        "liable_person_id": f"P-{number}",
        "payer_name_kana": "ﾀﾛｳ",
        "name": "太郎",
        "postal_code": "",
        "address_1": "",
        "address_2": "",
    }
    return Assessment(**(values | more))


def receipt(
    slip: Any,
    kind: DataType = DataType.PRELIMINARY,
    *,
    paid: tuple[date, str] = (date(2025, 6, 10), "1234"),
    shop: str = "0000001",
    channel: Channel = Channel.MOBILE_BANKING,
    transfer_date: date | None = None,
) -> Receipt:
    """Return one data record about a slip (or about a bare barcode)."""
    cancelled = kind == DataType.CANCELLED
    return Receipt(
        data_type=kind,
        paid_on=paid[0],
        paid_at_hhmm=paid[1],
        barcode=slip if isinstance(slip, str) else slip.barcode,
        shop_code=shop,
        acquired_on=date(2025, 6, 11),
        transfer_date=transfer_date,
        booked_on=None,
        channel=channel,
        cancel_reason=3 if cancelled else None,
    )


def receipts_file(sequence: int, receipts: Any, company_code: str = "00001") -> bytes:
    """Write a day file of the provider."""
    header = ReceiptsHeader(date(2025, 6, 11), "00077", company_code, "ｼﾝｼﾞﾕｸｸ", sequence)
    return write_receipts(header, receipts)


def _terminal(folder: Path, name: str, partner: Partner) -> TerminalSettings:
    password_file = folder / f"{name}.password"
    password_file.write_text(partner.password + "\n")
    nothing = folder / "nothing"
    peer = PeerSettings(url="https://peer.test", server_name="peer.test", authority=nothing)
    return TerminalSettings(
        peer=peer,
        user_id="terminal-01",
        password_file=password_file,
        copies_folder=folder / f"copies-{name}",
    )


def _settings(folder: Path, provider: Partner, centre: Partner, jwk: dict[str, Any]) -> Settings:
    (folder / "contract.json").write_text(json.dumps(CONTRACT))
    (folder / "sealing.jwk").write_text(json.dumps(jwk))
    (folder / "token.key").write_bytes(b"k" * 32)
    door = DoorSettings(host="127.0.0.1", port=0, certificate=folder, key=folder)
    return Settings(
        database_url="postgresql+asyncpg://nobody@nowhere/nothing",
        token_key_file=folder / "token.key",
        contracts_file=folder / "contract.json",
        sandbox=True,
        sandbox_clock_start=datetime(2025, 6, 2, 1, 0, tzinfo=UTC),
        intranet=door,
        operator=door,
        leased_line_terminal=_terminal(folder, "leased_line", provider),
        lgwan_terminal=_terminal(folder, "lgwan", centre),
        sealing_key_file=folder / "sealing.jwk",
    )


@pytest_asyncio.fixture
async def ward(databases, clock, tmp_path) -> Ward:
    """A ward, its doors open, its staff known."""
    engine = await databases.engine("ward_gateway")
    network, provider, centre = TestNetwork(), Partner(fresh_password()), Partner(fresh_password())
    network.join_when_asked("payment_provider", "leased_line", provider.app)
    network.join_when_asked("lgwan_asp", "lgwan", centre.app)
    terminal = f"ward-{TOWN}-terminal-01"
    clients = {
        "leased_line": network.client(terminal, "payment_provider", "leased_line"),
        "lgwan": network.client(terminal, "lgwan_asp", "lgwan", Network.LGWAN),
    }
    key = ECKey.generate_key("P-256")
    settings = _settings(tmp_path, provider, centre, key.as_dict(private=True))
    build = partial(build_resources, settings, engine=engine, clock=clock, peer_clients=clients)
    resources = build()
    for door in ("intranet", "operator"):
        network.join_when_asked("ward_gateway", door, partial(create_app, resources, door))
    passwords = {role: fresh_password() for role in STAFF}
    for role, password in passwords.items():
        granted = frozenset({SAME_ROLE.get(role, role)})
        user = User(f"{role}-user", "intranet", TOWN, granted)
        await put_user(engine, tables.FOUNDATION.users, user, password)
    public = key.as_dict(private=False)
    return Ward(
        resources,
        engine,
        network,
        provider,
        centre,
        clock,
        tmp_path,
        public,
        build,
        passwords,
    )
