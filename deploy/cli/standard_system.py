"""`mesh standard-system`: what is ready for 標準システム at the ward's gateway.

Asks the ward's intranet door as the standard system does; `mesh clock advance` does it every day.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from deploy.cli.complaints import Complaint
from deploy.cli.console import OUT, say_json, say_lines, yen
from deploy.cli.opened_files import write_new
from deploy.cli.options import HomeOption, JsonOption, with_access

if TYPE_CHECKING:
    from deploy.installation import Installation
    from shared.wire.deliveries import DeliveriesListed, DeliveryView
    from shared.wire.file_collection import FileAcknowledged
    from simulation.access import Access
    from simulation.books import Books

FileId = Annotated[UUID, typer.Argument(metavar="FILE_ID", help="As `list` shows it.")]
AcknowledgedOption = Annotated[
    bool, typer.Option("--acknowledged", help="What was imported last, instead of what waits.")
]
OutOption = Annotated[Path, typer.Option("--out", help="A new file (mode 600).")]
FetchedArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="The file that was fetched and imported.")
]


def list_files(
    home: HomeOption = None,
    *,
    acknowledged: AcknowledgedOption = False,
    as_json: JsonOption = False,
) -> None:
    """List files that wait for the standard system: shuno.csv, and app-banking receipts.

    Example: mesh standard-system list --json
    """

    async def work(_: Installation, access: Access, __: Books) -> DeliveriesListed:
        from shared.wire.deliveries import LIST_DELIVERIES

        query = {"acknowledged": str(acknowledged).lower()}
        return await access.staff_asks("system", LIST_DELIVERIES, query=query)

    listed = with_access(home, work)
    if as_json:
        say_json(listed.model_dump(mode="json")["deliveries"])
    elif listed.deliveries:
        heading = ("FILE ID", "KIND", "NUMBER", "RECORDS", "YEN", "BYTES", "IMPORTED")
        say_lines(heading, [_row(each) for each in listed.deliveries])
    else:
        OUT.print("待っているファイルはありません。 No such file.")


def fetch(
    file_id: FileId, *, out: OutOption, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Fetch a file; it can be fetched again until it is acknowledged.

    Example: mesh standard-system fetch FILE_ID --out shuno.csv
    """

    async def work(_: Installation, access: Access, __: Books) -> bytes:
        from shared.wire.deliveries import FETCH_DELIVERY

        return await access.staff_fetches("system", FETCH_DELIVERY, file_id=file_id)

    content = with_access(home, work)
    with write_new(out) as file:
        file.write(content)
    sha256 = hashlib.sha256(content).hexdigest()
    if as_json:
        say_json({"out": str(out), "size_bytes": len(content), "sha256": sha256})
    else:
        line = f"{out}: {len(content):,} bytes, SHA-256 {sha256}"
        OUT.print(line, highlight=False, markup=False, soft_wrap=True)


def acknowledge(
    file_id: FileId, file: FetchedArgument, home: HomeOption = None, *, as_json: JsonOption = False
) -> None:
    """Say that a file was imported, by the SHA-256 of FILE: the gateway erases its bytes.

    Another hash is refused, and nothing is erased. The same words again: the same answer.

    Example: mesh standard-system acknowledge FILE_ID shuno.csv
    """
    sha256 = _sha256_of(file)

    async def work(_: Installation, access: Access, __: Books) -> FileAcknowledged:
        from shared.wire.deliveries import ACKNOWLEDGE_DELIVERY
        from shared.wire.file_collection import AcknowledgeFile

        body = AcknowledgeFile(file_id=file_id, sha256=sha256)
        return await access.staff_asks("system", ACKNOWLEDGE_DELIVERY, body, file_id=file_id)

    told = with_access(home, work)
    if as_json:
        say_json(told.model_dump(mode="json"))
        return
    line = f"{file_id}: 取込済み、消去しました。 Imported, and erased at the gateway."
    OUT.print(line, highlight=False, markup=False, soft_wrap=True)


def _sha256_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Complaint("file_not_read", f"{path} cannot be read: {error.strerror}") from error


def _row(each: DeliveryView) -> tuple[str, ...]:
    from shared.kit.clock import TOKYO

    at = each.acknowledged_at
    return (
        str(each.file_id),
        each.kind,
        str(each.sequence),
        yen(each.record_count),
        yen(int(each.total_yen)),
        yen(each.size_bytes),
        "" if at is None else f"{at.astimezone(TOKYO):%Y-%m-%d %H:%M}",
    )
