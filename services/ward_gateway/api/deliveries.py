"""GET /deliveries, their content and acknowledgement: what goes on to the standard system."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query
from fastapi.responses import Response

from services.ward_gateway.api.access import Res
from services.ward_gateway.domain.deliveries import Delivery
from services.ward_gateway.domain.refusals import DeliveryNotFound
from services.ward_gateway.usecases import hand_deliveries_over as handing
from shared.kit.clock import tokyo_date
from shared.wire.deliveries import DeliveriesListed, DeliveryView
from shared.wire.file_collection import AcknowledgeFile, FileAcknowledged


async def get_deliveries(
    res: Res, *, acknowledged: Annotated[bool, Query()] = False
) -> DeliveriesListed:
    """Return what waits, or what was imported."""
    found = await handing.list_deliveries(res.open_unit_of_work, acknowledged=acknowledged)
    return DeliveriesListed(deliveries=tuple(_view(delivery) for delivery in found))


async def get_delivery_content(file_id: UUID, res: Res) -> Response:
    """Hand a file over."""
    content = await handing.fetch_delivery(file_id, res.open_unit_of_work)
    return Response(content, media_type="application/octet-stream")


async def post_delivery_acknowledgement(
    file_id: UUID, body: AcknowledgeFile, res: Res
) -> FileAcknowledged:
    """Note that a file was imported; its bytes are erased."""
    if body.file_id != file_id:
        raise DeliveryNotFound
    at = await handing.acknowledge_delivery(
        file_id, body.sha256, open_unit_of_work=res.open_unit_of_work, clock=res.clock
    )
    return FileAcknowledged(file_id=file_id, acknowledged_at=at, erase_on=tokyo_date(at))


def _view(delivery: Delivery) -> DeliveryView:
    return DeliveryView(
        file_id=delivery.id,
        kind=delivery.kind,  # type: ignore[arg-type]
        sequence=delivery.sequence,
        record_count=delivery.record_count,
        total_yen=delivery.total_yen,
        sha256=delivery.sha256,
        size_bytes=delivery.size_bytes,
        made_at=delivery.made_at,
        acknowledged_at=delivery.acknowledged_at,
    )
