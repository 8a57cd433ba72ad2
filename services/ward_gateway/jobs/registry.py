"""Every job of the ward gateway by name, with the time of day at which it is due."""

from __future__ import annotations

from datetime import time

from services.ward_gateway.domain.billing_uploads import RELEASE_BY
from services.ward_gateway.jobs.collect import collect_leased_line, collect_lgwan
from services.ward_gateway.jobs.reconcile import reconcile
from services.ward_gateway.jobs.upload import (
    count_billing_changes,
    plan_billing_orders,
    prepare_billing,
    send_released,
)
from services.ward_gateway.jobs.watch import watch_deliveries
from shared.kit.jobs import Job, registry

JOBS = registry(
    Job(
        "collect_leased_line",
        collect_leased_line,
        "The leased-line terminal collects, registers, erases and acknowledges its files.",
        at=time(8, 30),
    ),
    Job(
        "collect_lgwan",
        collect_lgwan,
        "The LGWAN terminal collects, registers, erases and acknowledges its files.",
        at=(time(8, 30), time(11, 30), time(14, 30)),
    ),
    Job(
        "plan_billing",
        plan_billing_orders,
        "Keys that the centre should add, change or delete are found in the ward's own rows.",
        at=time(8, 40),
    ),
    Job(
        "prepare_billing",
        prepare_billing,
        "Slips are issued anew; what the centre should hold goes into files that wait for release.",
        at=(time(8, 45), time(15, 0)),
    ),
    Job(
        "upload_billing",
        send_released,
        "Released files are sent, lost answers are asked for, and unreleased files are told.",
        at=(time(14, 0), time(16, 0), RELEASE_BY, time(16, 55)),
    ),
    Job(
        "count_billing_changes",
        count_billing_changes,
        "By hand: how many keys at the centre are no longer what is owed.",
    ),
    Job(
        "reconcile",
        reconcile,
        "Confirmed receipts are matched with deposits, and exceptions opened or closed.",
        at=time(17, 30),
    ),
    Job(
        "watch_deliveries",
        watch_deliveries,
        "Files that the standard system has not fetched within their term become exceptions.",
        at=time(17, 40),
    ),
)
