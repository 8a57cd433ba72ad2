"""The provider lists, collects and acknowledges the wards' sealed reports."""

from __future__ import annotations

from uuid import UUID

from fastapi.responses import Response

from services.card_agent.api.access import Res
from services.card_agent.domain.refusals import FileNotFound
from services.card_agent.domain.waiting_files import WaitingFile
from services.card_agent.usecases.serve_files import acknowledge_file, collect_file, list_files
from shared.wire.file_collection import (
    AcknowledgeFile,
    FileAcknowledged,
    FileListed,
    FilesListed,
)

OCTETS = "application/octet-stream"


async def get_files(resources: Res) -> FilesListed:
    """Return the files that wait."""
    found = await list_files(open_unit_of_work=resources.open_unit_of_work)
    return FilesListed(files=tuple(_listed(file) for file in found))


async def get_file_content(file_id: UUID, resources: Res) -> Response:
    """Return one file's bytes."""
    content = await collect_file(file_id, open_unit_of_work=resources.open_unit_of_work)
    return Response(content, media_type=OCTETS)


async def post_acknowledgement(
    file_id: UUID, body: AcknowledgeFile, resources: Res
) -> FileAcknowledged:
    """Note that a file arrived; a body that names another file than the path is refused."""
    if body.file_id != file_id:
        raise FileNotFound
    acknowledged_at = await acknowledge_file(
        file_id, body.sha256, open_unit_of_work=resources.open_unit_of_work
    )
    return FileAcknowledged(file_id=file_id, acknowledged_at=acknowledged_at)


def _listed(file: WaitingFile) -> FileListed:
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
