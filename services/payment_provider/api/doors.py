"""Which endpoint stands behind which arrow, at each of the provider's three doors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from starlette.types import ASGIApp

from services.payment_provider.api import (
    differences,
    fee_bills,
    files,
    payments,
    sandbox,
    terms,
    transfer_orders,
    undoing,
)
from services.payment_provider.api.refusals import STATUSES
from services.payment_provider.jobs.registry import JOBS
from services.payment_provider.resources import Resources
from services.payment_provider.usecases.resolve_key import resolve_key
from shared.kit.door_app import Door, mount_log_in, mount_whoami
from shared.kit.operator_door import Operated, Peer, mount_operator
from shared.wire import differences as differing
from shared.wire import mobile_payments as mobile
from shared.wire import sandbox_bank as bank
from shared.wire import sandbox_books as outside
from shared.wire.doors import (
    CARD_AGENT,
    LOG_IN,
    OPERATOR_ARROWS,
    PAYMENT_PROVIDER,
    WHOAMI,
    arrows_of,
    door_place,
)
from shared.wire.fee_bills import LIST_FEE_BILLS
from shared.wire.file_collection import AT_PROVIDER
from shared.wire.transfer_orders import FROM_PROVIDER


def _door(resources: Resources, name: str) -> Door:
    return Door(
        resources.foundation,
        resources,
        name,
        arrows_of(PAYMENT_PROVIDER, name),
        statuses=STATUSES,
        mutual=door_place(PAYMENT_PROVIDER, name).mutual,
    )


def payers(resources: Resources) -> ASGIApp:
    """Build the door of the Mobile Regi app: public, no certificate, no login."""
    door = _door(resources, "payers")
    mount_whoami(door, WHOAMI[PAYMENT_PROVIDER, "payers"])
    door.mount(mobile.READ_SLIP, payments.post_slip_reading)
    door.mount(mobile.PAY_BY_CARD, payments.post_credit_payment)
    door.mount(mobile.PAY_BY_BANK, payments.post_banking_payment)
    door.mount(mobile.RETURN_FROM_BANK, payments.post_return)
    door.mount(mobile.READ_PAYMENT, payments.get_payment)
    door.mount(mobile.READ_TERMS, terms.get_terms)
    door.mount(mobile.ACCEPT_TERMS, terms.post_acceptance)
    door.mount(bank.DECIDE_AT_BANK, sandbox.post_decision)
    return door.app()


def leased_line(resources: Resources) -> ASGIApp:
    """Build the door of the wards' terminals: they collect, and upload nothing."""
    door = _door(resources, "leased_line")
    place = (PAYMENT_PROVIDER, "leased_line")
    mount_whoami(door, WHOAMI[place])
    mount_log_in(door, LOG_IN[place])
    door.mount(AT_PROVIDER.list_files, files.get_files)
    door.mount(AT_PROVIDER.collect_file, files.get_content)
    door.mount(AT_PROVIDER.acknowledge_file, files.post_acknowledgement)
    return door.app()


def operator(resources: Resources) -> ASGIApp:
    """Build the operator door: the standard questions, transfer orders, undoing, the sandbox's."""
    door = _door(resources, "operator")
    card_agent = Peer(CARD_AGENT, resources.card_agent.peer, WHOAMI[CARD_AGENT, "leased_line"])
    operated = Operated(
        jobs=JOBS,
        peers={CARD_AGENT: card_agent},
        resolve=partial(resolve_key, books=resources.books),
    )
    mount_operator(door, OPERATOR_ARROWS[PAYMENT_PROVIDER], operated, resources)
    door.mount(FROM_PROVIDER, transfer_orders.get_transfer_orders)
    door.mount(LIST_FEE_BILLS, fee_bills.get_fee_bills)
    door.mount(outside.PAYERS_BANK_BOOKS, sandbox.get_books)
    door.mount(outside.COLLECTION_ACCOUNT, sandbox.get_collection_account)
    door.mount(outside.WAITING_FILES, sandbox.get_waiting_files)
    door.mount(outside.READ_WAITING_FILE, sandbox.get_waiting_file)
    door.mount(outside.REPLACE_WAITING_FILE, sandbox.put_waiting_file)
    door.mount(differing.AT_PROVIDER.list_differences, differences.get_differences)
    door.mount(differing.AT_PROVIDER.resolve_difference, differences.post_resolution)
    door.mount(differing.UNDO_PAYMENT, undoing.post_undoing)
    return door.app()


BUILDERS: Mapping[str, Callable[[Resources], ASGIApp]] = {
    "payers": payers,
    "leased_line": leased_line,
    "operator": operator,
}
