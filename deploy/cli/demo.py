"""`mesh demo`: the whole mesh, made, started, walked through a year, judged, and stopped again."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from pathlib import Path
from typing import Any, Final

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from deploy.cli.console import ERRORS, OUT, say_json
from deploy.connections import access_to
from deploy.home import Home
from deploy.installation import BANKS, REMITTERS, Installation, free_ports
from deploy.mesh_plan import prepare_mesh, put_users
from deploy.processes import ProcessBook, stop_leftovers
from deploy.readiness import wait_until_ready
from deploy.supervisor import SUPERVISOR
from shared.wire.doors import SERVICES
from simulation.banks import Gathering
from simulation.books import Books
from simulation.experiments import Experiment, apply_experiment
from simulation.rehearsal import Outcome, Rehearsal

RESULTS: Final = Path("out") / "demo"
CHANNEL_NAMES: Final = {
    "mobile_banking": "モバイルレジ 口座 / app banking",
    "mobile_credit": "モバイルレジ クレジット / card",
    "payeasy": "ペイジー / Pay-easy",
}


class Stages:
    """A progress bar per stage."""

    def __init__(self, progress: Progress) -> None:
        """Draw on this display."""
        self._progress = progress
        self._task: TaskID | None = None

    def stage(self, name: str, total: int) -> None:
        """Begin a stage; the one before it is full."""
        self.finish()
        self._task = self._progress.add_task(name, total=total)

    def step(self, count: int = 1) -> None:
        """Take steps in the current stage."""
        if self._task is not None:
            self._progress.advance(self._task, count)

    def finish(self) -> None:
        """Fill the current stage's bar."""
        if self._task is not None:
            task = self._progress.tasks[self._task]
            self._progress.update(self._task, completed=task.total or 0)


def run_demo(
    home: Home,
    *,
    seed: int,
    instalments: int,
    results: Path,
    experiment: Experiment | None,
    as_json: bool,
) -> int:
    """Run the demo in a home of its own; return the exit code: 0 only if every yen is explained."""
    started = time.monotonic()
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=ERRORS) as display:
        stages = Stages(display)
        stages.stage("Clearing what was left", 1)
        stop_leftovers(home)
        home.reset()
        stages.finish()
        outcome = asyncio.run(_rehearse(home, stages, seed, instalments, experiment))
        stages.finish()
    seconds = round(time.monotonic() - started, 1)
    figures = outcome.summary | {"wall_seconds": seconds, "failures": outcome.failures}
    _write(results, figures, outcome.statement, home)
    if as_json:
        say_json(figures)
    else:
        _show(figures)
    for failure in outcome.failures:
        ERRORS.print(f"[red]✗[/red] {failure}", highlight=False)
    return 1 if outcome.failures else 0


async def _rehearse(
    home: Home, stages: Stages, seed: int, instalments: int, experiment: Experiment | None
) -> Outcome:
    """Start the mesh, walk, stop everything that was started, whatever happens."""
    installation = Installation(home)
    stages.stage("Certificates and database", 1)
    installation.prepare(free_ports())
    book = ProcessBook(home)
    supervisor = await prepare_mesh(installation)
    try:
        stages.stage("Starting the services", 1)
        await supervisor.start()
        access = access_to(installation)
        try:
            await wait_until_ready(installation, access)
            await put_users(installation, access)
            stages.step()
            books = Books(home.path / "outside.sqlite")
            gathering = Gathering(*REMITTERS["payeasy"])
            rehearsal = Rehearsal(access, books, gathering, BANKS, stages)
            if experiment is not None:
                apply_experiment(rehearsal, experiment)
            try:
                return await rehearsal.run(seed, instalments)
            finally:
                books.close()
        finally:
            await access.close()
    finally:
        await supervisor.stop()
        if supervisor.database is not None:
            await supervisor.database.stop()
        del book


def _write(results: Path, figures: dict[str, Any], statement: str, home: Home) -> None:
    results.mkdir(parents=True, exist_ok=True)
    text = json.dumps(figures, ensure_ascii=False, indent=2) + "\n"
    (results / "summary.json").write_text(text, encoding="utf-8")
    (results / "statement.csv").write_text(statement, encoding="utf-8")
    for service in (*SERVICES, SUPERVISOR):
        if home.log(service).exists():
            shutil.copyfile(home.log(service), results / f"{service}.log")


def _show(figures: dict[str, Any]) -> None:
    table = Table(title=f"FY{figures['fiscal_year']}, seed {figures['seed']}")
    table.add_column("収納チャネル / channel")
    columns = ("納付 payments", "速報 preliminary", "確報 confirmed", "入金確認 funded", "円 yen")
    for name in columns:
        table.add_column(name, justify="right")
    for channel, of in figures["by_channel"].items():
        table.add_row(
            CHANNEL_NAMES[channel],
            *(f"{of[key]:,}" for key in ("payments", "preliminary", "confirmed", "funded")),
            f"{of['funded_yen']:,}",
        )
    OUT.print(table)
    for label, key in (
        ("調定 assessed", "assessed_yen"),
        ("収納 received", "received_yen"),
        ("入金 deposited", "deposited_yen"),
        ("過誤納 overpaid", "overpaid_yen"),
        ("未納 unpaid", "unpaid_yen"),
        ("残差 residual", "residual_yen"),
    ):
        OUT.print(f"{label:<16} {figures[key]:>14,} 円", highlight=False)
    OUT.print(
        f"lost {figures['lost']}, doubled {figures['doubled']}, {figures['wall_seconds']} s",
        highlight=False,
    )
