"""Every job of the ward gateway by name, with the time of day at which it is due."""

from __future__ import annotations

from datetime import time

from services.ward_gateway.jobs.collect import collect_leased_line, collect_lgwan
from services.ward_gateway.jobs.reconcile import reconcile
from services.ward_gateway.jobs.upload import count_billing_changes, upload_issued_slips
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
        at=time(8, 30),
    ),
    Job(
        "upload_billing",
        upload_issued_slips,
        "Issued slips are sent to the centre, and lost answers are asked for.",
        at=time(16, 0),
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
)
