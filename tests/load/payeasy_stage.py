"""Where telegrams are measured: a durable PostgreSQL full of keys, a real centre, and its floor.

Also the least client that will do: a line is one TLS connection of one payer's bank.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from deploy.home import Home
from deploy.installation import (
    CATEGORY,
    INSTITUTION,
    LOOPBACK,
    MUNICIPALITY,
    Installation,
    free_ports,
)
from deploy.postgres import EmbeddedPostgres
from deploy.service_databases import runtime_role
from services.lgwan_asp.store import migrations
from services.lgwan_asp.store.tables import BILLS
from shared.kit.peer_names import Network
from shared.kit.tls import client_context
from shared.wire.doors import door_place
from tests.load.payeasy_telegrams_floor import PREFIX, SCHEMA

SERVICE, BANK = "lgwan_asp", "0001"
CHECKOUT = Path(__file__).resolve().parents[2]
NUMBER = "4711"
START_SECONDS = 30.0
# The file that the keys came by, and the keys: how they come is another measurement.
FILE = """
INSERT INTO billing_files (id, state, municipality, institution_number, file_sequence, sha256,
  record_count, total_yen, received_at)
VALUES (gen_random_uuid(), 'APPLIED', $1, $2, 1, '', $3, 0, now()) RETURNING id
"""
KEYS_OF_BILLS = {
    "institution_number": "$1",
    "payment_number": "'1' || lpad(n::text, 17, '0')",
    "category": "$2",
    "municipality": "$3",
    "confirmation_number": f"'{NUMBER}'",
    "amount_yen": "12300",
    "principal_yen": "12300",
    "late_charge_yen": "0",
    "fee_yen": "0",
    "due_date": "date '2099-06-30'",
    "limit_date": "date '2099-08-29'",
    "levy_year": "2025",
    "assessed_year": "2025",
    "instalment": "n % 10 + 1",
    "account_code": "'0001'",
    "notice_number": "lpad((n / 10)::text, 9, '0')",
    "issue": "0",
    "slip_type": "1",
    "payer_name_kana": "'ﾃｽﾄ ﾀﾛｳ'",
    "description_kana": "'ｺｸﾐﾝｹﾝｺｳﾎｹﾝﾘﾖｳ'",
    "effective_on": "date '2020-04-01'",
    "file_id": "$4",
    "record_seq": "n",
}


class WrongAnswerError(RuntimeError):
    """A telegram did not end 00: whatever was measured is worth nothing."""


@dataclass(frozen=True)
class Place:
    """A server to ask: its name in the table, its port."""

    name: str
    port: int
    process: psutil.Process

    @property
    def cpu_seconds(self) -> float:
        """Return what its process has used of the processors so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)


