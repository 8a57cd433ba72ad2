"""What an upload is measured on: a centre as a process over TLS, a durable database, two wards."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psutil

from deploy.home import Home, write_private
from deploy.installation import BANKS, CATEGORY, INSTITUTION, MUNICIPALITY, Installation, free_ports
from deploy.mesh_plan import KEPT_VARIABLES, migrate
from deploy.pki import make_pki
from deploy.postgres import EmbeddedPostgres
from shared.files.billing import BillingHeader, BillingRecord, write_billing
from shared.files.codes import Proc
from shared.keys.payment_number import PaymentNumber, SlipType
from shared.kit.arrow import Arrow
from shared.kit.clock import ClockMode
from shared.kit.money import ZERO_YEN, Yen
from shared.kit.peer import PeerAddress, PeerClient, PeerNotDone, Timeouts
from shared.kit.standard_arrows import LogIn, MoveClock, PutUser
from shared.kit.tls import client_context
from shared.wire.billing_uploads import UPLOAD_BILLING
from shared.wire.doors import LOG_IN, OPERATOR_ARROWS, door_place
from tests.load.payeasy_floor import cpu_seconds_of

SERVICE = "lgwan_asp"
CHECKOUT = Path(__file__).resolve().parents[2]
OPERATOR = OPERATOR_ARROWS[SERVICE]
NUMBER, PASSWORD = "4711", "password-of-the-bench"
MONDAY, TUESDAY = date(2025, 6, 2), date(2025, 6, 3)
PATIENT = Timeouts(connect_seconds=3.0, read_seconds=900.0, pool_seconds=30.0)
START_SECONDS = 30.0
KIB = 1024
NAMES = ("ﾃｽﾄ ﾀﾛｳ", "ｶﾞｸﾀﾞ ﾊﾙｺ", "ﾜﾀﾅﾍﾞ ｼﾞﾛｳ", "ﾏﾂｵｶ ﾌﾐﾋﾟｺ")


@dataclass(frozen=True)
class Ward:
    """A municipality, its institution, and the key of its seals."""

    municipality: str
    institution: str
    tamper_key: bytes

    @property
    def terminal(self) -> str:
        """Return the name on its terminal's certificate."""
        return f"ward-{self.municipality}-terminal-01"

    def payment_number(self, key: int) -> str:
        """Return the payment number of its n-th bill: ten instalments for each notice."""
        notice, instalment = f"{key // 10:09d}", key % 10 + 1
        return PaymentNumber(SlipType.INSTALMENT, 2025, instalment, notice, 0).digits

    def upload(self, sequence: int, keys: range) -> bytes:
        """Write an upload that adds these bills."""
        header = BillingHeader(
            institution_number=self.institution,
            category="000",
            created_on=MONDAY,
            created_at_hhmmss="100000",
            file_sequence=sequence,
            effective_from=TUESDAY,
            institution_name_kana="ｼﾝｼﾞﾕｸｸ",
        )
        return write_billing(header, self._records(keys), self.tamper_key)

    def _records(self, keys: range) -> Iterator[BillingRecord]:
        for number, key in enumerate(keys, start=1):
            amount = Yen(1000 + key * 7 % 90_000)
            yield BillingRecord(
                proc=Proc.ADD,
                record_seq=number,
                institution_number=self.institution,
                payment_number=self.payment_number(key),
                confirmation_number=NUMBER,
                category=CATEGORY,
                amount_yen=amount,
                principal_yen=amount,
                late_charge_yen=ZERO_YEN,
                fee_yen=ZERO_YEN,
                due_date=date(2025, 6, 30),
                limit_date=date(2025, 8, 29),
                levy_year=2025,
                assessed_year=2025,
                instalment=key % 10 + 1,
                account_code="0001",
                notice_number=f"{key // 10:09d}",
                issue=0,
                slip_type=SlipType.INSTALMENT,
                payer_name_kana=NAMES[key % len(NAMES)],
                description_kana="ｺｸﾐﾝｹﾝｺｳﾎｹﾝﾘﾖｳ",
                effective_from=TUESDAY,
            )


