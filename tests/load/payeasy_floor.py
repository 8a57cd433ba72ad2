"""The floor of an upload: the same rows, put into a table like ours by one bare COPY.

Nothing is checked, sealed, judged or answered; the bytes come ready from memory.
"""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from statistics import median

import asyncpg
import psutil

from deploy.postgres import EmbeddedPostgres

TABLE = "floor_rows"
TIMES = 3


@dataclass(frozen=True)
class Floor:
    """How long the bare COPY took, each time: seconds by the clock, and of the server's processor.

    Taken several times, so that a machine that is not quiet shows.
    """

    seconds: tuple[float, ...]
    cpu_seconds: tuple[float, ...]

    @property
    def median_seconds(self) -> float:
        """Return the middle one."""
        return median(self.seconds)

    @property
    def median_cpu_seconds(self) -> float:
        """Return the middle one."""
        return median(self.cpu_seconds)


async def rows_of(server: EmbeddedPostgres, database: str, file_sequence: int) -> bytes:
    """Return the stored rows of an upload in COPY's text format."""
    rows = io.BytesIO()
    async with server.connection(database) as connection:
        await connection.copy_from_query(
            "SELECT * FROM billing_records WHERE file_id IN"
            " (SELECT id FROM billing_files WHERE file_sequence = $1) ORDER BY record_seq",
            file_sequence,
            output=rows,
        )
    return rows.getvalue()


async def measure_floor(server: EmbeddedPostgres, database: str, rows: bytes) -> Floor:
    """COPY the rows into an empty table with our columns, checks and key, TIMES times."""
    seconds, cpu_seconds = [], []
    async with server.connection(database) as connection:
        for _ in range(TIMES):
            await connection.execute(f"DROP TABLE IF EXISTS {TABLE}")
            await connection.execute(f"CREATE TABLE {TABLE} (LIKE billing_records INCLUDING ALL)")
            cpu = await _cpu_seconds(connection)
            begun = time.perf_counter()
            await connection.copy_to_table(TABLE, source=io.BytesIO(rows))
            seconds.append(time.perf_counter() - begun)
            cpu_seconds.append(await _cpu_seconds(connection) - cpu)
        await connection.execute(f"DROP TABLE {TABLE}")
    return Floor(tuple(seconds), tuple(cpu_seconds))


async def _cpu_seconds(connection: asyncpg.Connection) -> float:
    """Return what this session's own server process has used of the processors."""
    return cpu_seconds_of(await connection.fetchval("SELECT pg_backend_pid()"))


def cpu_seconds_of(pid: int) -> float:
    """Return what a process has used of the processors so far."""
    used = psutil.Process(pid).cpu_times()
    return float(used.user + used.system)
