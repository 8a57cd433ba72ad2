"""Which endpoint stands behind which arrow, door by door."""

from __future__ import annotations

from services.lgwan_asp.api.billing_files import get_billing_file, post_billing_file
from services.lgwan_asp.api.daily_totals import post_daily_totals
from services.lgwan_asp.api.files import get_file_content, get_files, post_acknowledgement
from services.lgwan_asp.api.operation import (
    get_exceptions,
    post_outage,
    post_unlock,
    put_down,
)
from services.lgwan_asp.api.refusals import STATUSES
from services.lgwan_asp.api.telegrams import post_cancellation, post_inquiry, post_notification
from services.lgwan_asp.api.telegrams_bulk import post_notification_batch
from services.lgwan_asp.resources import SERVICE, Resources
from services.lgwan_asp.usecases.find_ids import find_ids
from shared.kit.door_app import Door, mount_log_in, mount_whoami
from shared.kit.jobs import Registry
from shared.kit.operator_door import Operated, mount_operator
from shared.wire.billing_uploads import READ_BILLING_FILE, UPLOAD_BILLING
from shared.wire.centre_operation import (
    CENTRE_DOWN,
    LIST_CENTRE_EXCEPTIONS,
    PLAN_OUTAGE,
    UNLOCK_KEY,
)
from shared.wire.doors import LOG_IN, OPERATOR_ARROWS, WHOAMI, arrows_of
from shared.wire.file_collection import AT_CENTRE
from shared.wire.payeasy import CANCEL_RECEIPT, INQUIRE, NOTIFY
from shared.wire.payeasy_bulk import NOTIFY_IN_BULK
from shared.wire.payeasy_totals import TELL_DAILY_TOTALS


def _lgwan(door: Door) -> None:
    mount_whoami(door, WHOAMI[SERVICE, "lgwan"])
    mount_log_in(door, LOG_IN[SERVICE, "lgwan"])
    door.mount(UPLOAD_BILLING, post_billing_file)
    door.mount(READ_BILLING_FILE, get_billing_file)
    door.mount(AT_CENTRE.list_files, get_files)
    door.mount(AT_CENTRE.collect_file, get_file_content)
    door.mount(AT_CENTRE.acknowledge_file, post_acknowledgement)


def _mpn(door: Door) -> None:
    mount_whoami(door, WHOAMI[SERVICE, "mpn"])
    door.mount(INQUIRE, post_inquiry)
    door.mount(NOTIFY, post_notification)
    door.mount(CANCEL_RECEIPT, post_cancellation)
    door.mount(NOTIFY_IN_BULK, post_notification_batch)
    door.mount(TELL_DAILY_TOTALS, post_daily_totals)


def _operator(door: Door, resources: Resources, jobs: Registry) -> None:
    async def resolve(key: str) -> list[str]:
        return await find_ids(key, open_unit_of_work=resources.open_unit_of_work)

    operated = Operated(jobs=jobs, peers={}, resolve=resolve)
    mount_operator(door, OPERATOR_ARROWS[SERVICE], operated, resources)
    door.mount(UNLOCK_KEY, post_unlock)
    door.mount(PLAN_OUTAGE, post_outage)
    door.mount(LIST_CENTRE_EXCEPTIONS, get_exceptions)
    door.mount(CENTRE_DOWN, put_down)


def open_door(resources: Resources, name: str, jobs: Registry) -> Door:
    """Return one door with everything mounted; KeyError if the centre has no such door."""
    door = Door(resources.foundation, resources, name, arrows_of(SERVICE, name), statuses=STATUSES)
    if name == "operator":
        _operator(door, resources, jobs)
    else:
        {"lgwan": _lgwan, "mpn": _mpn}[name](door)
    return door
