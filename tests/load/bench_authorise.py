"""Authorise calls of the card agent alone, by hand: `python -m tests.load.bench_authorise`.

Beside it the same call at three stateless mocks that one would otherwise pick (Prism, Mockoon,
WireMock), which keep nothing, know no caller and speak plain HTTP. `--help` tells how they come.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import uvloop
from rich.console import Console

from deploy.installation import MUNICIPALITY, free_ports
from shared.kit.ids import new_id
from shared.wire.card_authorisations import AUTHORISE_CARD
from shared.wire.doors import CARD_AGENT
from tests.load.bench_credit import MILLISECONDS, SPARE, WARM_UP_SECONDS, percentiles
from tests.load.credit_stage import CHECKOUT, Stage, stage, start_mesh, until_it_listens
from tests.load.lines import Line, Listener
from tests.load.payers import AMOUNT_YEN, Tokens, barcode

CALLERS = (1, 8, 32)
FIRST_GUESS = 500.0
CONTRACT = CHECKOUT / "docs" / "contracts" / "card_agent.leased_line.openapi.json"
MOCKS_FOLDER = CHECKOUT / "out" / "mocks"
INSTALL = "npm install --no-package-lock @stoplight/prism-cli @mockoon/cli wiremock"
ANSWER: Mapping[str, Any] = {
    "authorisation_id": "6b1f7a52-6a0e-4a39-9d5b-0a6f0a3f8a11",
    "commission_number": "202506020123456789ab",
    "approval_number": "123456",
    "brand": "VISA",
    "authorised_at": "2025-06-02T01:00:00Z",
    "designated_date": "2025-06-09",
}
"""What WireMock and Mockoon answer to everybody; Prism makes an answer from the contract."""


@dataclass(frozen=True)
class Target:
    """Whom to ask, and whether it needs a token that is good."""

    name: str
    there: Listener
    processes: tuple[psutil.Process, ...]
    tokens: Tokens | None = None

    def cpu_seconds(self) -> float:
        """Return what its processes, and theirs, have used of the processors so far."""
        every = [each for root in self.processes for each in (root, *root.children(recursive=True))]
        times = [each.cpu_times() for each in every]
        return sum(float(t.user + t.system) for t in times)


@dataclass
class Measured:
    """One run: milliseconds of each call that was answered 201, and every other answer."""

    target: str
    callers: int
    seconds: float = 0.0
    answered: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    cpu_seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return the figures; cpu_ms counts the target's processes alone, no database."""
        calls = len(self.answered)
        return {
            "target": self.target,
            "callers": self.callers,
            "seconds": round(self.seconds, 2),
            "calls": calls,
            "calls_per_second": round(calls / self.seconds, 1) if self.seconds else 0.0,
            "ms": percentiles(self.answered),
            "errors": dict(self.errors),
            "cpu_ms_per_call": round(self.cpu_seconds * MILLISECONDS / max(calls, 1), 2),
        }


def question(number: int, token: str) -> dict[str, Any]:
    """Return the body of the call for the slip with that number."""
    return {
        "authorisation_id": str(new_id()),
        "municipality": MUNICIPALITY,
        "barcode": barcode(number),
        "amount_yen": AMOUNT_YEN,
        "fee_yen": 165,
        "card_token": token,
    }


async def measure(target: Target, callers: int, seconds: float, first_slip: int) -> Measured:
    """Let so many callers ask one question after another, after a short warm-up."""
    measured = Measured(target.name, callers)
    lines = await asyncio.gather(*(Line.open(target.there) for _ in range(callers)))
    slips = iter(range(first_slip, sys.maxsize))
    begins = time.perf_counter() + WARM_UP_SECONDS
    last = begins

    async def caller(line: Line) -> None:
        nonlocal last
        while (now := time.perf_counter()) < begins + seconds:
            if target.tokens is not None and not target.tokens.stock:
                return
            token = target.tokens.stock.popleft() if target.tokens else "t" * 32
            answer = await line.post(AUTHORISE_CARD.path, question(next(slips), token))
            ended = time.perf_counter()
            if answer.status != AUTHORISE_CARD.success:
                measured.errors[f"status {answer.status}: {answer.body[:200].decode()}"] += 1
            elif now >= begins:
                measured.answered.append((ended - now) * MILLISECONDS)
                last = max(last, ended)

    async def clock() -> float:
        await asyncio.sleep(begins - time.perf_counter())
        return target.cpu_seconds()

    before, *_ = await asyncio.gather(clock(), *(caller(line) for line in lines))
    measured.cpu_seconds = target.cpu_seconds() - before
    measured.seconds = last - begins
    for line in lines:
        line.close()
    return measured


