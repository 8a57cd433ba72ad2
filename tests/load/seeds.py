"""The whole walk with many seeds, by hand: `python -m tests.load.seeds --count 20 [--kill]`.

Prints a table; the exit code is 1 if any walk failed. With --kill each seed is walked twice, the
second time with one service killed at a random moment: yen per channel and heap must be the same.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from deploy.home import Home
from deploy.processes import ProcessBook
from shared.wire.doors import SERVICES

CHECKOUT = Path(__file__).resolve().parents[2]
SAME_AFTER_A_KILL = (
    *("payments", "declined", "receipts", "assessed_yen", "received_yen", "deposited_yen"),
    *("unpaid_yen", "overpaid_yen", "heaps", "by_channel", "exceptions"),
    *("corrections", "paper_notices"),
)
LAST_SERVICE = SERVICES[-1]
SHARE_OF_WALK = 0.9


@dataclass
class Walked:
    """One walk: its figures, or what it said when it ended without any."""

    seed: int
    killed: str
    figures: dict[str, Any]
    exit_code: int
    complaints: str
    differences: list[str] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        """Return everything that is wrong with this walk."""
        found = [*self.figures.get("failures", []), *self.differences]
        if self.exit_code and not found:
            found.append(f"exit code {self.exit_code}: {self.complaints[-300:]}")
        return found


def main() -> int:
    """Walk all seeds and return the exit code."""
    options = _options()
    console = Console()
    table = Table("Seed", "Killed", "Seconds", "Residual", "Lost", "Doubled", "Failures")
    walks = []
    for seed in range(options.first, options.first + options.count):
        undisturbed = _walk(options, seed)
        walks.append(undisturbed)
        if options.kill:
            again = _walk(options, seed, victim=random.Random(f"kill {seed}"), like=undisturbed)
            again.differences = differences(undisturbed.figures, again.figures)
            walks.append(again)
        for walked in walks[-2:] if options.kill else walks[-1:]:
            table.add_row(*_row(walked))
            console.print(*_row(walked), highlight=False)
    console.print(table)
    return 1 if any(walked.failures for walked in walks) else 0


def differences(undisturbed: dict[str, Any], disturbed: dict[str, Any]) -> list[str]:
    """Name every figure that a kill has changed."""
    return [
        f"{key}: {undisturbed.get(key)} became {disturbed.get(key)}"
        for key in SAME_AFTER_A_KILL
        if undisturbed.get(key) != disturbed.get(key)
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.load.seeds", description=__doc__)
    parser.add_argument("--count", type=int, default=20, help="how many seeds")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--instalments", type=int, default=10, help="how much of the year")
    parser.add_argument("--kill", action="store_true", help="walk each seed again, with a kill")
    parser.add_argument("--home", type=Path, default=CHECKOUT / ".mesh")
    parser.add_argument("--results", type=Path, default=CHECKOUT / "out" / "seeds")
    return parser.parse_args()


def _walk(
    options: argparse.Namespace,
    seed: int,
    victim: random.Random | None = None,
    like: Walked | None = None,
) -> Walked:
    """Run one demo; with a victim, kill a service at a random moment of the walk."""
    name = f"{seed}-killed" if victim else str(seed)
    command = [sys.executable, "-m", "deploy.cli", "demo", "--json", "--seed", str(seed)]
    command += ["--instalments", str(options.instalments), "--home", str(options.home)]
    command += ["--results", str(options.results / name)]
    process = subprocess.Popen(
        command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    killed: list[str] = []
    if victim is not None and like is not None:
        seconds = float(like.figures.get("wall_seconds", 10))
        arguments = (Home(options.home / "demo"), process, victim, seconds, killed)
        threading.Thread(target=_kill_one, args=arguments, daemon=True).start()
    output, complaints = process.communicate()
    try:
        figures = json.loads(output)
    except ValueError:
        figures = {}
    walked = Walked(seed, "".join(killed), figures, process.returncode, complaints)
    if victim is not None and not killed:
        walked.differences.append("no service was killed: the walk was over too soon")
    return walked


def _kill_one(
    home: Home,
    process: subprocess.Popen[str],
    victim: random.Random,
    walk_seconds: float,
    killed: list[str],
) -> None:
    """Wait until all services have been started, then some time, then kill one of them."""
    began = time.monotonic()
    book = ProcessBook(home)
    while book.find(LAST_SERVICE) is None:
        if process.poll() is not None:
            return
        time.sleep(0.1)
    started = time.monotonic()
    left = max(0.0, walk_seconds * SHARE_OF_WALK - (started - began))
    service, moment = victim.choice(SERVICES), started + victim.uniform(0, left)
    while time.monotonic() < moment and process.poll() is None:
        time.sleep(0.05)
    found = book.find(service)
    if found is not None and process.poll() is None:
        os.kill(found.pid, signal.SIGKILL)
        killed.append(f"{service} after {time.monotonic() - began:.1f} s")


def _row(walked: Walked) -> tuple[str, ...]:
    figures = walked.figures
    shown = (figures.get(key, "?") for key in ("wall_seconds", "residual_yen", "lost", "doubled"))
    failures = "; ".join(walked.failures) or "none"
    return (str(walked.seed), walked.killed or "-", *(str(each) for each in shown), failures)


if __name__ == "__main__":
    sys.exit(main())
