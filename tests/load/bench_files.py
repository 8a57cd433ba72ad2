"""Records per second of every fixed-length format: `python -m tests.load.bench_files [--json]`.

Writes an invented file of 999,999 records, reads and validates it, and slices the same bytes into
fields without any check: the floor. Then converts as many records in every way that there is. Each
measurement has a process of its own, whose peak memory is told.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from shared.files.blocks import COUNT_MAX
from shared.files.framing import blocks_of
from shared.files.problems import FileProblem, FileProblemError
from tests.load.long_conversions import CONVERSIONS, INPUTS
from tests.load.long_files import CASES, Case, Invention

KIB = 1024
FLOOR = "floor"
# No converted file has less to a record of its source: of the changes half are needed.
BYTES_LEAST = 100


@dataclass(frozen=True)
class Measured:
    """One measurement: records per second by the clock, and per second of processor time.

    `times_floor` says how much more processor time it took than the floor of the same run; a
    conversion has no floor.
    """

    case: str
    what: str
    records_per_second: float
    records_per_cpu_second: float
    times_floor: float | None
    peak_mib: float


class Taken(NamedTuple):
    """What a measurement took: seconds by the clock and of the processor, and peak memory."""

    seconds: float
    cpu_seconds: float
    peak_mib: float


class _Watch:
    """Takes the time of a measurement; what the time of inventing records was is left out."""

    def __init__(self) -> None:
        self._began, self._cpu_began = time.perf_counter(), time.process_time()

    def taken(self, invention: Invention | None = None) -> Taken:
        without = (0.0, 0.0) if invention is None else (invention.seconds, invention.cpu_seconds)
        return Taken(
            time.perf_counter() - self._began - without[0],
            time.process_time() - self._cpu_began - without[1],
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB,
        )


def main() -> int:
    """Measure all cases, print what was measured, and return the exit code."""
    options = _options()
    console = Console(stderr=options.json)
    measured, refused = [], {}
    with tempfile.TemporaryDirectory() as folder:
        for case in map(CASES.__getitem__, _chosen(options, CASES)):
            console.print(f"{case.name}: {options.records} records of {case.layout.length} bytes")
            path = Path(folder) / case.name
            found = measure(case, path, options.records, _in_a_process)
            console.print(_table(found))
            measured += found
            path.unlink()
            refused[case.name] = _in_a_process(one_too_many, case.name, path, COUNT_MAX)
        ways = _chosen(options, CONVERSIONS)
        found = convert_all(Path(folder), ways, options.records, _in_a_process)
        console.print(_table(found))
        measured += found
    if options.json:
        rows = [asdict(each) for each in measured]
        Console().print_json(json.dumps({"measured": rows, "record_1000000": refused}))
    console.print("Record 1,000,000 is refused:", refused)
    return 0


def measure(case: Case, path: Path, records: int, run: Callable[..., Taken]) -> list[Measured]:
    """Measure a case: writing its file, the floor, then each stream over the file."""
    taken = {"write": run(write, case.name, path, records)}
    taken[FLOOR] = run(slice_fields, case.name, path, records)
    for what in case.streams:
        taken[what] = run(draw, case.name, path, records, what)
    floor = taken[FLOOR].cpu_seconds
    return [
        Measured(
            case.name,
            what,
            records / each.seconds,
            records / each.cpu_seconds,
            each.cpu_seconds / floor,
            each.peak_mib,
        )
        for what, each in taken.items()
    ]


def write(name: str, path: Path, records: int) -> Taken:
    """Write a case's file; the time to invent its records does not count."""
    case = CASES[name]
    invention, watch = Invention(case), _Watch()
    with path.open("wb") as file:
        file.writelines(case.write(case.header, invention.records(records)))
    return watch.taken(invention)


