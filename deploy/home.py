"""The home: the one folder that holds everything an installation makes, and where it is.

Knows paths and file modes; nothing of what the files say.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from shared.kit.peer_names import Network

HOME_VARIABLE: Final = "MESH_HOME"
CHECKOUT: Final = Path(__file__).resolve().parent.parent
DEFAULT_HOME: Final = CHECKOUT / ".mesh"
MARKER: Final = ".mesh-home"
EXTERNAL_ROOT: Final = Path("/var/lib/mesh")
SOCKET_PREFIX: Final = "mesh-pg-"

_MADE_FOLDERS = ("pki", "secrets", "run", "logs", "database")
_MADE_FILES = ("database.json", "outside.sqlite", "outside.json", "results.json")
_SUB_HOMES = ("demo",)
_EXTERNAL_NAME = re.compile(r"[0-9a-f]{12}")


class NotOursError(RuntimeError):
    """A folder that is to be used or removed is not one that this home made."""


class UnreadableFileError(RuntimeError):
    """A file of ours does not hold what we wrote; the message names it and says what to do."""


def read_json(path: Path) -> Any:  # noqa: ANN401 - whoever wrote the file knows what it holds
    """Read one of our own JSON files; UnreadableFileError if it was cut or changed."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        message = f"{path} was damaged ({error}): restore it, or remove it by hand"
        raise UnreadableFileError(message) from error


def private_folder(path: Path) -> Path:
    """Make a folder, and its missing parents, with mode 700; one that is there stays as it is."""
    if not path.is_dir():
        private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
    return path


def write_private(path: Path, content: bytes) -> Path:
    """Write a file of mode 600 so that a reader sees the old content or the new, never a half."""
    private_folder(path.parent)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path


@dataclass(frozen=True)
class CertificateFiles:
    """A certificate and its key, both PEM."""

    certificate: Path
    key: Path


@dataclass(frozen=True)
class Home:
    """Where everything is. Several homes live side by side and share nothing."""

    path: Path

    @classmethod
    def from_options(cls, option: Path | str | None, env: Mapping[str, str]) -> Home:
        """Return the home of --home, else of MESH_HOME, else .mesh in the checkout."""
        chosen = option or env.get(HOME_VARIABLE) or DEFAULT_HOME
        return cls(Path(chosen).expanduser().resolve())

    def prepare(self) -> Home:
        """Make the home's own folders, mode 700; return the home.

        A folder that holds something of our names, but was not made by us, is NotOursError.
        """
        if not self.is_ours:
            self._demand_free()
            write_private(self._marker, b"Made by the mesh command.\n")
        for folder in (self.path, self.secrets, self.run, self.logs):
            private_folder(folder)
        return self

    @property
    def _marker(self) -> Path:
        return self.path / MARKER

    @property
    def is_ours(self) -> bool:
        """Say whether we made what stands here; without our mark nothing of it is removed."""
        return self._marker.is_file()

    def _demand_free(self) -> None:
        for name in (*_MADE_FOLDERS, *_MADE_FILES):
            if (self.path / name).exists():
                message = f"{self.path / name} was not made by the mesh: take another --home"
                raise NotOursError(message)

    @property
    def secrets(self) -> Path:
        """Return the folder of passwords and keys."""
        return self.path / "secrets"

    @property
    def run(self) -> Path:
        """Return the folder of process ids."""
        return self.path / "run"

    @property
    def logs(self) -> Path:
        """Return the folder of the processes' logs."""
        return self.path / "logs"

    @property
    def database_folder(self) -> Path:
        """Return where an ordinary user's database stands."""
        return self.path / "database"

    @property
    def database_record(self) -> Path:
        """Return the file that says where the database really stands."""
        return self.path / "database.json"

    @property
    def process_book(self) -> Path:
        """Return the file that says which processes were started, and by whom."""
        return self.run / "processes.json"

    def pid_file(self, process: str) -> Path:
        """Return the file that holds one process id."""
        return self.run / f"{process}.pid"

    def log(self, process: str) -> Path:
        """Return one process's log."""
        return self.logs / f"{process}.log"

    def secret(self, name: str) -> Path:
        """Return one file of mode 600."""
        return self.secrets / name

    def pki(self, network: Network) -> Path:
        """Return the folder of one network's authority and certificates."""
        return self.path / "pki" / network.value

    def authority(self, network: Network) -> Path:
        """Return the certificate of a network's authority."""
        return self.pki(network) / "ca.pem"

    def certificate(self, network: Network, file_name: str) -> CertificateFiles:
        """Return where one holder's certificate and key are."""
        folder = self.pki(network)
        return CertificateFiles(folder / f"{file_name}.pem", folder / f"{file_name}.key")

    def external_folders(self) -> list[Path]:
        """Return what this home made outside of itself (database.json says)."""
        record = self.read_database_record()
        return [Path(each) for each in record.get("external", [])] if record else []

    def read_database_record(self) -> dict[str, Any] | None:
        """Return what database.json says, or None if no database was made yet."""
        if not self.database_record.exists():
            return None
        record: dict[str, Any] = read_json(self.database_record)
        return record

    def reset(self) -> list[Path]:
        """Remove everything the mesh made here, and outside of here; return what went.

        Files that are not ours stay, and then so does the folder. Stop the processes first.
        A home without our mark that holds something of our names, or a recorded outside folder
        that cannot be one of ours, is NotOursError, and nothing goes.
        """
        was_ours = self.is_ours
        if not was_ours:
            self._demand_free()
        sub_homes = [Home(self.path / name) for name in _SUB_HOMES if (self.path / name).is_dir()]
        external = self.external_folders()
        for folder in external:
            _check_external(folder)
        removed = [path for sub_home in sub_homes for path in sub_home.reset()]
        folders = [*external, *(self.path / name for name in _MADE_FOLDERS)]
        for folder in folders:
            if folder.is_dir():
                shutil.rmtree(folder)
                removed.append(folder)
        for name in _MADE_FILES:
            (self.path / name).unlink(missing_ok=True)
        self._marker.unlink(missing_ok=True)
        made_here = was_ours or bool(removed)
        if made_here and self.path.is_dir() and not any(self.path.iterdir()):
            self.path.rmdir()
            removed.append(self.path)
        return removed


def _check_external(folder: Path) -> None:
    """Let pass only a folder of ours: one wrong line in a file must not remove a disk."""
    database = folder.parent == EXTERNAL_ROOT and _EXTERNAL_NAME.fullmatch(folder.name)
    sockets = folder.name.startswith(SOCKET_PREFIX) and not folder.is_symlink()
    if not (database or sockets):
        raise NotOursError(f"{folder} was not made by this home; nothing was removed")