@asynccontextmanager
async def mocks(made: Stage, folder: Path) -> AsyncIterator[list[Target]]:
    """Start every mock that is installed; who is not is said, and left out."""
    ports = iter(free_ports().values())
    found = []
    for name, command_of in _MOCKS.items():
        program = folder / "node_modules" / ".bin" / name
        if not program.exists():
            Console(stderr=True).print(f"{name} is not installed: not measured")
            continue
        port = next(ports)
        command = [str(program), *command_of(made.home.path, port)]
        process = made.start(name, command, {})
        there = Listener(port)
        await until_it_listens(made, there)
        found.append(Target(name, there, (process,)))
    try:
        yield found
    finally:
        for target in found:
            for process in target.processes[0].children(recursive=True):
                process.terminate()


def _prism(_: Path, port: int) -> list[str]:
    address = ["--host", "127.0.0.1", "--port", str(port)]
    return ["mock", str(CONTRACT), *address, "--verboseLevel", "silent"]


def _mockoon(home: Path, port: int) -> list[str]:
    route = {
        "uuid": str(new_id()),
        "type": "http",
        "method": "post",
        "endpoint": AUTHORISE_CARD.path.removeprefix("/"),
        "responses": [
            {
                "uuid": str(new_id()),
                "body": json.dumps(ANSWER),
                "statusCode": AUTHORISE_CARD.success,
                "headers": [{"key": "Content-Type", "value": "application/json"}],
                "default": True,
            }
        ],
    }
    data = home / "mockoon.json"
    data.write_text(json.dumps({"uuid": str(new_id()), "name": "agent", "routes": [route]}))
    address = ["--hostname", "127.0.0.1", "--port", str(port)]
    return ["start", "--data", str(data), *address, "--disable-log-to-file", "--repair"]


def _wiremock(home: Path, port: int) -> list[str]:
    folder = home / "wiremock"
    (folder / "mappings").mkdir(parents=True)
    mapping = {
        "request": {"method": "POST", "urlPath": AUTHORISE_CARD.path},
        "response": {
            "status": AUTHORISE_CARD.success,
            "headers": {"Content-Type": "application/json"},
            "jsonBody": ANSWER,
        },
    }
    (folder / "mappings" / "authorise.json").write_text(json.dumps(mapping))
    address = ["--bind-address", "127.0.0.1", "--port", str(port)]
    return [*address, "--root-dir", str(folder), "--no-request-journal", "--disable-banner"]


_MOCKS: Mapping[str, Callable[[Path, int], list[str]]] = {
    "prism": _prism,
    "mockoon-cli": _mockoon,
    "wiremock": _wiremock,
}


async def run(options: argparse.Namespace, say: Callable[[str], None]) -> list[Measured]:
    """Measure the card agent and every mock in turns."""
    found: list[Measured] = []
    async with stage() as made, mocks(made, options.mocks) as others:
        agent = await start_mesh(made, CARD_AGENT)
        tokens = Tokens(made.public(CARD_AGENT))
        processes = tuple(agent.processes.values())
        targets = [Target("card agent", made.leased_line(), processes, tokens), *others]
        asked = 0
        for callers in options.callers:
            for target in targets:
                if target.tokens is not None:
                    rates = [len(m.answered) / m.seconds for m in found if m.target == target.name]
                    wanted = max(rates, default=FIRST_GUESS) * SPARE
                    await tokens.have(int(wanted * (options.seconds + WARM_UP_SECONDS)), say)
                measured = await measure(target, callers, options.seconds, asked)
                asked += 1_000_000
                say(json.dumps(measured.as_dict()))
                found.append(measured)
    return found


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=f"The mocks: cd out/mocks && {INSTALL}"
    )
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measurement")
    parser.add_argument("--callers", type=int, nargs="+", default=list(CALLERS))
    parser.add_argument("--mocks", type=Path, default=MOCKS_FOLDER, help="where they are installed")
    options = parser.parse_args()
    console = Console(stderr=True)

    def say(line: str) -> None:
        console.print(line, highlight=False, soft_wrap=True)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(run(options, say))
    sys.stdout.write(json.dumps(_told(found), indent=1) + "\n")


def _told(found: Sequence[Measured]) -> list[dict[str, Any]]:
    return [each.as_dict() for each in found]


if __name__ == "__main__":
    main()
