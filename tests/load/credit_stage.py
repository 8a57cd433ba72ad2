"""What the card payments are measured on: a durable PostgreSQL, provider, card agent and floor.

Real processes with the settings of an installation, in a folder of its own that is left empty.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import psutil

from deploy.home import Home
from deploy.installation import LOOPBACK, Installation, free_ports
from deploy.postgres import EmbeddedPostgres
from deploy.service_databases import runtime_role
from services.card_agent.store import migrations as agent_migrations
from services.payment_provider.store import migrations as provider_migrations
from shared.kit.peer_names import Network
from shared.kit.tls import client_context
from shared.wire.doors import CARD_AGENT, PAYMENT_PROVIDER, door_place
from tests.load.credit_floor import PREFIX, SCHEMA
from tests.load.lines import Line, Listener

CHECKOUT = Path(__file__).resolve().parents[2]
START_SECONDS, STOP_SECONDS = 60.0, 30.0
CARDS_IN_MEMORY = 200_000
_MIGRATIONS: Mapping[str, ModuleType] = {
    PAYMENT_PROVIDER: provider_migrations,
    CARD_AGENT: agent_migrations,
}
_ONE_ADDRESS = ("PAYMENT_PROVIDER_SLIP_READINGS_PER_MINUTE", "CARD_AGENT_CARD_TOKENS_PER_MINUTE")
"""Left out of the settings: the demo lives at one address, these payers at many."""


@dataclass(frozen=True)
class Side:
    """One half of a comparison: whom the payers ask, and the processes that then work."""

    name: str
    payers: Listener
    processes: Mapping[str, psutil.Process]

    def cpu_seconds(self) -> dict[str, float]:
        """Return what each of its processes has used of the processors so far."""
        return {name: _cpu_seconds(each) for name, each in self.processes.items()}


@dataclass
class Stage:
    """What runs, and how to reach it."""

    home: Home
    server: EmbeddedPostgres
    installation: Installation
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(
        self, name: str, command: list[str], environment: Mapping[str, str]
    ) -> psutil.Process:
        """Start a process; its output goes to the home's logs."""
        with self.home.log(f"bench-{name}").open("wb") as log:
            process = subprocess.Popen(
                command, cwd=CHECKOUT, env={**os.environ, **environment}, stdout=log, stderr=log
            )
        self.started.append(process)
        return psutil.Process(process.pid)

    def log_end(self) -> str:
        """Return the last lines that each process wrote."""
        logs = sorted(self.home.log("x").parent.glob("bench-*"))
        return "\n".join(f"{log.name}: {log.read_text()[-2000:]}" for log in logs)

    def database_cpu_seconds(self) -> float:
        """Return what the database's processes have used so far, those that have ended too."""
        assert self.server.pid is not None, "the database runs"
        root = psutil.Process(self.server.pid)
        living = sum(_cpu_seconds(each) for each in (root, *root.children(recursive=True)))
        times = root.cpu_times()
        return float(living + times.children_user + times.children_system)

    def public(self, service: str) -> Listener:
        """Return a service's payers' door, as an app reaches it."""
        place = door_place(service, "payers")
        context = client_context(self.home.authority(Network.PUBLIC))
        port = self.installation.ports[f"{service}.payers"]
        return Listener(port, context, place.server_name)

    def leased_line(self) -> Listener:
        """Return the card agent's leased line, as the provider reaches it."""
        place = door_place(CARD_AGENT, "leased_line")
        files = self.home.certificate(Network.LEASED_LINE, "payment-provider-caller")
        authority = self.home.authority(Network.LEASED_LINE)
        context = client_context(authority, files.certificate, files.key)
        port = self.installation.ports[f"{CARD_AGENT}.leased_line"]
        return Listener(port, context, place.server_name)

    async def count(self, service: str, query: str) -> int:
        """Return the number that a query finds in a service's books."""
        async with self.server.connection(service) as connection:
            return int(await connection.fetchval(query))

    async def durability(self) -> dict[str, str]:
        """Return how the database keeps what was committed."""
        async with self.server.connection() as connection:
            names = ("fsync", "synchronous_commit", "full_page_writes", "server_version")
            return {name: str(await connection.fetchval(f"SHOW {name}")) for name in names}


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """Set database and certificates up, and leave nothing behind."""
    with tempfile.TemporaryDirectory(prefix="mesh-bench-") as folder:
        home = Home(Path(folder) / "home").prepare()
        installation = Installation(home).prepare(free_ports())
        server = EmbeddedPostgres(home, durable=True)
        made = Stage(home, server, installation)
        try:
            await server.start()
            await server.ensure_service_databases(list(_MIGRATIONS))
            for service, migrations in _MIGRATIONS.items():
                url = server.owner_database_url(service)
                await asyncio.to_thread(migrations.upgrade, url, runtime_role(service))
            yield made
        finally:
            await asyncio.to_thread(_stop, made.started)
            await server.stop()
            home.reset()


