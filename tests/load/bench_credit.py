"""Card payments per second, by hand: `python -m tests.load.bench_credit [--json]`.

Provider and card agent as processes over mutual TLS on a durable PostgreSQL, beside a floor
(credit_floor) in turns within one run; payers come from many addresses. `--help` tells the rest.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import uvloop
from rich.console import Console
from rich.table import Table

from shared.wire.doors import CARD_AGENT, PAYMENT_PROVIDER
from tests.load.credit_stage import Side, Stage, stage, start_floor, start_mesh
from tests.load.lines import Line, payer_address
from tests.load.payers import ACCEPTED, OVERLOADED, Payers, Tokens

PAYERS = (1, 8, 32, 128)
SHARES = (0.5, 0.9, 1.5, 3.0)
"""The rates of the open loop, unless they are given: of the closed loop's best rate."""
WARM_UP_SECONDS = 1.0
OPEN_LINES_MAX = 480
FIRST_GUESS = 150.0
SPARE = 1.6
LINE_SECONDS = 30.0
MILLISECONDS = 1000.0
Say = Callable[[str], None]

BOOKS = {
    "payments": (PAYMENT_PROVIDER, "SELECT count(*) FROM payments"),
    "authorised payments": (
        PAYMENT_PROVIDER,
        "SELECT count(*) FROM payments WHERE state = 'AUTHORISED'",
    ),
    "receipts": (PAYMENT_PROVIDER, "SELECT count(*) FROM receipts"),
    "authorisations": (CARD_AGENT, "SELECT count(*) FROM authorisations"),
    "commissions": (
        CARD_AGENT,
        "SELECT count(*) FROM authorisations WHERE state = 'AUTHORISED'",
    ),
    "approvals": (
        CARD_AGENT,
        "SELECT count(*) FROM network_approvals WHERE outcome = 'approved'",
    ),
}


class BooksDifferError(RuntimeError):
    """The payers were told something else than the books say: no figure is worth anything then."""


