"""Where a number stands in an installation: every row of every database, every byte of every file.

Knows how a number may be written, and nothing of what it means.
"""

from __future__ import annotations

import base64
import mmap
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from deploy.postgres import EmbeddedPostgres

ROWS_AT_ONCE = 500
TABLES = """
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""


def spellings(number: str) -> set[bytes]:
    """Return a number as digits, in groups, as the digits' hex, and inside base64."""
    fours = [number[at : at + 4] for at in range(0, len(number), 4)]
    american = [number[:4], number[4:10], number[10:]]
    texts = {number, *(mark.join(groups) for mark in " -" for groups in (fours, american))}
    found = {text.encode() for text in texts}
    return found | {number.encode().hex().encode()} | _inside_base64(number.encode())


def _inside_base64(content: bytes) -> set[bytes]:
    """Return what is sure to stand in the base64 of anything that contains these bytes."""
    found = set()
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + content).rstrip(b"=")
        whole = encoded[(before * 8 + 5) // 6 : (before + len(content)) * 8 // 6]
        found |= {whole, whole.translate(bytes.maketrans(b"+/", b"-_"))}
    return found


class Search:
    """Finds any of some numbers, in any spelling, in one pass."""

    def __init__(self, numbers: Iterable[str]) -> None:
        by_spelling = {s: number for number in numbers for s in spellings(number)}
        self._by_spelling: Mapping[bytes, str] = by_spelling
        longest_first = sorted(by_spelling, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, longest_first)))

    def numbers_in(self, content: bytes | mmap.mmap) -> set[str]:
        """Return the numbers that stand there."""
        return {self._by_spelling[match.group()] for match in self._pattern.finditer(content)}

    async def databases(self, server: EmbeddedPostgres) -> dict[str, set[str]]:
        """Return what stands in the rows of every database, by "database schema.table"."""
        async with server.connection() as connection:
            names = await connection.fetch("SELECT datname FROM pg_database WHERE datallowconn")
        found: dict[str, set[str]] = {}
        for (name,) in names:
            async with server.connection(name) as connection:
                for (table,) in await connection.fetch(TABLES):
                    async with connection.transaction():
                        query = f"SELECT t::text FROM {table} AS t"  # noqa: S608 - the catalogue's own name
                        rows = connection.cursor(query, prefetch=ROWS_AT_ONCE)
                        numbers = [self.numbers_in(row[0].encode()) async for row in rows]
                    found[f"{name} {table}"] = set().union(*numbers)
        return found

    def files(self, folders: Iterable[Path]) -> dict[Path, set[str]]:
        """Return what stands in the bytes of every file below some folders, databases' included."""
        return {path: self._in_file(path) for folder in folders for path in _files_of(folder)}

    def _in_file(self, path: Path) -> set[str]:
        with path.open("rb") as file:
            if path.stat().st_size == 0:
                return set()
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return self.numbers_in(content)


def _files_of(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
