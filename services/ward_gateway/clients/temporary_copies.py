"""A terminal's folder of temporary copies: files of mode 600 that are erased once registered.

Knows files and bytes; not what they mean, nor the row that says when one was erased.
"""

from __future__ import annotations

import os
from pathlib import Path

FILE_MODE, FOLDER_MODE = 0o600, 0o700
ERASURE_METHOD = "overwritten with zeros, synchronised, unlinked"
_BLOCK_BYTES = 1 << 20
_SUFFIX = ".copy"


class TemporaryCopies:
    """The copies of one terminal, each named by the intake that it belongs to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, name: str, content: bytes) -> str:
        """Write a copy that survives a crash and return its file name; replaces an older one."""
        self._folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        path = self._path(name + _SUFFIX)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        descriptor = os.open(path, flags, FILE_MODE)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), FILE_MODE)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        self._synchronise_folder()
        return path.name

    def read(self, file_name: str) -> bytes | None:
        """Return a copy's bytes, or None if it is gone."""
        try:
            return self._path(file_name).read_bytes()
        except FileNotFoundError:
            return None

    def erase(self, file_name: str) -> None:
        """Overwrite and unlink a copy; one that is gone already is fine (a crash came between)."""
        path = self._path(file_name)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            return
        with os.fdopen(descriptor, "wb") as file:
            left = os.fstat(file.fileno()).st_size
            while left > 0:
                left -= file.write(bytes(min(left, _BLOCK_BYTES)))
            file.flush()
            os.fsync(file.fileno())
        path.unlink(missing_ok=True)
        self._synchronise_folder()

    def names(self) -> list[str]:
        """Return the file names of every copy that stands there."""
        if not self._folder.is_dir():
            return []
        return sorted(path.name for path in self._folder.iterdir() if path.is_file())

    def _path(self, file_name: str) -> Path:
        if Path(file_name).name != file_name:
            raise ValueError("a copy's name is a plain file name")
        return self._folder / file_name

    def _synchronise_folder(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
