"""How many keys at the centre are no longer what is owed, from the ward's own rows.

Counts only; sending change and delete records without being asked is not done here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from services.ward_gateway.domain.bills import DeleteReason, Standing
from services.ward_gateway.domain.slips import PaidSlip, bill_of_slip
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.build_billing_record import build_billing_record
from services.ward_gateway.usecases.find_changes import find_changes, fold_uploads
from shared.files.billing import BillingRecord
from shared.files.codes import Proc

NAMES = {Proc.CHANGE: "changes_due", Proc.DELETE: "deletes_due"}
Details = tuple[int, str, str]


async def count_billing_changes(
    open_unit_of_work: Callable[[], UnitOfWork], *, enabled: bool
) -> dict[str, int]:
    """Return `deletes_due`, `changes_due` and `paid_at_centre` (left alone: E130), if not 0.

    1. Turned off by the setting: nothing is asked, nothing counted. 2. Slips that the centre holds
    and that have a live receipt are compared with what is owed (find_changes): paid in full on
    another channel means a delete with reason 1. Claims cannot be corrected in the gateway yet, so
    other reasons come from choutei.csv alone (convert_changes).
    """
    if not enabled:
        return {}
    async with open_unit_of_work() as work:
        paid = await work.slips.paid_but_payable()
        details = await work.assessments.slip_details([each.slip.assessment_id for each in paid])
        today = work.clock.today()
    uploaded = [_uploaded(each, details[each.slip.assessment_id]) for each in paid]
    standings = [_standing(each, details[each.slip.assessment_id]) for each in paid]
    counts: Counter[str] = Counter()
    for found in find_changes(fold_uploads(uploaded), standings, effective_from=today):
        counts[NAMES[found.proc] if isinstance(found, BillingRecord) else found.code] += 1
    return dict(counts)


def _uploaded(paid: PaidSlip, details: Details) -> BillingRecord:
    slip = paid.slip
    return build_billing_record(
        bill_of_slip(slip, *details),
        record_seq=1,
        institution_number=slip.institution_number,
        category=slip.category,
        payment_number=slip.payment_number,
        confirmation_number=slip.confirmation_number,
        effective_from=slip.effective_from,
    )


def _standing(paid: PaidSlip, details: Details) -> Standing:
    whole = paid.elsewhere_yen >= paid.slip.amount_yen
    gone = DeleteReason.PAID_ELSEWHERE if whole else None
    return Standing(bill_of_slip(paid.slip, *details), gone, paid.at_centre)
