"""Which endpoint stands behind which arrow, door by door: the ward's two doors in one table."""

from __future__ import annotations

from services.ward_gateway.api import (
    assessments,
    bank_statements,
    billing_uploads,
    corrections,
    dead_keys,
    debit_results,
    deliveries,
    dunning_holds,
    exceptions,
    fee_bills,
    intakes,
    mailing_gate,
    paper_notices,
    pay_in_statements,
    receipts,
    reconciliations,
    slips,
    statements,
    trustees,
)
from services.ward_gateway.api.operator import operated
from services.ward_gateway.api.refusals import STATUSES
from services.ward_gateway.resources import SERVICE, Resources
from shared.kit.arrow import AnyArrow
from shared.kit.door_app import Door, Endpoint, mount_log_in, mount_whoami
from shared.kit.jobs import Registry
from shared.kit.operator_door import mount_operator
from shared.wire import billing_releases as releases
from shared.wire import debit_results as debits
from shared.wire import deliveries as delivering
from shared.wire import mailing_gate as mailing
from shared.wire import ward_intranet as wire
from shared.wire.corrections import LIST_CORRECTIONS
from shared.wire.doors import LOG_IN, OPERATOR_ARROWS, WHOAMI, arrows_of
from shared.wire.fee_bills import TAKE_FEE_BILL
from shared.wire.paper_notices import TAKE_PAPER_NOTICES, WITHDRAW_PAPER_NOTICE
from shared.wire.pay_in_statements import TAKE_PAY_IN_STATEMENT

INTRANET = "intranet"
ENDPOINTS: tuple[tuple[AnyArrow, Endpoint], ...] = (
    (wire.TAKE_ASSESSMENTS, assessments.post_assessment_file),
    (wire.ISSUE_SLIPS, slips.post_slip_run),
    (wire.LIST_SLIPS, slips.get_slips),
    (wire.LIST_RECEIPTS, receipts.get_receipts),
    (wire.LIST_INTAKES, intakes.get_intakes),
    (wire.TAKE_BANK_STATEMENT, bank_statements.post_bank_statement),
    (TAKE_PAY_IN_STATEMENT, pay_in_statements.post_pay_in_statement),
    (TAKE_FEE_BILL, fee_bills.post_fee_bill),
    (wire.RECONCILE, reconciliations.post_reconciliation),
    (wire.MAKE_STATEMENT, statements.post_statement),
    (wire.LIST_STATEMENT_LINES, statements.get_statement_lines),
    (wire.LIST_EXCEPTIONS, exceptions.get_exceptions),
    (wire.DECIDE_TRUSTEE, trustees.post_trustee_decision),
    (wire.LIST_DUNNING_HOLDS, dunning_holds.get_dunning_holds),
    (mailing.MAILING_GATE, mailing_gate.get_mailing_gate),
    (mailing.DEAD_KEYS, dead_keys.get_dead_keys),
    (mailing.RETRY_SLIP, slips.post_slip_retry),
    (TAKE_PAPER_NOTICES, paper_notices.post_paper_notices),
    (WITHDRAW_PAPER_NOTICE, paper_notices.post_withdrawal),
    (debits.TAKE_DEBIT_RESULTS, debit_results.post_debit_result_file),
    (debits.LIST_DEBIT_RESULT_FILES, debit_results.get_debit_result_files),
    (debits.LIST_DEBIT_RESULTS, debit_results.get_debit_results),
    (LIST_CORRECTIONS, corrections.get_corrections),
    (releases.PREPARE_UPLOADS, billing_uploads.post_uploads),
    (releases.LIST_UPLOADS, billing_uploads.get_uploads),
    (releases.RELEASE_UPLOAD, billing_uploads.post_release),
    (releases.WITHDRAW_UPLOAD, billing_uploads.post_withdrawal),
    (delivering.LIST_DELIVERIES, deliveries.get_deliveries),
    (delivering.FETCH_DELIVERY, deliveries.get_delivery_content),
    (delivering.ACKNOWLEDGE_DELIVERY, deliveries.post_delivery_acknowledgement),
)


def intranet_door(resources: Resources) -> Door:
    """Put the ward's own systems' and staff's door together."""
    door = _door(resources, INTRANET)
    mount_whoami(door, WHOAMI[SERVICE, INTRANET])
    mount_log_in(door, LOG_IN[SERVICE, INTRANET])
    for arrow, endpoint in ENDPOINTS:
        door.mount(arrow, endpoint)
    return door


def operator_door(resources: Resources, jobs: Registry) -> Door:
    """Put the operator's door together."""
    door = _door(resources, "operator")
    mount_operator(door, OPERATOR_ARROWS[SERVICE], operated(resources, jobs), resources)
    return door


def _door(resources: Resources, name: str) -> Door:
    arrows = arrows_of(SERVICE, name)
    return Door(resources.foundation, resources, name, arrows, statuses=STATUSES)
