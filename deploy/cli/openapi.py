"""`mesh openapi`: the contract of each door, written down from the code that answers at it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.console import OUT, say_json
from deploy.cli.options import HomeOption, JsonOption, home_of

FolderOption = Annotated[
    Path | None,
    typer.Option(
        "--into", help="The folder to write to.", show_default="docs/contracts of the checkout"
    ),
]


def openapi(
    home: HomeOption = None,
    *,
    into: FolderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write docs/contracts/SERVICE.DOOR.openapi.json, one for each of the eleven doors.

    Opens no port and no database; no mesh need be up.

    Example: mesh openapi
    """
    home_of(home)
    from deploy.cli.contract_documents import contract_documents
    from deploy.home import CHECKOUT

    into = into or CHECKOUT / "docs" / "contracts"
    into.mkdir(parents=True, exist_ok=True)
    written = []
    for name, document in contract_documents().items():
        path = into / f"{name}.openapi.json"
        path.write_text(as_text(document), encoding="utf-8")
        written.append(str(path))
    if as_json:
        say_json({"written": written})
    else:
        OUT.print(*written, sep="\n", highlight=False, soft_wrap=True)


def as_text(document: object) -> str:
    """Return a document as it stands in its file."""
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
