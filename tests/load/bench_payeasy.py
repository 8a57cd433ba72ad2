"""A year's bills in one upload, by hand: `python -m tests.load.bench_payeasy [--json]`.

A real centre over TLS with a durable database takes and applies one file, while banks go on asking
for keys of both wards; beside it a bare COPY of the same rows in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console

from deploy.installation import BANKS, CATEGORY
from shared.kit.clock import tokyo_time
from shared.wire.file_collection import AT_CENTRE, BILLING_RESULT
from shared.wire.payeasy import INQUIRE, Inquire
from tests.load.payeasy_floor import Floor, measure_floor, rows_of
from tests.load.upload_stage import MONDAY, NUMBER, SERVICE, TUESDAY, Stage, Ward, stage

RECORDS = 700_000
KNOWN_KEYS = 200
QUIET_SECONDS = 3.0
BETWEEN_INQUIRIES_SECONDS = 0.01
PERCENTILES = (50, 99)


@dataclass
class Asking:
    """Inquiries for one ward's keys, one after another: milliseconds of each, and when it began."""

    ward: Ward
    milliseconds: list[tuple[float, float]] = field(default_factory=list)

    def between(self, begin: float, end: float) -> dict[str, float]:
        """Return how many there were and their percentiles (nearest rank)."""
        found = sorted(spent for at, spent in self.milliseconds if begin <= at < end)
        if not found:
            return {"inquiries": 0}
        percentiles = {
            f"p{p}_ms": found[min(len(found) - 1, len(found) * p // 100)] for p in PERCENTILES
        }
        return {"inquiries": len(found), **percentiles, "worst_ms": found[-1]}


async def _publish_known_keys(made: Stage) -> None:
    """Give each ward some keys that banks may ask for while the large file is worked on."""
    await made.move_to(tokyo_time(MONDAY, 10))
    for ward in made.wards:
        await made.upload(ward, ward.upload(1, range(KNOWN_KEYS)))
    await made.move_to(tokyo_time(MONDAY, 17))
    await made.apply()
    await made.move_to(tokyo_time(TUESDAY, 10))


async def _ask(made: Stage, asking: Asking, bank: str, done: asyncio.Event) -> None:
    """Ask for one key after another until told to stop; an answer that is not 00 is an error."""
    client, key = made.client(f"bank-{bank}", "mpn"), 0
    while not done.is_set():
        begun = time.perf_counter()
        question = Inquire(
            institution_number=asking.ward.institution,
            payment_number=asking.ward.payment_number(key % KNOWN_KEYS),
            confirmation_number=NUMBER,
            category=CATEGORY,
            bank_code=bank,
            branch_code="001",
            medium="01",
            trace_number=f"T{key}",
            requested_at=tokyo_time(TUESDAY, 10),
        )
        answer = await client.ask(INQUIRE, question)
        asking.milliseconds.append((begun, (time.perf_counter() - begun) * 1000))
        if answer.result != "00":
            raise RuntimeError(f"a known key was answered {answer.result}")
        key += 1
        await asyncio.sleep(BETWEEN_INQUIRIES_SECONDS)


@dataclass(frozen=True)
class Step:
    """One part of the work: when it began and ended, and what it used of the processors."""

    begin: float
    end: float
    centre_cpu_seconds: float
    database_cpu_seconds: float

    @property
    def seconds(self) -> float:
        """Return how long it took by the clock."""
        return self.end - self.begin


@asynccontextmanager
async def _step(made: Stage, steps: list[Step]) -> AsyncIterator[None]:
    before, begin = made.cpu_seconds(), time.perf_counter()
    yield
    end, after = time.perf_counter(), made.cpu_seconds()
    steps.append(Step(begin, end, after[0] - before[0], after[1] - before[1]))


async def measure(records: int, quiet_seconds: float = QUIET_SECONDS) -> dict[str, Any]:
    """Upload and apply that many bills and return every figure; inquiries go on all the time."""
    async with stage() as made:
        await _publish_known_keys(made)
        large = made.wards[0]
        content = large.upload(2, range(KNOWN_KEYS, KNOWN_KEYS + records))
        done, steps = asyncio.Event(), list[Step]()
        asked = [Asking(ward) for ward in made.wards]
        async with asyncio.TaskGroup() as banks:
            for asking, bank in zip(asked, BANKS, strict=False):
                banks.create_task(_ask(made, asking, bank, done))
            try:
                async with _step(made, steps):
                    await asyncio.sleep(quiet_seconds)
                async with _step(made, steps):
                    await made.upload(large, content)
                rows = await rows_of(made.server, SERVICE, 2)
                await made.move_to(tokyo_time(TUESDAY, 17))
                async with _step(made, steps):
                    counts = await made.apply()
            finally:
                done.set()
        floor = await measure_floor(made.server, SERVICE, rows)
        stored = await _stored(made, large)
        return _figures(records, steps, asked, floor, made.peak_mib()) | {
            "applied": counts,
            "stored": stored,
        }


async def _stored(made: Stage, ward: Ward) -> dict[str, int]:
    """Return what stands in the books and in the result that waits: three counts that agree."""
    token = await made.token(ward)
    listed = await made.client(ward.terminal, "lgwan").ask(AT_CENTRE.list_files, token=token)
    (result,) = [f for f in listed.files if f.kind == BILLING_RESULT and f.sequence == 2]
    async with made.server.connection(SERVICE) as connection:
        of_file = "FROM {} WHERE file_id = (SELECT id FROM billing_files WHERE file_sequence = 2)"
        records, bills = [
            int(await connection.fetchval(f"SELECT count(*) {of_file.format(table)}"))
            for table in ("billing_records", "bills")
        ]
    return {"records": records, "bills": bills, "results": result.record_count}


def _figures(
    records: int, steps: Sequence[Step], asked: Sequence[Asking], floor: Floor, peak_mib: float
) -> dict[str, Any]:
    quiet, upload, apply = steps
    spent = upload.seconds + apply.seconds
    cpu = sum(s.centre_cpu_seconds + s.database_cpu_seconds for s in (upload, apply))
    named = {"quiet": quiet, "upload": upload, "apply": apply}
    return {
        "records": records,
        "upload_seconds": upload.seconds,
        "apply_seconds": apply.seconds,
        "records_per_second": records / spent,
        "floor_seconds": list(floor.seconds),
        "times_floor": spent / floor.median_seconds,
        "cpu_seconds": {
            name: {"centre": step.centre_cpu_seconds, "database": step.database_cpu_seconds}
            for name, step in named.items()
        },
        "times_floor_cpu": cpu / floor.median_cpu_seconds if floor.median_cpu_seconds else None,
        "peak_mib": peak_mib,
        "inquiries": {
            name: {a.ward.municipality: a.between(step.begin, step.end) for a in asked}
            for name, step in named.items()
        },
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return round(value, 2) if isinstance(value, float) else value


def main() -> int:
    """Measure, print what was measured, and return 1 if the counts do not agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = _rounded(asyncio.run(measure(options.records)))
    if options.json:
        sys.stdout.write(f"{json.dumps(figures)}\n")
    else:
        Console().print_json(data=figures)
    return 0 if set(figures["stored"].values()) == {options.records} else 1


if __name__ == "__main__":
    sys.exit(main())
