"""`mesh uploads`: billing files on their way to the centre, and the second clerk who lets them go.

Asks the ward's intranet door as a clerk does; decides nothing.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from deploy.cli.complaints import Complaint
from deploy.cli.console import OUT, say_json, say_lines, yen
from deploy.cli.options import HomeOption, JsonOption, with_access

if TYPE_CHECKING:
    from deploy.installation import Installation
    from shared.wire.billing_releases import UploadView
    from simulation.access import Access
    from simulation.books import Books


class Clerk(Enum):
    """Who asks: the users of the sandbox with the role clerk."""

    CLERK = "clerk"
    SECOND_CLERK = "second_clerk"


UploadArgument = Annotated[
    UUID, typer.Argument(metavar="ID", help="An upload's id, as `mesh uploads` lists it.")
]
WaitingOption = Annotated[bool, typer.Option("--waiting", help="Only what nobody released yet.")]
ByOption = Annotated[Clerk, typer.Option("--by", help="As which clerk to ask.")]


def uploads(
    context: typer.Context,
    home: HomeOption = None,
    *,
    waiting: WaitingOption = False,
    as_json: JsonOption = False,
) -> None:
    """List the ward's billing files: what is in them, who prepared and who released them.

    Nothing leaves the LGWAN terminal before a second person has released it. The job prepares as
    the terminal's user, or a clerk does (mesh uploads prepare); released files are sent at 14:00.

    Example: mesh uploads --waiting
    """
    if context.invoked_subcommand is not None:
        return

    async def work(_: Installation, access: Access, __: Books) -> list[UploadView]:
        return await _read(access, state="BUILT" if waiting else None)

    found = with_access(home, work)
    if as_json:
        say_json([upload.model_dump(mode="json") for upload in found])
        return
    if not found:
        _say("No billing file waits." if waiting else "There are no billing files.")
        return
    kinds = ("ADD", "CHANGE", "DELETE", "UNWANTED")
    heading = ("UPLOAD", "NO", "STATE", *kinds, "YEN", "PREPARED", "RELEASED")
    say_lines(heading, [_row(upload) for upload in found])


def prepare(
    home: HomeOption = None, *, by: ByOption = Clerk.CLERK, as_json: JsonOption = False
) -> None:
    """Make billing files of what the centre should hold differently; they wait for a release.

    Example: mesh uploads prepare
    """

    async def work(_: Installation, access: Access, __: Books) -> int:
        from shared.wire.billing_releases import PREPARE_UPLOADS

        return (await access.staff_asks(by.value, PREPARE_UPLOADS)).files_built

    built = with_access(home, work)
    if as_json:
        say_json({"files_built": built})
    else:
        _say(f"{built} files wait for a second clerk: mesh uploads --waiting")


def release(
    upload_id: UploadArgument,
    home: HomeOption = None,
    *,
    by: ByOption = Clerk.SECOND_CLERK,
    as_json: JsonOption = False,
) -> None:
    """Let a billing file go to the centre, as a clerk who has not prepared it.

    The release names the SHA-256 of the file that is listed: other bytes never leave. It is sent
    when the ward next sends (mesh clock advance). A lost answer needs no second release.

    Example: mesh uploads release 7f6c1c2e-3f0a-4c55-9d7e-0b6a2c9a1d11
    """

    async def work(_: Installation, access: Access, __: Books) -> UploadView:
        from shared.wire.billing_releases import RELEASE_UPLOAD, ReleaseUpload

        seen = ReleaseUpload(sha256=(await _find(access, upload_id)).sha256)
        return await access.staff_asks(by.value, RELEASE_UPLOAD, seen, upload_id=upload_id)

    _told(with_access(home, work), "released", as_json=as_json)


def withdraw(
    upload_id: UploadArgument,
    home: HomeOption = None,
    *,
    by: ByOption = Clerk.CLERK,
    as_json: JsonOption = False,
) -> None:
    """Take back a billing file that has not left: its records are free, its number is used again.

    Only the file with the last number, so that the centre never misses one; a file that has left
    once is not taken back, because it may have arrived.

    Example: mesh uploads withdraw 7f6c1c2e-3f0a-4c55-9d7e-0b6a2c9a1d11
    """

    async def work(_: Installation, access: Access, __: Books) -> UploadView:
        from shared.wire.billing_releases import WITHDRAW_UPLOAD

        return await access.staff_asks(by.value, WITHDRAW_UPLOAD, upload_id=upload_id)

    _told(with_access(home, work), "withdrawn", as_json=as_json)


async def _read(access: Access, *, state: str | None) -> list[UploadView]:
    from shared.wire.billing_releases import LIST_UPLOADS
    from simulation.verdict import read_all

    only = {} if state is None else {"state": state}
    found = await read_all(
        lambda query: access.staff_asks("clerk", LIST_UPLOADS, query=query | only),
        lambda page: page.uploads,
    )
    return sorted(found, key=lambda upload: (upload.prepared_at, upload.file_sequence))


async def _find(access: Access, upload_id: UUID) -> UploadView:
    for upload in await _read(access, state=None):
        if upload.upload_id == upload_id:
            return upload
    raise Complaint("upload_not_found", "There is no billing file of that id: mesh uploads")


def _told(upload: UploadView, what: str, *, as_json: bool) -> None:
    if as_json:
        say_json(upload.model_dump(mode="json"))
    else:
        _say(f"File {upload.file_sequence} is {what} ({upload.record_count} records).")


def _row(upload: UploadView) -> tuple[str, ...]:
    kinds = (yen(upload.adds), yen(upload.changes), yen(upload.deletes), yen(upload.unwanted))
    who = (upload.prepared_by, upload.released_by or "-")
    total = yen(int(upload.total_yen))
    return str(upload.upload_id), str(upload.file_sequence), upload.state, *kinds, total, *who


def _say(line: str) -> None:
    OUT.print(line, highlight=False, markup=False, soft_wrap=True)