async def start_mesh(made: Stage, *services: str) -> Side:
    """Start the services in sandbox mode, with the limits per address that they have by default."""
    processes = {}
    for service in services:
        url = made.server.database_url(service)
        told = made.installation.environment(service, url)
        kept = {name: value for name, value in told.items() if name not in _ONE_ADDRESS}
        if service == CARD_AGENT:
            kept["CARD_AGENT_CARDS_IN_MEMORY"] = str(CARDS_IN_MEMORY)
        command = [sys.executable, "-m", f"services.{service}"]
        processes[service] = made.start(service, command, kept)
    for service in services:
        await until_it_listens(made, made.public(service))
    return Side("mesh", made.public(services[0]), processes)


async def start_floor(made: Stage) -> Side:
    """Start the two floor servers, with the certificates of the services beside them."""
    ports = free_ports()
    places = {
        "agent": (door_place(CARD_AGENT, "leased_line"), ports[f"{CARD_AGENT}.leased_line"]),
        "provider": (door_place(PAYMENT_PROVIDER, "payers"), ports[f"{PAYMENT_PROVIDER}.payers"]),
    }
    to_agent = made.home.certificate(Network.LEASED_LINE, "payment-provider-caller")
    peer = {
        "PEER_URL": f"https://{LOOPBACK}:{places['agent'][1]}",
        "PEER_NAME": places["agent"][0].server_name,
        "PEER_AUTHORITY": str(made.home.authority(Network.LEASED_LINE)),
        "PEER_CERTIFICATE": str(to_agent.certificate),
        "PEER_KEY": str(to_agent.key),
    }
    processes = {}
    for role, (place, port) in places.items():
        files = made.home.certificate(place.network, place.service.replace("_", "-"))
        url = made.server.owner_database_url(place.service)
        async with made.server.connection(place.service, f"{place.service}_owner") as connection:
            await connection.execute(SCHEMA[place.service])
        told = peer | {
            "DATABASE_URL": url,
            "PORT": str(port),
            "CERTIFICATE": str(files.certificate),
            "KEY": str(files.key),
            "CLIENT_AUTHORITY": str(made.home.authority(place.network)) if place.mutual else "",
        }
        command = [sys.executable, "-m", "tests.load.credit_floor", role]
        environment = {f"{PREFIX}{name}": value for name, value in told.items()}
        processes[place.service] = made.start(f"floor-{role}", command, environment)
    public = made.public(PAYMENT_PROVIDER)
    there = Listener(places["provider"][1], public.context, public.server_name)
    await until_it_listens(made, there)
    leased = made.leased_line()
    await until_it_listens(made, Listener(places["agent"][1], leased.context, leased.server_name))
    return Side("floor", there, processes)


async def until_it_listens(made: Stage, there: Listener) -> None:
    """Wait for somebody to listen; what ends before that is told with its last words."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            (await Line.open(there)).close()
        except OSError as error:
            ended = any(process.poll() is not None for process in made.started)
            if ended or time.monotonic() > deadline:
                raise RuntimeError(f"nobody listens:\n{made.log_end()}") from error
            await asyncio.sleep(0.1)
        else:
            return


def _stop(started: list[subprocess.Popen[bytes]]) -> None:
    for process in started:
        process.terminate()
    for process in started:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _cpu_seconds(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0
