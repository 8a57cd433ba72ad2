"""Mutated files of every format: `python -m tests.load.fuzz_files --count 1000000 [--seed N]`.

A reader may only ever give records and problems, and the same ones if it takes records together or
one by one. A file that proves otherwise is left in out/fuzz, named after its seed and its number.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, islice, repeat
from multiprocessing import get_context
from pathlib import Path
from random import Random

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from shared.files.problems import FileProblem, LoadedFile
from tests.load.mutations import damaged
from tests.unit.shared.files.invented import FORMATS
from tests.unit.shared.files.invented_values import Format, numbered
from tests.unit.shared.files.run_lengths import ALWAYS_SINGLY, ALWAYS_TOGETHER, runs_from

LEFT_IN = Path(__file__).resolve().parents[2] / "out" / "fuzz"
SHARE = 2_000
FAILURES_MAX = 20
PIECE_BYTES = (50, 127, 1000)
LENGTHS = (0, 1, 3, 12)
# Rows that only mean something beside one another: a good file has all of them, or none.
TOGETHER = {"keisansho", "suito_nippyo"}


@dataclass
class Outcome:
    """What became of some mutated files: how many of each format, unnoticed ones, failures."""

    tried: Counter[str] = field(default_factory=Counter)
    unnoticed: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Take in what became of more files."""
        self.tried += other.tried
        self.unnoticed += other.unnoticed
        self.failures += other.failures


class Fuzzer:
    """Tries mutated files by number; the same seed and number are always the same file."""

    def __init__(self, seed: int, left_in: Path = LEFT_IN) -> None:
        self.seed = seed
        self.left_in = left_in
        self.good = [(each, _written(each, n)) for each in FORMATS for n in LENGTHS]

    def file(self, number: int) -> tuple[Format, bytes, Random]:
        """Return the format whose reader is tried, and the mutated file."""
        random = Random(f"{self.seed} {number}")
        file_format, good = random.choice(self.good)
        _, other = random.choice(self.good)
        return file_format, damaged(random, good, other), random

    def attempt(self, first: int, count: int) -> Outcome:
        """Try the files numbered `first` and on."""
        outcome = Outcome()
        for number in range(first, first + count):
            file_format, data, random = self.file(number)
            outcome.tried[file_format.name] += 1
            try:
                outcome.unnoticed[file_format.name] += not problems_of(file_format, data, random)
            except Exception:  # noqa: BLE001 - that any may come is what is tried
                outcome.failures.append(self._leave(file_format, data, number))
        return outcome

    def _leave(self, file_format: Format, data: bytes, number: int) -> str:
        self.left_in.mkdir(parents=True, exist_ok=True)
        path = self.left_in / f"{file_format.name}-{self.seed}-{number}"
        path.write_bytes(data)
        path.with_suffix(".txt").write_text(traceback.format_exc(), encoding="utf-8")
        return str(path)


def problems_of(file_format: Format, data: bytes, random: Random) -> list[FileProblem]:
    """Read a file both ways and return its problems; AssertionError if anything else comes."""
    size = random.choice((*PIECE_BYTES, len(data) or 1))
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    with runs_from(ALWAYS_TOGETHER):
        together = file_format.load(pieces)
    with runs_from(ALWAYS_SINGLY):
        singly = file_format.load(data)
    if together != singly:
        raise AssertionError("records taken together differ from records taken one by one")
    _demand_records_and_problems(file_format, singly)
    return singly.problems


def _demand_records_and_problems(file_format: Format, loaded: LoadedFile) -> None:
    kinds = {type(record) for record in file_format.records}
    if not {type(record) for record in loaded.records} <= kinds:
        raise AssertionError("something else than a record was given")
    if not all(type(problem) is FileProblem for problem in loaded.problems):
        raise AssertionError("something else than a problem was given")


def _written(file_format: Format, count: int) -> bytes:
    count = len(file_format.records) if count and file_format.name in TOGETHER else count
    records = list(islice(chain.from_iterable(repeat(file_format.records)), count))
    fields = getattr(file_format.records[0], "__dataclass_fields__", {})
    if {"record_seq", "record_no"} & set(fields):
        records = numbered(records)
    return file_format.write(file_format.header, records)


def main() -> int:
    """Try all files and return the exit code."""
    options = _options()
    outcome = Outcome()
    console = Console()
    shares = [
        (options.first + done, min(SHARE, options.count - done))
        for done in range(0, options.count, SHARE)
    ]
    columns = (*Progress.get_default_columns()[:3], MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("files", total=options.count)
        for part in _parts(options.seed, shares):
            outcome.add(part)
            progress.update(bar, completed=outcome.tried.total())
            if len(outcome.failures) >= FAILURES_MAX:
                break
    console.print(_table(outcome))
    for failure in outcome.failures:
        console.print(f"failed: {failure}", style="red", soft_wrap=True)
    return 1 if outcome.failures else 0


def _parts(seed: int, shares: list[tuple[int, int]]) -> Iterator[Outcome]:
    workers = min(len(shares), os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        try:
            yield from pool.map(_attempt, repeat(seed), *zip(*shares, strict=True))
        finally:
            pool.shutdown(cancel_futures=True)


def _attempt(seed: int, first: int, count: int) -> Outcome:
    return Fuzzer(seed).attempt(first, count)


def _table(outcome: Outcome) -> Table:
    table = Table("Format", "Files", "Without a problem")
    for name in sorted(outcome.tried):
        table.add_row(name, f"{outcome.tried[name]:,}", f"{outcome.unnoticed[name]:,}")
    table.add_row("all", f"{outcome.tried.total():,}", f"{outcome.unnoticed.total():,}")
    return table


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.load.fuzz_files", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000, help="how many files")
    parser.add_argument("--seed", type=int, default=1, help="the seed of all of them")
    parser.add_argument("--first", type=int, default=1, help="the number of the first file")
    options = parser.parse_args()
    if options.count < 1:
        parser.error("--count is 1 or more")
    return options


if __name__ == "__main__":
    sys.exit(main())