@dataclass
class Stage:
    """The centre as a process, its database, and who calls it."""

    home: Home
    installation: Installation
    server: EmbeddedPostgres
    wards: tuple[Ward, ...]
    process: psutil.Process
    clients: dict[tuple[str, str], PeerClient] = field(default_factory=dict)

    def client(self, caller: str, door: str) -> PeerClient:
        """Return a caller's client at a door, over TLS and by the door's name."""
        if (caller, door) not in self.clients:
            self.clients[caller, door] = self._connect(caller, door)
        return self.clients[caller, door]

    def _connect(self, caller: str, door: str) -> PeerClient:
        place = door_place(SERVICE, door)
        files = self.home.certificate(place.network, caller)
        authority = self.home.authority(place.network)
        context = client_context(authority, files.certificate, files.key)
        address = PeerAddress(self.installation.address(place), place.server_name)
        return PeerClient.over_tls(address, context, PATIENT)

    async def operate(self, arrow: Arrow[Any, Any], body: Any = None, **places: object) -> Any:
        """Ask as the operator."""
        return await self.client("operator", "operator").ask(arrow, body, **places)

    async def move_to(self, instant: datetime) -> None:
        """Move the centre's clock, which stands still otherwise."""
        await self.operate(OPERATOR.move_clock, MoveClock(instant=instant, mode=ClockMode.FROZEN))

    async def apply(self) -> dict[str, int]:
        """Apply what is due."""
        counts = (await self.operate(OPERATOR.run_job, name="apply_billing_files")).counts
        return dict(counts)

    async def token(self, ward: Ward, purpose: str = "session") -> str:
        """Log a ward's terminal in."""
        body = LogIn(user_id=ward.terminal, password=PASSWORD, purpose=purpose)
        answer = await self.client(ward.terminal, "lgwan").ask(LOG_IN[SERVICE, "lgwan"], body)
        return str(answer.token)

    async def upload(self, ward: Ward, content: bytes) -> None:
        """Hand a file in, from a thread with a loop of its own: no bank waits for it here."""
        token = await self.token(ward)

        async def send() -> None:
            client = self._connect(ward.terminal, "lgwan")
            try:
                await client.ask(UPLOAD_BILLING, content, token=token)
            finally:
                await client.close()

        await asyncio.to_thread(asyncio.run, send())

    def cpu_seconds(self) -> tuple[float, float]:
        """Return what the centre and its database have used of the processors so far."""
        database = psutil.Process(self.server.pid).children(recursive=True)
        return cpu_seconds_of(self.process.pid), sum(cpu_seconds_of(p.pid) for p in database)

    def peak_mib(self) -> float:
        """Return the centre's peak resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) / KIB


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """Set everything up in a folder of its own, and leave nothing behind."""
    with tempfile.TemporaryDirectory(prefix="mesh-bench-") as folder:
        home = Home(Path(folder) / "home")
        installation = Installation(home).prepare(free_ports())
        wards = _two_wards(installation)
        server = EmbeddedPostgres(home, durable=True)
        await server.start()
        try:
            await server.ensure_service_databases([SERVICE])
            await asyncio.to_thread(migrate, server, SERVICE)
            centre = _start(installation, server)
            made = Stage(home, installation, server, wards, psutil.Process(centre.pid))
            try:
                await _let_in(made)
                yield made
            finally:
                for client in made.clients.values():
                    await client.close()
                centre.terminate()
                await asyncio.to_thread(centre.wait, START_SECONDS)
        finally:
            await server.stop()


def _two_wards(installation: Installation) -> tuple[Ward, Ward]:
    """Give the centre a second contract, and the second ward its certificates."""
    other = ("131059", "13105")
    make_pki(installation.home, (MUNICIPALITY, other[0]), BANKS)
    path = installation.home.secret(f"contracts-{SERVICE}.json")
    (contract,) = json.loads(path.read_text(encoding="utf-8"))
    second = contract | {"municipality": other[0], "institution_number": other[1]}
    write_private(path, json.dumps([contract, second], ensure_ascii=False).encode())
    key = bytes.fromhex(contract["tamper_key_hex"])
    return Ward(MUNICIPALITY, INSTITUTION, key), Ward(*other, key)


def _start(installation: Installation, server: EmbeddedPostgres) -> subprocess.Popen[bytes]:
    settings = installation.environment(SERVICE, server.database_url(SERVICE))
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    with installation.home.log(SERVICE).open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", f"services.{SERVICE}"],
            cwd=CHECKOUT,
            env=kept | settings,
            stdout=log,
            stderr=log,
        )


async def _let_in(made: Stage) -> None:
    """Wait until the centre answers, and give both terminals their users."""
    deadline = time.monotonic() + START_SECONDS
    for ward in made.wards:
        user = PutUser(
            door="lgwan", municipality=ward.municipality, roles=("terminal",), password=PASSWORD
        )
        while True:
            try:
                await made.operate(OPERATOR.put_user, user, user_id=ward.terminal)
                break
            except PeerNotDone:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.1)
