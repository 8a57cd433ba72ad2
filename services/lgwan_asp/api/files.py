"""Files that a ward's terminal collects at the LGWAN door: parse, call, show."""

from __future__ import annotations

from uuid import UUID

from fastapi.responses import Response

from services.lgwan_asp.api.access import Res
from services.lgwan_asp.domain.outgoing_files import OutgoingFile, erase_day
from services.lgwan_asp.domain.refusals import FileNotFound
from services.lgwan_asp.usecases.hand_over_files import acknowledge_file, collect_file, list_files
from shared.kit.clock import tokyo_date
from shared.kit.door_app import TownDep
from shared.wire.file_collection import AcknowledgeFile, FileAcknowledged, FileListed, FilesListed


async def get_files(town: TownDep, res: Res) -> FilesListed:
    """List what waits for this municipality."""
    files = await list_files(town, open_unit_of_work=res.open_unit_of_work)
    return FilesListed(files=tuple(_listed(file) for file in files))


async def get_file_content(file_id: UUID, town: TownDep, res: Res) -> Response:
    """Hand a file over."""
    content = await collect_file(
        file_id, municipality=town, open_unit_of_work=res.open_unit_of_work
    )
    return Response(content, media_type="application/octet-stream")


async def post_acknowledgement(
    file_id: UUID, body: AcknowledgeFile, town: TownDep, res: Res
) -> FileAcknowledged:
    """Note that a file was registered."""
    if body.file_id != file_id:
        raise FileNotFound
    at = await acknowledge_file(
        file_id,
        body.sha256,
        municipality=town,
        open_unit_of_work=res.open_unit_of_work,
        clock=res.clock,
    )
    erase_on = erase_day(tokyo_date(at), res.files_kept_days)
    return FileAcknowledged(file_id=file_id, acknowledged_at=at, erase_on=erase_on)


def _listed(file: OutgoingFile) -> FileListed:
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
