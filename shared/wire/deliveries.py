"""The ward's standard system -> ward_gateway, intranet door: registered files go on to it.

List, fetch, acknowledge by file id and SHA-256; an acknowledged file's bytes are erased at once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.kit.arrow import Arrow, Binary, NoBody, Wire
from shared.kit.money import Yen
from shared.wire.file_collection import AcknowledgeFile, FileAcknowledged
from shared.wire.ward_intranet import CLERKS, STAFF

STANDARD_SYSTEM = ("ward-system-??",)
SHUNO, RECEIPTS_MOBILE_BANKING = "shuno", "receipts_mobile_banking"
DeliveryKind = Literal["shuno", "receipts_mobile_banking"]


class DeliveryView(Wire):
    """A file for the standard system: shuno.csv, or app-banking receipts byte for byte.

    sequence: the number of the file that came; count, yen and SHA-256 are of the file that goes on,
    and its receiver computes them again (a CSV has no trailer). acknowledged_at: when it was
    imported, and its bytes erased here; None: it waits.
    """

    file_id: UUID
    kind: DeliveryKind
    sequence: int
    record_count: int
    total_yen: Yen
    sha256: str
    size_bytes: int
    made_at: datetime
    acknowledged_at: datetime | None


class DeliveriesListed(Wire):
    """What waits, in the order in which it was registered, at most 100 (query: acknowledged).

    acknowledged=true: instead those that were imported last, the last one first, at most 100.
    """

    deliveries: tuple[DeliveryView, ...]


LIST_DELIVERIES: Arrow[NoBody, DeliveriesListed] = Arrow(
    "list_deliveries",
    "ward_gateway",
    "intranet",
    "GET",
    "/deliveries",
    NoBody,
    DeliveriesListed,
    STAFF,
    roles=CLERKS,
    sign_in="session",
)
FETCH_DELIVERY: Arrow[NoBody, Binary] = Arrow(
    "fetch_delivery",
    "ward_gateway",
    "intranet",
    "GET",
    "/deliveries/{file_id}/content",
    NoBody,
    Binary,
    STANDARD_SYSTEM,
    ("delivery_not_found", "delivery_erased"),
    roles=("system",),
    sign_in="session",
)
ACKNOWLEDGE_DELIVERY: Arrow[AcknowledgeFile, FileAcknowledged] = Arrow(
    "acknowledge_delivery",
    "ward_gateway",
    "intranet",
    "POST",
    "/deliveries/{file_id}/acknowledgement",
    AcknowledgeFile,
    FileAcknowledged,
    STANDARD_SYSTEM,
    ("delivery_not_found", "file_hash_differs"),
    roles=("system",),
    sign_in="session",
)

ARROWS = (LIST_DELIVERIES, FETCH_DELIVERY, ACKNOWLEDGE_DELIVERY)
