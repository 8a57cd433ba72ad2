"""Damage to invented files, done at exact bytes: what the curators of the museum share."""

from __future__ import annotations

from collections.abc import Callable

from tests.unit.shared.files.invented_values import Format

Exhibits = dict[str, bytes]


def written(file_format: Format) -> bytes:
    return file_format.write(file_format.header, file_format.records)


def cut(data: bytes, length: int) -> list[bytes]:
    return [data[start : start + length] for start in range(0, len(data), length)]


def change_at(record: bytes, position: int, new: bytes) -> bytes:
    """Put `new` at a 1-based byte position."""
    return record[: position - 1] + new + record[position - 1 + len(new) :]


def changer(records: list[bytes], line_end: bytes) -> Callable[[int, int, bytes], bytes]:
    def change(line: int, position: int, new: bytes) -> bytes:
        changed = [*records]
        changed[line - 1] = change_at(changed[line - 1], position, new)
        return b"".join(record + line_end for record in changed)

    return change
