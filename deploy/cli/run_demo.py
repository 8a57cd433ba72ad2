"""Runs the demo: a mesh made, started, walked through a year, judged, and stopped again."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import typer
import uvloop
from rich.table import Table

from deploy.cli.console import OUT, yen
from deploy.cli.options import OUTSIDE_BOOKS
from deploy.cli.progress import Stages, showing_stages
from deploy.cli.results import keep_figures, keep_logs, prepare_results
from deploy.connections import access_to
from deploy.home import Home
from deploy.installation import BANKS, REMITTERS, Installation, free_ports
from deploy.mesh_plan import prepare_mesh, put_users
from deploy.processes import stop_leftovers, stop_owned
from deploy.readiness import wait_until_ready
from deploy.supervisor import sole_supervisor
from simulation.access import Access
from simulation.banks import Gathering
from simulation.books import Books
from simulation.experiments import Experiment, apply_experiment
from simulation.rehearsal import Outcome, Rehearsal

R = TypeVar("R")
STOPPED_BY_SIGTERM = 128 + signal.SIGTERM
CHANNEL_NAMES = {
    "mobile_banking": "口座 app banking",
    "mobile_credit": "クレジット card",
    "payeasy": "ペイジー Pay-easy",
    "bank_counter": "窓口 on paper",
}
FIGURES = (
    ("調定 assessed", "assessed_yen"),
    ("収納 received", "received_yen"),
    ("入金 deposited", "deposited_yen"),
    ("過誤納 overpaid", "overpaid_yen"),
    ("未納 unpaid", "unpaid_yen"),
    ("残差 residual", "residual_yen"),
)


def run_demo(
    home: Home, *, seed: int, instalments: int, results: Path, experiment: Experiment | None
) -> dict[str, Any]:
    """Run the demo in a home of its own; return its figures, `failures` among them.

    Ctrl-C and SIGTERM stop everything that was started. A home that another living demo uses is
    AlreadySupervisedError.
    """
    started = time.monotonic()
    with showing_stages() as stages:
        stages.stage("Clearing what was left", 1)
        with sole_supervisor(home):
            stop_leftovers(home)
            home.reset()
        with sole_supervisor(home):
            results = prepare_results(home, results)
            try:
                work = _rehearse(home, stages, seed, instalments, experiment)
                with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                    outcome = runner.run(_until_terminated(work))
            except asyncio.CancelledError as stopped:
                raise typer.Exit(STOPPED_BY_SIGTERM) from stopped
            finally:
                stop_owned(home)
                keep_logs(home, results)
    seconds = round(time.monotonic() - started, 1)
    figures = outcome.summary | {"wall_seconds": seconds, "failures": outcome.failures}
    keep_figures(results, figures, outcome.statement)
    return figures


async def _until_terminated(work: Coroutine[Any, Any, R]) -> R:
    """Let SIGTERM do what Ctrl-C does: cancel the work, so that everything is stopped in order."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await task
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


async def _rehearse(
    home: Home, stages: Stages, seed: int, instalments: int, experiment: Experiment | None
) -> Outcome:
    """Start the mesh, walk, stop everything that was started, whatever happens."""
    installation = Installation(home)
    stages.stage("Certificates and database", 1)
    installation.prepare(free_ports())
    supervisor = await prepare_mesh(installation)
    try:
        stages.stage("Starting the services", 1)
        await supervisor.start()
        access = access_to(installation)
        try:
            await wait_until_ready(installation, access)
            await put_users(installation, access)
            stages.step()
            return await _walk(
                home, access, stages, seed=seed, instalments=instalments, experiment=experiment
            )
        finally:
            await access.close()
    finally:
        await supervisor.stop()


async def _walk(
    home: Home,
    access: Access,
    stages: Stages,
    *,
    seed: int,
    instalments: int,
    experiment: Experiment | None,
) -> Outcome:
    books = Books(home.path / OUTSIDE_BOOKS)
    try:
        gathering, counters = (Gathering(*REMITTERS[name]) for name in ("payeasy", "bank_counter"))
        rehearsal = Rehearsal(access, books, gathering, counters, BANKS, stages)
        if experiment is not None:
            apply_experiment(rehearsal, experiment)
        return await rehearsal.run(seed, instalments)
    finally:
        books.close()


def show_figures(figures: dict[str, Any]) -> None:
    """Print the demo's table: a line per channel, then the ward's yen."""
    table = Table(title=f"FY{figures['fiscal_year']}, seed {figures['seed']}")
    table.add_column("収納チャネル\nchannel")
    columns = (
        "納付\npayments",
        "速報\npreliminary",
        "確報\nconfirmed",
        "入金確認\nfunded",
        "円\nyen",
    )
    for name in columns:
        table.add_column(name, justify="right")
    for channel, of in figures["by_channel"].items():
        table.add_row(
            CHANNEL_NAMES[channel],
            *(yen(of[key]) for key in ("payments", "preliminary", "confirmed", "funded")),
            yen(of["funded_yen"]),
        )
    OUT.print(table)
    for label, key in FIGURES:
        OUT.print(f"{label:<16} {yen(figures[key]):>14} 円", highlight=False)
    OUT.print(
        f"lost {figures['lost']}, doubled {figures['doubled']}, {figures['wall_seconds']} s",
        highlight=False,
    )
