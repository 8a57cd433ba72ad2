"""The leased line's files: list, collect, acknowledge; whose files, the certificate says."""

from __future__ import annotations

from uuid import UUID

from fastapi.responses import Response

from services.payment_provider.api.access import Res
from services.payment_provider.domain.files import WaitingFile
from services.payment_provider.domain.refusals import FileNotFound
from services.payment_provider.usecases import collect_files
from shared.kit.door_app import TownDep
from shared.wire.file_collection import (
    AcknowledgeFile,
    FileAcknowledged,
    FileListed,
    FilesListed,
)

OCTETS = "application/octet-stream"


async def get_files(town: TownDep, res: Res) -> FilesListed:
    """Answer the list of the caller's municipality."""
    files = await collect_files.list_files(town, res.books)
    return FilesListed(files=tuple(listed(file) for file in files))


async def get_content(file_id: UUID, town: TownDep, res: Res) -> Response:
    """Answer a file's bytes as they are."""
    content = await collect_files.collect_file(file_id, town, res.books)
    return Response(content, media_type=OCTETS)


async def post_acknowledgement(
    file_id: UUID, body: AcknowledgeFile, town: TownDep, res: Res
) -> FileAcknowledged:
    """Answer an acknowledgement; the id stands in the path and in the body, and is one id."""
    if body.file_id != file_id:
        raise FileNotFound
    file = await collect_files.acknowledge_file(file_id, body.sha256, town, res.books)
    return FileAcknowledged.model_validate(
        {"file_id": file.id, "acknowledged_at": file.acknowledged_at}
    )


def listed(file: WaitingFile) -> FileListed:
    """Show a file as the wire lists it."""
    return FileListed(
        file_id=file.id,
        municipality=file.municipality,
        kind=file.kind,
        sequence=file.sequence,
        record_count=file.record_count,
        total_yen=file.total_yen,
        sha256=file.sha256,
        size_bytes=file.size_bytes,
        created_at=file.created_at,
    )
