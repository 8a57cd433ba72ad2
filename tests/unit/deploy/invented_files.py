"""A folder with a clerk's files, and the key and the contract of an invented ward in its home."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.museum.curate import FILES
from tests.unit.deploy.command_line import CommandLine
from tests.unit.shared.files.invented_values import KEY

CONTRACT = {
    "institution_number": "13104",
    "category": "341",
    "name_kana": "ｼﾝｼﾞﾕｸｸ",
    "confirmation_key_hex": KEY.hex(),
    "confirmation_digits": 4,
    "tamper_key_hex": KEY.hex(),
}
BILLING_TERMS = (
    *("--sequence", "7", "--effective-from", "2025-06-04"),
    *("--made-at", "2025-06-03T00:30"),
)


@dataclass(frozen=True)
class Desk:
    """Where the clerk works: the command, a home with keys, a folder of files."""

    mesh: CommandLine
    folder: Path

    def put(self, name: str, data: bytes) -> str:
        """Lay a file on the desk; return its path."""
        path = self.folder / name
        path.write_bytes(data)
        return str(path)

    def out(self, name: str) -> Path:
        """Return where a converted file is to stand."""
        return self.folder / name

    def files(self, *arguments: str) -> Any:
        """Run `mesh files …`."""
        return self.mesh.run("files", *arguments)

    def document(self, *arguments: str) -> Any:
        """Run `mesh files … --json`."""
        return self.mesh.json("files", *arguments)


def make_desk(mesh: CommandLine, folder: Path, *, keys: bool = True) -> Desk:
    """Make a desk; without keys its home has neither key nor contract."""
    folder.mkdir(parents=True)
    if keys:
        secrets = mesh.home / "secrets"
        secrets.mkdir(parents=True)
        (secrets / "tamper.key").write_text(KEY.hex() + "\n")
        (secrets / "contracts-ward_gateway.json").write_text(json.dumps(CONTRACT))
    return Desk(mesh, folder)


def exhibit(name: str) -> str:
    """Return the path of a museum file, such as billing/good.dat."""
    return str(FILES / name)