@dataclass
class Measured:
    """One run: milliseconds of each accepted call, and the work of all processes of its side.

    cpu_seconds: of each process, and of the database, from the warm-up's end to the last answer;
    `answered` payments were accepted meanwhile. late: how many ms after its time an open loop's
    call began.
    """

    side: str
    payers: int
    offered: float | None = None
    seconds: float = 0.0
    accepted: list[float] = field(default_factory=list)
    overloaded: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    answered: int = 0
    cpu_seconds: dict[str, float] = field(default_factory=dict)

    def note(self, outcome: str, milliseconds: float) -> None:
        """Take a call in that counts."""
        if outcome == ACCEPTED:
            self.accepted.append(milliseconds)
        elif outcome == OVERLOADED:
            self.overloaded.append(milliseconds)
        else:
            self.errors[outcome] += 1

    @property
    def per_second(self) -> float:
        """Return accepted payments per second."""
        return len(self.accepted) / self.seconds if self.seconds else 0.0

    @property
    def cpu_ms(self) -> dict[str, float]:
        """Return processor milliseconds for each payment, by process."""
        answered = self.answered or 1
        return {name: used * MILLISECONDS / answered for name, used in self.cpu_seconds.items()}

    def as_dict(self) -> dict[str, Any]:
        """Return the figures."""
        return {
            "side": self.side,
            "loop": "closed" if self.offered is None else "open",
            **({"payers": self.payers} if self.offered is None else {"offered": self.offered}),
            "seconds": round(self.seconds, 2),
            "payments": len(self.accepted),
            "payments_per_second": round(self.per_second, 1),
            "ms": percentiles(self.accepted),
            "overloaded": len(self.overloaded),
            **({"overloaded_ms": percentiles(self.overloaded)} if self.overloaded else {}),
            **({"late_ms": percentiles(self.late)} if self.late else {}),
            "errors": dict(self.errors),
            "cpu_ms_per_payment": {name: round(ms, 2) for name, ms in self.cpu_ms.items()},
        }


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Return p50, p95 and p99 (the nearest rank); nothing of nothing."""
    ordered = sorted(values)
    last = len(ordered) - 1
    return {
        f"p{p}": round(ordered[min(last, len(ordered) * p // 100)], 2)
        for p in (50, 95, 99)
        if ordered
    }


@dataclass
class _Work:
    """Reads what a side and the database have used, and how many payments were accepted."""

    made: Stage
    side: Side
    payers: Payers
    before: dict[str, float] = field(default_factory=dict)
    accepted_before: int = 0

    def _read(self) -> dict[str, float]:
        return self.side.cpu_seconds() | {"database": self.made.database_cpu_seconds()}

    async def begin(self, at: float) -> None:
        """Read for the first time at a moment of the performance counter."""
        await asyncio.sleep(max(at - time.perf_counter(), 0))
        self.before, self.accepted_before = self._read(), self.payers.told[ACCEPTED]

    def end(self, measured: Measured) -> None:
        """Read again, and note the difference."""
        after = self._read()
        measured.cpu_seconds = {name: after[name] - used for name, used in self.before.items()}
        measured.answered = self.payers.told[ACCEPTED] - self.accepted_before


async def closed_loop(
    made: Stage, side: Side, payers: Payers, together: int, seconds: float
) -> Measured:
    """Let so many payers pay one slip after another, after a short warm-up.

    Who is told to come back later does so. If the tokens end before the time, so does the run.
    """
    measured = Measured(side.name, together)
    lines = [await Line.open(payers.there, payer_address(n)) for n in range(together)]
    begins = time.perf_counter() + WARM_UP_SECONDS
    last = begins

    async def payer(number: int) -> None:
        nonlocal last
        while (now := time.perf_counter()) < begins + seconds and payers.may_go_on:
            outcome, retry_after = await payers.pay(lines[number], payers.body())
            ended = time.perf_counter()
            if now >= begins or outcome not in (ACCEPTED, OVERLOADED):
                measured.note(outcome, (ended - now) * MILLISECONDS)
                last = max(last, ended)
            if retry_after:
                await asyncio.sleep(retry_after)
            elif outcome not in (ACCEPTED, OVERLOADED):
                lines[number].close()
                lines[number] = await Line.open(payers.there, payer_address(number))

    work = _Work(made, side, payers)
    await asyncio.gather(work.begin(begins), *(payer(number) for number in range(together)))
    work.end(measured)
    measured.seconds = last - begins
    for line in lines:
        line.close()
    return measured


async def open_loop(
    made: Stage, side: Side, payers: Payers, rate: float, seconds: float
) -> Measured:
    """Let a payer come every 1/rate seconds, whether or not those before are done.

    A call's time counts from the moment at which its payer came. The lines are open before, as an
    app's is that has read the slip; a payer who comes when all are taken waits, and his time runs.
    """
    measured = Measured(side.name, 0, offered=rate)
    free: asyncio.Queue[Line] = asyncio.Queue()
    for number in range(min(OPEN_LINES_MAX, round(2 * rate) + 8)):
        free.put_nowait(await Line.open(payers.there, payer_address(number)))
    begins = time.perf_counter()

    async def payer(came: float) -> None:
        line = await free.get()
        measured.late.append((time.perf_counter() - came) * MILLISECONDS)
        outcome, _ = await payers.pay(line, payers.body())
        measured.note(outcome, (time.perf_counter() - came) * MILLISECONDS)
        if outcome not in (ACCEPTED, OVERLOADED):
            line.close()
            line = await Line.open(payers.there)
        free.put_nowait(line)

    work = _Work(made, side, payers)
    await work.begin(begins)
    async with asyncio.timeout(seconds + LINE_SECONDS), asyncio.TaskGroup() as group:
        for number in range(round(rate * seconds)):
            came = begins + number / rate
            if came > time.perf_counter():
                await asyncio.sleep(came - time.perf_counter())
            if not payers.may_go_on:
                break
            group.create_task(payer(came))
    work.end(measured)
    measured.seconds = time.perf_counter() - begins
    while not free.empty():
        free.get_nowait().close()
    return measured


@dataclass
class Bench:
    """One run of everything: both sides, the tokens, and what was measured so far."""

    made: Stage
    sides: dict[str, Side]
    payers: dict[str, Payers]
    tokens: Tokens
    say: Say
    found: list[Measured] = field(default_factory=list)

    def best(self, side: str = "mesh") -> float:
        """Return a side's best rate in the closed loop so far."""
        rates = [m.per_second for m in self.found if m.side == side and m.offered is None]
        return max(rates, default=FIRST_GUESS)

    async def closed(self, together: int, seconds: float) -> None:
        """Measure every side with so many payers, one after the other."""
        wanted = self.best() * (seconds + WARM_UP_SECONDS) * SPARE
        await self.tokens.have(int(wanted), self.say)
        for name, side in self.sides.items():
            self._take(await closed_loop(self.made, side, self.payers[name], together, seconds))

    async def open(self, rate: float, seconds: float) -> None:
        """Measure the mesh with a payer every 1/rate seconds; the floor refuses nobody."""
        await self.tokens.have(int(min(rate, self.best() * SPARE) * seconds) + 600, self.say)
        self._take(
            await open_loop(self.made, self.sides["mesh"], self.payers["mesh"], rate, seconds)
        )

    def _take(self, measured: Measured) -> None:
        self.found.append(measured)
        self.say(json.dumps(measured.as_dict()))

    async def demand_books(self) -> dict[str, int]:
        """Return what the books count; BooksDifferError unless all tell what the payers were told.

        A payment whose payer was told to come back later stands in none of them.
        """
        counts = {name: await self.made.count(*query) for name, query in BOOKS.items()}
        told = self.payers["mesh"].told
        clean = not any(outcome not in (ACCEPTED, OVERLOADED) for outcome in told)
        if clean and set(counts.values()) != {told[ACCEPTED]}:
            raise BooksDifferError(f"payers: {dict(told)}, books: {counts}")
        return counts


