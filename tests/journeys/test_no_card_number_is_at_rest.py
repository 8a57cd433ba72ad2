"""A real mesh takes every reserved card number; afterwards none of them is in any row or file.

First it is shown that the search finds a number planted in each place (DESIGN rule 15).
"""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.connections import access_to
from deploy.home import Home
from deploy.installation import MUNICIPALITY, Installation, free_ports
from deploy.postgres import EmbeddedPostgres
from deploy.processes import ProcessBook, stop_processes
from services.card_agent.domain.network_books import RESERVED_NUMBERS
from shared.kit.peer import PeerRefused
from shared.wire.card_authorisations import DECLINE_CODES
from shared.wire.card_tokens import MAKE_CARD_TOKEN, SCENARIO_HEADER, MakeCardToken
from shared.wire.doors import SERVICES
from shared.wire.mobile_payments import READ_SLIP
from simulation import cards
from simulation.books import Books
from simulation.payers import Attempt, Payers
from tests.support.searches import Search, spellings
from tests.unit.deploy.command_line import CommandLine

CHECKOUT = Path(__file__).resolve().parents[2]
PLANTED = "4000001234567899"  # no card of the sandbox; its check digit is right
MISTYPED = "4111111111111112"
LAST_DAY = "2025-06-13"
BULK = 100_000  # bytes around a planted number: enough for PostgreSQL to compress the value


@dataclass
class Installed:
    """A mesh of real processes, and where all of it is kept."""

    home: Home
    command: CommandLine
    server: EmbeddedPostgres
    ends: dict[str, str] = field(default_factory=dict)

    @property
    def folders(self) -> list[Path]:
        """Everything at rest: the home, and the database's own folder, wherever it stands."""
        return [self.home.path, *self.server.place.external]

    def find(self, *numbers: str) -> dict[str, set[str]]:
        """Return every place in which one of the numbers stands."""
        search = Search(numbers)
        places = {str(path): held for path, held in search.files(self.folders).items()}
        places |= asyncio.run(search.databases(self.server))
        return {place: held for place, held in places.items() if held}


@pytest.fixture
def installed(tmp_path) -> Iterator[Installed]:
    """A mesh that is up, with a small ward and its slips."""
    home = Home(tmp_path / "home")
    Installation(home).prepare(free_ports())
    arguments = [sys.executable, "-m", "deploy.cli", "up", "--home", str(home.path), "--json"]
    started = subprocess.run(arguments, cwd=CHECKOUT, capture_output=True, check=False)
    server = EmbeddedPostgres(home)
    try:
        assert started.returncode == 0, started.stderr.decode()[-3000:]
        asyncio.run(server.start())  # it runs: this only finds where
        yield Installed(home, CommandLine(home.path), server)
    finally:
        living = [record for record in ProcessBook(home).records() if record.is_alive]
        stop_processes(home, living)
        home.reset()


def slips(mesh: Installed, at_least: int) -> list[dict[str, Any]]:
    """Make a ward with so many slips that have a barcode."""
    mesh.command.json("ward", "--households", "8", "--seed", "7")
    found = [s for s in mesh.command.json("slips", "--unpaid") if s["barcode"]]
    assert len(found) >= at_least
    return found


async def use_every_number(mesh: Installed, unpaid: list[dict[str, Any]]) -> None:
    """Pay one slip with each reserved number, and let numbers go astray in every way we know."""
    access = access_to(Installation(mesh.home))
    books = Books(mesh.home.path / "outside.sqlite")
    payers = Payers(access, books)
    at = datetime.fromisoformat("2025-06-02T10:00:00+09:00")
    for slip, number in zip(unpaid, RESERVED_NUMBERS, strict=False):
        attempt = Attempt(slip["barcode"], slip["amount_yen"], at, cards.TestCard(number))
        view = await payers.pay(attempt)
        mesh.ends[number] = view.reason or view.state
    await go_astray(access)
    books.close()
    await access.close()


