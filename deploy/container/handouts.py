"""What each container is handed: its own settings and the very files that these name, no others.

One volume for each holder; the authorities' keys stay in a volume that only setup sees.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.home import Home, private_folder, write_private
from deploy.installation import Installation
from deploy.service_databases import ADMIN, Passwords, owner_role, runtime_role
from shared.kit.peer_names import Network
from shared.wire.doors import SERVICES, DoorPlace

HANDED_OUT: Final = Path("/mesh")
"""Where a container finds what it was handed, read-only."""
COPIES: Final = Path("/copies")
"""Where the ward's terminals keep their temporary copies: the one folder a service writes to."""
EVERY_INTERFACE: Final = "0.0.0.0"  # noqa: S104 - a container's networks are the closed networks
SETTINGS_FILE: Final = "settings.json"
ADMIN_PASSWORD_FILE: Final = "admin-password"  # noqa: S105 - the name of a file
DATABASE_PORT: Final = 5432


def host_of(service: str) -> str:
    """Return the name of a service's container: the organisation, written as a DNS label."""
    return service.replace("_", "-")


def database_host_of(service: str) -> str:
    """Return the name under which a service's database is found on its own network."""
    return f"{host_of(service)}-database"


def database_url(service: str, role: str, password: str) -> str:
    """Return the URL of a service's database for one of its roles."""
    host = f"{database_host_of(service)}:{DATABASE_PORT}"
    return f"postgresql+asyncpg://{role}:{password}@{host}/{service}"


@dataclass(frozen=True)
class ContainerInstallation(Installation):
    """An installation whose doors stand in containers of their own, at the ports of DESIGN §2."""

    def address(self, place: DoorPlace) -> str:
        """Return a door's address: the name in its certificate, an alias on its network alone."""
        return f"https://{place.server_name}:{place.port}"


def hand_out_all(installation: ContainerInstallation, handouts: Path) -> None:
    """Make what is missing, then fill every holder's folder anew. Safe to repeat.

    Folders: SERVICE (what the service gets), SERVICE-database (what its migration and its
    database server get), operator (what lets the users in).
    """
    installation.prepare()
    for service in SERVICES:
        owner = Home(handouts / f"{host_of(service)}-database")
        runtime_url = hand_out_database(service, owner)
        hand_out_settings(installation, service, runtime_url, handouts / host_of(service))
    hand_out_operator(installation, Home(handouts / "operator"))


def hand_out_database(service: str, owner: Home) -> str:
    """Make the passwords of a database's three roles; return the runtime role's URL."""
    passwords = Passwords(owner)
    write_private(owner.secret(ADMIN_PASSWORD_FILE), passwords.make(ADMIN).encode())
    passwords.make(owner_role(service))
    role = runtime_role(service)
    return database_url(service, role, passwords.make(role))


def hand_out_settings(
    installation: ContainerInstallation,
    service: str,
    runtime_url: str,
    folder: Path,
    *,
    seen_at: Path = HANDED_OUT,
    copies: Path = COPIES,
) -> None:
    """Copy the files that a service's settings name, and write these settings beside them.

    seen_at, copies: where the service's container finds the folder and its temporary copies.
    """
    home = installation.home.path
    settings: dict[str, str] = {}
    for name, value in installation.environment(service, runtime_url).items():
        path = Path(value)
        if name.endswith("__HOST"):
            settings[name] = EVERY_INTERFACE
        elif not path.is_relative_to(home):
            settings[name] = value
        elif path.is_dir():
            settings[name] = str(copies / path.name)
        else:
            settings[name] = str(seen_at / _copied(path, home, folder))
    write_private(folder / SETTINGS_FILE, json.dumps(settings, indent=1).encode())


def hand_out_operator(installation: ContainerInstallation, operator: Home) -> None:
    """Hand out what lets the sandbox's users in: the operator's certificate and their passwords."""
    home = installation.home
    files = home.certificate(Network.OPERATOR, "operator")
    for path in (
        home.authority(Network.OPERATOR),
        files.certificate,
        files.key,
        home.secret("users.json"),
    ):
        _copied(path, home.path, operator.path)


def read_settings(handed_out: Path) -> dict[str, str]:
    """Return the settings that were handed to a service's container."""
    text = (handed_out / SETTINGS_FILE).read_text(encoding="utf-8")
    found: dict[str, str] = json.loads(text)
    return found


def _copied(path: Path, home: Path, folder: Path) -> Path:
    """Copy one file, mode 600 as ever; return its place within the folder."""
    place = path.relative_to(home)
    private_folder((folder / place).parent)
    shutil.copy(path, folder / place)
    return place