async def run(options: argparse.Namespace, say: Say) -> dict[str, Any]:
    """Measure what was asked for; return everything as a document."""
    async with stage() as made:
        say("starting provider, card agent and floor")
        floor = await start_floor(made)
        mesh = await start_mesh(made, PAYMENT_PROVIDER, CARD_AGENT)
        tokens = Tokens(made.public(CARD_AGENT))
        payers = {
            "floor": Payers(floor.payers, None, itertools.count(1)),
            "mesh": Payers(mesh.payers, tokens, itertools.count(1)),
        }
        await payers["mesh"].accept_terms()
        bench = Bench(made, {"floor": floor, "mesh": mesh}, payers, tokens, say)
        for together in options.payers:
            for _ in range(options.rounds):
                await bench.closed(together, options.seconds)
        rates = options.rates
        if rates is None:
            rates = [round(bench.best() * share) for share in SHARES]
        for rate in rates:
            await bench.open(rate, options.seconds)
        return {
            "processors": os.cpu_count(),
            "database": await made.durability(),
            "runs": [measured.as_dict() for measured in bench.found],
            "of_the_floor": shares(bench.found),
            "books": await bench.demand_books(),
        }


def shares(found: Sequence[Measured]) -> dict[str, Any]:
    """Return, for each number of payers, the mesh's share of the floor's rate and work.

    Each round is a pair of its own, measured one after the other; the share is their median.
    """
    told: dict[str, Any] = {}
    for together in sorted({m.payers for m in found if m.offered is None}):
        closed = [m for m in found if m.payers == together and m.offered is None]
        floors, meshes = ([m for m in closed if m.side == name] for name in ("floor", "mesh"))
        pairs = [m.per_second / f.per_second for f, m in zip(floors, meshes, strict=True)]
        works = [
            sum(f.cpu_ms.values()) / sum(m.cpu_ms.values())
            for f, m in zip(floors, meshes, strict=True)
        ]
        told[str(together)] = {
            "of_its_rate": round(statistics.median(pairs), 2),
            "each": [round(pair, 2) for pair in pairs],
            "by_processor_time": round(statistics.median(works), 2),
        }
    return told


def as_table(found: Sequence[dict[str, Any]]) -> Table:
    """Return the runs as a table."""
    table = Table(
        "loop", "payers or rate", "side", "payments/s", "p50", "p95", "p99", "503/429", "errors",
        "CPU ms provider, agent, database",
    )  # fmt: skip
    for each in found:
        table.add_row(
            each["loop"],
            str(each.get("payers", each.get("offered"))),
            each["side"],
            str(each["payments_per_second"]),
            *(str(each["ms"].get(p, "")) for p in ("p50", "p95", "p99")),
            str(each["overloaded"]),
            str(sum(each["errors"].values())),
            ", ".join(str(ms) for ms in each["cpu_ms_per_payment"].values()),
        )
    return table


def main() -> None:
    """Print the figures; with --json as a document. The exit code is 1 if a closed loop erred."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=1, help="pairs for each number of payers")
    parser.add_argument("--payers", type=int, nargs="*", default=list(PAYERS))
    parser.add_argument("--rates", type=float, nargs="*", help="of the open loop, payers a second")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    console = Console(stderr=True)

    def say(line: str) -> None:
        console.print(line, highlight=False, soft_wrap=True)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        told = runner.run(run(options, say))
    if options.json:
        sys.stdout.write(json.dumps(told, indent=1) + "\n")
    else:
        output = Console()
        output.print(as_table(told["runs"]))
        output.print("of the floor:", told["of_the_floor"], "books:", told["books"])
    if any(each["errors"] for each in told["runs"] if each["loop"] == "closed"):
        sys.exit(1)


if __name__ == "__main__":
    main()