async def go_astray(access: Any) -> None:
    """Send numbers where they do not belong; each time the answer repeats nothing."""
    number = next(iter(RESERVED_NUMBERS))
    card = {
        "municipality": MUNICIPALITY,
        "amount_yen": 1000,
        "card_number": number,
        "expiry_year": 2029,
        "expiry_month": 12,
    }
    agent, provider = access.at(None, MAKE_CARD_TOKEN), access.at(None, READ_SLIP)
    wrong = MakeCardToken.model_validate(card | {"card_number": MISTYPED})
    with pytest.raises(PeerRefused, match="card_number_invalid"):
        await agent.ask(MAKE_CARD_TOKEN, wrong)
    astray = [
        (agent, "POST", "/card-tokens", {"json": card | {"municipality": number}}),
        (agent, "POST", "/card-tokens", {"json": card | {number: number}}),
        (agent, "POST", "/card-tokens", {"content": f'{{"card_number": "{number}"'}),
        (agent, "POST", "/card-tokens", {"json": card, "headers": {SCENARIO_HEADER: number}}),
        (agent, "GET", f"/{number}", {"headers": {"correlation-id": number}}),
        (agent, "GET", f"/whoami?card={number}", {}),
        (provider, "POST", "/slip-readings", {"json": {"barcode": number}}),
        (provider, "POST", "/slip-readings", {"json": {"barcode": number, "card": number}}),
        (provider, "POST", "/credit-payments", {"json": {"card_token": number}}),
        (provider, "GET", f"/payments/{number}", {}),
    ]
    for client, method, path, how in astray:
        extensions = {"sni_hostname": client.address.server_name}
        answer = await client.http.request(
            method, client.address.url + path, extensions=extensions, **how
        )
        assert number not in answer.text, path


async def plant_in_databases(server: EmbeddedPostgres) -> set[str]:
    """Put a number into each service's database: as text, in JSON, and in a compressed file."""
    content = b"x" * BULK + PLANTED.encode() + b"y" * BULK
    for service in SERVICES:
        async with server.connection(service) as connection:
            await connection.execute("CREATE TABLE planted (a text, b jsonb, c bytea)")
            text, json_text = "card " + PLANTED, json.dumps({"of": [PLANTED]})
            rows = [(text, None, None), (None, json_text, None), (None, None, content)]
            await connection.executemany("INSERT INTO planted VALUES ($1, $2, $3)", rows)
    return {f"{service} public.planted" for service in SERVICES}


def plant_in_files(mesh: Installed) -> set[str]:
    """Put a number into each log, each terminal's copies, the payers' books and a lost file."""
    grouped = " ".join(PLANTED[at : at + 4] for at in range(0, 16, 4))
    copies = [p for p in (mesh.home.run / "terminals").iterdir() if p.is_dir()]
    assert len(copies) == 2
    files = {
        **{mesh.home.log(service): PLANTED for service in SERVICES},
        **{folder / "left-behind.csv": f"1,{grouped},2" for folder in copies},
        mesh.home.secrets / "note": base64.b64encode(f"{{{PLANTED}}}".encode()).decode(),
        mesh.home.path / "dump.hex": PLANTED.encode().hex(),
    }
    for path, text in files.items():
        with path.open("a") as file:
            file.write(f"{text}\n")
    books = Books(mesh.home.path / "outside.sqlite")
    books._database.execute(
        "UPDATE payments SET reason = ? WHERE payment_id = (SELECT min(payment_id) FROM payments)",
        (PLANTED,),
    )
    books.close()
    return {str(path) for path in (*files, mesh.home.path / "outside.sqlite")}


def test_no_card_number_is_at_rest(installed) -> None:
    asyncio.run(use_every_number(installed, slips(installed, len(RESERVED_NUMBERS))))
    installed.command.json("clock", "advance", "--to", LAST_DAY)
    assert set(installed.ends) == set(RESERVED_NUMBERS)
    assert set(installed.ends.values()) == {"accepted", "being_confirmed", *DECLINE_CODES}
    barcode = str(slips(installed, 1)[0]["barcode"])
    assert len(installed.find(barcode)) >= 2  # what may stand somewhere is found there
    assert installed.find(*RESERVED_NUMBERS, MISTYPED) == {}

    planted = asyncio.run(plant_in_databases(installed.server)) | plant_in_files(installed)
    found = installed.find(PLANTED)
    assert set(found) >= planted
    raw = {place for place in found if "/pg_wal/" in place or "/base/" in place}
    assert raw, "the bytes of the database's own files are read as well"


@pytest.mark.parametrize("wrap", ["{}", "x{}y", "xy{}", "xyz{}z"])
def test_a_number_inside_base64_is_found_wherever_it_begins(wrap) -> None:
    encoded = base64.b64encode(wrap.format(PLANTED).encode())
    assert Search([PLANTED]).numbers_in(encoded) == {PLANTED}


def test_a_number_is_found_in_each_spelling_and_another_one_is_not() -> None:
    search = Search([PLANTED, MISTYPED])
    assert all(search.numbers_in(b"<" + s + b">") == {PLANTED} for s in spellings(PLANTED))
    assert search.numbers_in(b"4000001234567898 4000 0012 3456 7898") == set()