def slice_fields(name: str, path: Path, records: int) -> Taken:
    """Slice every record into the fields of a data record, and do nothing with them."""
    case = CASES[name]
    spans = [(field.first - 1, field.last) for field in case.layout.fields]
    watch = _Watch()
    with path.open("rb") as file:
        seen = sum(1 for _ in _sliced(file, case, spans))
    if seen != records + 3:
        raise AssertionError(f"{seen} records were sliced")
    return watch.taken()


def _sliced(file: object, case: Case, spans: list[tuple[int, int]]) -> Iterator[list[bytes]]:
    rest = b""
    for block in blocks_of(file):
        rest += block
        usable = len(rest) - len(rest) % case.stride
        for start in range(0, usable, case.stride):
            record = rest[start : start + case.layout.length]
            yield [record[first:last] for first, last in spans]
        rest = rest[usable:]


def draw(name: str, path: Path, records: int, what: str) -> Taken:
    """Draw a stream over a case's file to its end; AssertionError if it tells a problem."""
    seen = 0
    watch = _Watch()
    with path.open("rb") as file:
        for item in CASES[name].streams[what](file):
            if type(item) is FileProblem:
                raise AssertionError(item.place)
            seen += 1
    if seen < records:
        raise AssertionError(f"{seen} items of {records} records")
    return watch.taken()


def one_too_many(name: str, path: Path, most: int) -> str:
    """Write one record more than a file can hold; return the code of the refusal."""
    case = CASES[name]
    try:
        for _ in case.write(case.header, Invention(case).records(most + 1)):
            pass
    except FileProblemError as problem:
        return f"record {problem.line}: {problem.code}"
    return "not refused"


def convert_all(
    folder: Path, names: list[str], records: int, run: Callable[..., Taken]
) -> list[Measured]:
    """Write the inputs that these conversions need, then measure each."""
    for name in {each for way in names for each in CONVERSIONS[way].inputs}:
        run(write_input, name, folder, records)
    measured = []
    for name in names:
        taken = run(convert, name, folder, records)
        rates = (records / taken.seconds, records / taken.cpu_seconds)
        measured.append(Measured(name, "convert", *rates, None, taken.peak_mib))
    return measured


def write_input(name: str, folder: Path, records: int) -> Taken:
    """Write one input of a conversion."""
    watch = _Watch()
    with (folder / name).open("wb") as file:
        file.writelines(INPUTS[name](records))
    return watch.taken()


def convert(name: str, folder: Path, records: int) -> Taken:
    """Draw a conversion to its end; AssertionError if it tells a problem or writes too little."""
    way = CONVERSIONS[name]
    watch, size = _Watch(), 0
    for item in way.convert(*(folder / each for each in way.inputs)):
        if type(item) is FileProblem:
            raise AssertionError(item.place)
        size += len(item)
    if size < records * BYTES_LEAST:
        raise AssertionError(f"{size} bytes of {records} records")
    return watch.taken()


def _in_a_process(work: Callable[..., object], *arguments: object) -> object:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def _table(measured: list[Measured]) -> Table:
    table = Table("Format", "What", "Records/s", "per CPU second", "Times the floor", "Peak MiB")
    for each in measured:
        rate, cpu_rate = f"{each.records_per_second:,.0f}", f"{each.records_per_cpu_second:,.0f}"
        peak = f"{each.peak_mib:.0f}"
        floor = "" if each.times_floor is None else f"{each.times_floor:.2f}"
        table.add_row(each.case, each.what, rate, cpu_rate, floor, peak)
    return table


def _chosen(options: argparse.Namespace, among: Iterable[str]) -> list[str]:
    """Return which of these are measured: all, unless some were named."""
    return [name for name in among if not options.case or name in options.case]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.load.bench_files", description=__doc__)
    parser.add_argument("--records", type=int, default=COUNT_MAX, help="how many in each file")
    parser.add_argument(
        "--case", action="append", choices=[*CASES, *CONVERSIONS], help="only this; repeatable"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
