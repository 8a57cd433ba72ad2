"""Every job of the centre by name, with its hour in Tokyo; each is idempotent (DESIGN rule 9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

from services.lgwan_asp.resources import Resources
from services.lgwan_asp.usecases.apply_billing_files import apply_billing_files
from services.lgwan_asp.usecases.build_confirmed_file import build_confirmed_file
from services.lgwan_asp.usecases.build_preliminary_file import build_preliminary_file
from services.lgwan_asp.usecases.erase_files import erase_files
from services.lgwan_asp.usecases.forget_sessions import forget_sessions
from shared.kit.jobs import Counts, Job, Registry, registry


async def _apply(resources: Resources) -> Counts:
    return await apply_billing_files(
        contracts=resources.contracts,
        open_unit_of_work=resources.open_unit_of_work,
        clock=resources.clock,
    )


async def _preliminary(resources: Resources) -> Counts:
    return await build_preliminary_file(
        contracts=resources.contracts,
        open_unit_of_work=resources.open_unit_of_work,
        clock=resources.clock,
    )


async def _confirmed(resources: Resources) -> Counts:
    return await build_confirmed_file(
        contracts=resources.contracts,
        open_unit_of_work=resources.open_unit_of_work,
        clock=resources.clock,
    )


async def _forget(resources: Resources) -> Counts:
    return await forget_sessions(
        contracts=resources.contracts,
        open_unit_of_work=resources.open_unit_of_work,
        clock=resources.clock,
        kept_days=resources.sessions_kept_days,
    )


async def _erase(resources: Resources) -> Counts:
    return await erase_files(
        open_unit_of_work=resources.open_unit_of_work,
        clock=resources.clock,
        kept_days=resources.files_kept_days,
    )


JOBS = registry(
    Job(
        "apply_billing_files",
        _apply,
        "uploads whose cut-off has passed become bills, with a result file",
        every_seconds=600,
    ),
    Job(
        "build_preliminary_file",
        _preliminary,
        "速報 of what was not reported yet, 速報取消 of what was cancelled",
        every_day=True,  # at the times of the settings: jobs_of
    ),
    Job(
        "build_confirmed_file",
        _confirmed,
        "確報 of reported receipts whose banks' day is over",
        at=time(7, 0),
    ),
    Job(
        "forget_sessions",
        _forget,
        "delete inquiry sessions that nobody can use any more",
        at=time(3, 0),
        every_day=True,
    ),
    Job(
        "erase_files",
        _erase,
        "erase the bytes of files that were acknowledged long enough ago",
        at=time(3, 10),
        every_day=True,
    ),
)


def jobs_of(resources: Resources) -> Registry:
    """Return the jobs of a process, at the times that its settings name."""
    preliminary = JOBS["build_preliminary_file"]
    return {**JOBS, preliminary.name: replace(preliminary, at=resources.preliminary_times)}
