"""Pairs of inquiry and notification, by hand: `python -m tests.load.bench_payeasy_telegrams`.

A real centre over mutual TLS on a durable PostgreSQL, asked by 1, 8, 32 and 128 payers at once,
beside a bare stack (payeasy_telegrams_floor) on the same rows, in turns within one run.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import ssl
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import uvloop
from rich.console import Console
from rich.table import Table

from deploy.installation import CATEGORY, INSTITUTION
from shared.kit.clock import machine_now
from tests.load.payeasy_stage import BANK, NUMBER, Line, Place, WrongAnswerError, stage

PAYERS = (1, 8, 32, 128)
KEYS = 700_000
WARM_UP_SECONDS = 1.0


@dataclass
class Measured:
    """One run: milliseconds of each pair, how long all of them took, and the server's own work.

    cpu_seconds is the server process alone, warm-up included: it tells the work of a pair on a
    machine whose processors are shared with others too.
    """

    place: str
    payers: int
    seconds: float
    cpu_seconds: float = 0.0
    paid: int = 0
    pairs: list[float] = field(default_factory=list)
    inquiries: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.pairs) / self.seconds

    def at(self, percent: int, of: Sequence[float] | None = None) -> float:
        """Return a percentile in milliseconds (the nearest rank)."""
        ordered = sorted(self.pairs if of is None else of)
        return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]

    @property
    def cpu_ms(self) -> float:
        """Return the server's processor time for one pair, in milliseconds."""
        return self.cpu_seconds * 1000 / self.paid

    def as_dict(self) -> dict[str, Any]:
        """Return the figures."""
        return {
            "server": self.place,
            "payers": self.payers,
            "pairs": len(self.pairs),
            "pairs_per_second": round(self.per_second, 1),
            "cpu_ms_per_pair": round(self.cpu_ms, 2),
            "pair_ms": {f"p{p}": round(self.at(p), 2) for p in (50, 95, 99)},
            "inquiry_ms": {f"p{p}": round(self.at(p, self.inquiries), 2) for p in (50, 95, 99)},
        }


async def _pay(line: Line, number: int, trace: str) -> tuple[float, float]:
    """Pay one key: ask and notify; return the milliseconds of both and of the inquiry."""
    now = machine_now().isoformat()
    channel = {"bank_code": BANK, "branch_code": "001", "medium": "03", "trace_number": trace}
    started = time.perf_counter()
    told = await line.ask(
        "/inquiries",
        {
            "institution_number": INSTITUTION,
            "payment_number": f"1{number:017d}",
            "confirmation_number": NUMBER,
            "category": CATEGORY,
            "requested_at": now,
            **channel,
        },
    )
    asked = time.perf_counter()
    await line.ask(
        "/notifications",
        {
            "session_id": told["session_id"],
            "receipt_number": trace,
            "amount_yen": told["amount_yen"],
            "paid_at": now,
            **channel,
        },
    )
    ended = time.perf_counter()
    return (ended - started) * 1000, (asked - started) * 1000


async def measure(
    place: Place, payers: int, seconds: float, context: ssl.SSLContext, numbers: Iterator[int]
) -> Measured:
    """Let so many payers pay one key after another for some seconds, after a short warm-up.

    Every key is paid once. Each payer has a line of its own.
    """
    lines = await asyncio.gather(*(Line.open(place.port, context) for _ in range(payers)))
    begins = time.perf_counter() + WARM_UP_SECONDS
    measured, used = Measured(place.name, payers, seconds), place.cpu_seconds

    async def payer(line: Line) -> None:
        while (now := time.perf_counter()) < begins + seconds:
            number = next(numbers)
            pair, inquiry = await _pay(line, number, f"T{number}")
            measured.paid += 1
            if now >= begins:
                measured.pairs.append(pair)
                measured.inquiries.append(inquiry)

    await asyncio.gather(*(payer(line) for line in lines))
    measured.seconds = time.perf_counter() - begins
    measured.cpu_seconds = place.cpu_seconds - used
    for line in lines:
        line.writer.close()
    return measured


async def run(
    keys: int, payers: Sequence[int], seconds: float, say: Callable[[Measured], None]
) -> list[Measured]:
    """Measure floor and centre in turns for each number of payers; say each as it ends."""
    found = []
    async with stage(keys) as (made, places):
        context = made.bank()
        numbers = {place.name: itertools.count(1) for place in places}
        for each in payers:
            for place in places:
                measured = await measure(place, each, seconds, context, numbers[place.name])
                say(measured)
                found.append(measured)
        if max(next(those) for those in numbers.values()) > keys:
            raise WrongAnswerError("there were too few keys for so many payers")
    return found


def main() -> None:
    """Print the figures; with --json as a document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=KEYS)
    parser.add_argument("--seconds", type=float, default=10.0, help="for each measurement")
    parser.add_argument("--payers", type=int, nargs="+", default=list(PAYERS))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    console = Console(stderr=True)

    def say(measured: Measured) -> None:
        console.print(json.dumps(measured.as_dict()), highlight=False, soft_wrap=True)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(run(options.keys, options.payers, options.seconds, say))
    if options.json:
        sys.stdout.write(json.dumps([each.as_dict() for each in found], indent=1) + "\n")
    else:
        Console().print(as_table(found))


def as_table(found: Sequence[Measured]) -> Table:
    """Return the figures as a table, each of the centre's beside its floor."""
    table = Table(
        "server", "payers", "pairs/s", "of the floor", "CPU ms/pair", "p50 ms", "p95 ms", "p99 ms"
    )
    floors = {each.payers: each.per_second for each in found if each.place == "floor"}
    for each in found:
        share = "" if each.place == "floor" else f"{each.per_second / floors[each.payers]:.2f}"
        times = (f"{each.at(percent):.1f}" for percent in (50, 95, 99))
        table.add_row(
            each.place,
            str(each.payers),
            f"{each.per_second:.0f}",
            share,
            f"{each.cpu_ms:.2f}",
            *times,
        )
    return table


if __name__ == "__main__":
    main()