@dataclass
class Line:
    """One payer's bank line: a TLS connection that is kept, and as little client as will do."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def open(cls, port: int, context: ssl.SSLContext) -> Line:
        """Connect, demanding the centre's name."""
        name = door_place(SERVICE, "mpn").server_name
        return cls(
            *await asyncio.open_connection(LOOPBACK, port, ssl=context, server_hostname=name)
        )

    async def ask(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Post a telegram and return its answer; WrongAnswerError unless it is 200 and 00."""
        content = json.dumps(body).encode()
        self.writer.write(
            b"POST %s HTTP/1.1\r\nhost: centre\r\ncontent-type: application/json\r\n"
            b"content-length: %d\r\n\r\n%s" % (path.encode(), len(content), content)
        )
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        _, _, rest = head.partition(b"content-length: ")
        answer = await self.reader.readexactly(int(rest.partition(b"\r\n")[0]))
        if not head.startswith(b"http/1.1 200 "):
            raise WrongAnswerError(answer.decode())
        parsed: dict[str, Any] = json.loads(answer)
        if parsed["result"] != "00":
            raise WrongAnswerError(answer.decode())
        return parsed


async def fill(server: EmbeddedPostgres, keys: int) -> None:
    """Make the bills of a year and more, all of them payable now, and let PostgreSQL settle."""
    columns = {name: value for name, value in KEYS_OF_BILLS.items() if name in BILLS.c}
    names, values = ", ".join(columns), ", ".join(columns.values())
    async with server.connection(SERVICE) as connection:
        file_id = await connection.fetchval(FILE, MUNICIPALITY, INSTITUTION, keys)
        casts = values.replace("$1", "$1::text").replace("$2", "$2::text")
        casts = casts.replace("$3", "$3::text").replace("$4", "$4::uuid")
        statement = f"INSERT INTO bills ({names}) SELECT {casts} FROM generate_series(1, {keys}) n"  # noqa: S608
        await connection.execute(statement, INSTITUTION, CATEGORY, MUNICIPALITY, file_id)
        await connection.execute(SCHEMA)
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")


@dataclass
class Stage:
    """A durable database, the centre and the floor as processes, and a bank's certificate."""

    home: Home
    server: EmbeddedPostgres
    installation: Installation
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, module: str, environment: Mapping[str, str]) -> psutil.Process:
        """Start one server; its output goes to the home's logs."""
        log = self.home.log(f"bench-{len(self.processes)}").open("wb")
        command = [sys.executable, "-m", module]
        self.processes.append(
            subprocess.Popen(
                command, cwd=CHECKOUT, env={**os.environ, **environment}, stdout=log, stderr=log
            )
        )
        return psutil.Process(self.processes[-1].pid)

    def bank(self) -> ssl.SSLContext:
        """Return a bank's TLS context."""
        files = self.home.certificate(Network.MPN, f"bank-{BANK}")
        return client_context(self.home.authority(Network.MPN), files.certificate, files.key)


@asynccontextmanager
async def stage(keys: int) -> AsyncIterator[tuple[Stage, list[Place]]]:
    """Set everything up in a folder of its own, and leave nothing behind."""
    with tempfile.TemporaryDirectory(prefix="mesh-bench-") as folder:
        home = Home(Path(folder) / "home").prepare()
        installation = Installation(home).prepare(free_ports())
        server = EmbeddedPostgres(home, durable=True)
        made = Stage(home, server, installation)
        try:
            await server.start()
            await server.ensure_service_databases([SERVICE])
            url = server.owner_database_url(SERVICE)
            await asyncio.to_thread(migrations.upgrade, url, runtime_role(SERVICE))
            await fill(server, keys)
            yield made, await _start_servers(made)
        finally:
            for process in made.processes:
                process.terminate()
            for process in made.processes:
                await asyncio.to_thread(process.wait, 30)
            await server.stop()


async def _start_servers(made: Stage) -> list[Place]:
    """Start the centre, outside of sandbox mode, and the floor with the centre's certificate."""
    ports, floor_port = made.installation.ports, free_ports()["card_agent.payers"]
    environment = made.installation.environment(SERVICE, made.server.database_url(SERVICE))
    kept = {k: v for k, v in environment.items() if not k.startswith("LGWAN_ASP_SANDBOX")}
    centre = made.start(f"services.{SERVICE}", kept)
    door = {name: kept[f"LGWAN_ASP_MPN__{name}"] for name in ("CERTIFICATE", "KEY")}
    door["AUTHORITY"] = kept["LGWAN_ASP_MPN__CLIENT_AUTHORITY"]
    door |= {"PORT": str(floor_port), "DATABASE_URL": made.server.owner_database_url(SERVICE)}
    rights = f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {SERVICE}_owner"
    async with made.server.connection(SERVICE) as connection:
        await connection.execute(rights)
    floor = made.start(
        "tests.load.payeasy_telegrams_floor",
        {f"{PREFIX}{name}": value for name, value in door.items()},
    )
    places = [
        Place("floor", floor_port, floor),
        Place("centre", ports[f"{SERVICE}.mpn"], centre),
    ]
    for place in places:
        await _until_it_listens(place, made)
    return places


async def _until_it_listens(place: Place, made: Stage) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            line = await Line.open(place.port, made.bank())
        except OSError:
            if time.monotonic() > deadline or any(p.poll() is not None for p in made.processes):
                raise
            await asyncio.sleep(0.1)
        else:
            line.writer.close()
            return
